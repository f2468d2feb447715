import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { RoleAdministrationToken, RoleServiceToken } from '#core/access';
import { EventBusToken } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import {
  ClaimCatalogToken,
  claimUri,
  UserDeleted,
  UserGroupsToken,
  UserServiceToken,
  UserStoreRemoved,
  UserStoresToken,
} from '#core/users';
import { eventually } from '../../../support/eventually.js';
import { failureOf } from '../../../support/failures.js';
import { FakeDirectories, type FakeDirectory } from '../../../support/fake-directory.js';
import { onServices } from '../../../support/services.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const ORG = SUPER_ORGANIZATION.id;
const STORES = '/api/server/v1/userstores';
const JDBC = 'VW5pcXVlSURKREJDVXNlclN0b3JlTWFuYWdlcg';
const PASSWORD = 'Correct-horse-1';
const b64u = (text: string) => Buffer.from(text).toString('base64url');

/** Makes a store over a network. */
async function makeStore(server: TestServer, name: string, url = `ldap://${name.toLowerCase()}.test`) {
  const properties = [
    { name: 'ConnectionURL', value: url },
    { name: 'ConnectionPassword', value: 'bind' },
  ];
  const typeId = b64u('FixtureDirectoryManager');
  const { status } = await server.api('POST', STORES, { typeId, name, description: '', properties });
  expect(status).to.equal(201);
  return url;
}

const patch = (server: TestServer, name: string, property: string, value: string) =>
  server.api('PATCH', `${STORES}/${b64u(name)}`, [{ operation: 'REPLACE', path: `/properties/${property}`, value }]);

const signIn = async (server: TestServer, name: string, password = PASSWORD) => {
  const result = await server.server.container.get(UserServiceToken).authenticate(ORG, name, password);
  return result.outcome === 'rejected' ? result.reason : result.user.domain;
};

describe('secondary user stores', () => {
  const directories = new FakeDirectories();
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ plugins: { folders: [directories.plugin()] } });
  });
  after(() => server.stop());
  const users = () => server.server.container.get(UserServiceToken);

  it('hold users who sign in with and without the domain, after those of the primary store', async () => {
    directories.at(await makeStore(server, 'ACME')).add('kim', PASSWORD);
    directories.at(await makeStore(server, 'LATER')).add('kim', 'Other-password-1');
    await users().create(ORG, { username: 'lee', password: PASSWORD });
    directories.at('ldap://acme.test').add('lee', 'Other-password-1');
    expect(await signIn(server, 'kim')).to.equal('ACME');
    expect(await signIn(server, 'acme/KIM')).to.equal('ACME');
    expect(await signIn(server, 'LATER/kim')).to.equal('bad_credential');
    expect(await signIn(server, 'LATER/kim', 'Other-password-1')).to.equal('LATER');
    expect((await users().findByUsername(ORG, 'lee'))?.domain).to.equal('PRIMARY');
    expect((await users().findByUsername(ORG, 'ACME/lee'))?.domain).to.equal('ACME');
  });

  it('[U11] name their users with the domain', async () => {
    const { id } = directories.at(await makeStore(server, 'NAMES')).add('pat', PASSWORD);
    expect(await users().readClaims(ORG, id, [claimUri('username')])).to.deep.equal({
      [claimUri('username')]: ['NAMES/pat'],
    });
  });

  it('[U7] are refused by name when there is no such store, instead of making a user elsewhere', async () => {
    const error = await failureOf(() => users().create(ORG, { username: 'NOPE/kim', password: PASSWORD }));
    expect(error).to.include({ status: 400, code: 'SUO-60007' });
    expect(await users().findByUsername(ORG, 'NOPE/kim')).to.equal(undefined);
  });

  it('[U26] are not there while they are switched off', async () => {
    const { id } = directories.at(await makeStore(server, 'SWITCH')).add('sam', PASSWORD);
    expect(await signIn(server, 'SWITCH/sam')).to.equal('SWITCH');
    await patch(server, 'SWITCH', 'Disabled', 'true');
    expect(await signIn(server, 'SWITCH/sam')).to.equal('unknown_user');
    expect(await signIn(server, 'sam')).to.equal('unknown_user');
    expect(await users().findById(ORG, id)).to.equal(undefined);
    const stores = await server.server.container.get(UserStoresToken).all(ORG);
    expect(stores.map(({ domain }) => domain)).not.to.include('SWITCH');
    await patch(server, 'SWITCH', 'Disabled', 'false');
    expect(await signIn(server, 'SWITCH/sam')).to.equal('SWITCH');
  });

  it('are opened anew when they change, and closed under no call', async () => {
    const directory = directories.at(await makeStore(server, 'MOVING'));
    directory.add('ann', PASSWORD);
    let release: () => void = () => undefined;
    let isWaiting = false;
    directory.beforeVerify = () =>
      new Promise((resolve) => {
        isWaiting = true;
        release = resolve;
      });
    const running = signIn(server, 'MOVING/ann');
    await eventually('the sign-in is under way', () => isWaiting);
    // Another host wants the password anew.
    const move = [
      { operation: 'REPLACE', path: '/properties/ConnectionURL', value: 'ldap://moved.test' },
      { operation: 'REPLACE', path: '/properties/ConnectionPassword', value: 'bind' },
    ];
    expect((await server.api('PATCH', `${STORES}/${b64u('MOVING')}`, move)).status).to.equal(200);
    directories.at('ldap://moved.test').add('ann', PASSWORD);
    expect(await signIn(server, 'MOVING/ann'), 'by the new settings at once').to.equal('MOVING');
    expect(directory.closed).to.equal(0);
    release();
    expect(await running, 'what was begun goes on').to.equal('MOVING');
  });

  it('keep their stored secret when it is not given again', async () => {
    const directory = directories.at(await makeStore(server, 'SECRET'));
    await patch(server, 'SECRET', 'UserSearchBase', 'ou=people');
    directory.add('eve', PASSWORD);
    await signIn(server, 'SECRET/eve');
    expect(directory.secrets.at(-1)).to.equal('bind');
    await patch(server, 'SECRET', 'ConnectionPassword', 'ENCRYPTED PROPERTY');
    await signIn(server, 'SECRET/eve');
    expect(directory.secrets.at(-1)).to.equal('bind');
    await patch(server, 'SECRET', 'ConnectionPassword', 'another');
    await signIn(server, 'SECRET/eve');
    expect(directory.secrets.at(-1)).to.equal('another');
  });

  it('say which attribute holds a claim', async () => {
    const claim = claimUri('mobile');
    const { id } = directories.at(await makeStore(server, 'MAPPED')).add('ida', PASSWORD, { cell: ['+1'] });
    expect(await users().readClaims(ORG, id, [claim])).to.deep.equal({});
    const map = (mappings: unknown) =>
      server.api<{ code: string }>('PATCH', `${STORES}/${b64u('MAPPED')}/attribute-mappings`, mappings);
    expect((await map([{ claimURI: claim, mappedAttribute: 'cell' }])).status).to.equal(200);
    expect(await users().readClaims(ORG, id, [claim])).to.deep.equal({ [claim]: ['+1'] });
    expect((await map([{ claimURI: claimUri('country'), mappedAttribute: 'c' }])).status).to.equal(200);
    const shown = (await server.api<{ claimAttributeMappings: unknown }>('GET', `${STORES}/${b64u('MAPPED')}`)).body;
    expect(shown.claimAttributeMappings).to.deep.equal([
      { claimURI: claim, mappedAttribute: 'cell' },
      { claimURI: claimUri('country'), mappedAttribute: 'c' },
    ]);
    for (const [mappings, code] of [
      [[{ claimURI: 'urn:none', mappedAttribute: 'x' }], 'SUS-60012'],
      [
        [
          { claimURI: claim, mappedAttribute: 'x' },
          { claimURI: claim, mappedAttribute: 'y' },
        ],
        'SUS-60013',
      ],
      [[{ claimURI: claim, mappedAttribute: ' ' }], 'SUS-60014'],
    ] as const)
      expect((await map(mappings)).body.code).to.equal(code);
    const catalog = server.server.container.get(ClaimCatalogToken);
    expect((await catalog.of(ORG)).placeOf(claim, 'MAPPED')).to.deep.equal({ in: 'store', name: 'cell' });
    expect((await catalog.of(ORG)).placeOf(claim, 'ACME')?.name).to.equal('mobile');
    expect((await catalog.of(randomUUID())).placeOf(claim, 'MAPPED')?.name, 'of another organization').to.equal(
      'mobile',
    );
    expect(await catalog.of(ORG)).to.equal(await catalog.of(ORG));
  });

  it('take what the server knows of their users with them, but not the users of the directory', async () => {
    const directory = directories.at(await makeStore(server, 'GONE'));
    const { id } = directory.add('joe', PASSWORD);
    await users().writeClaims(ORG, id, { [claimUri('identity/accountLocked')]: ['false'] });
    const roles = server.server.container.get(RoleServiceToken);
    await roles.promote({ id, orgId: ORG, username: 'joe', domain: 'GONE' });
    // Every user has the role `everyone`.
    const rolesOf = async () =>
      (await roles.rolesOf({ id, orgId: ORG }, { type: 'organization', id: ORG })).filter(
        ({ system }) => system !== 'everyone',
      );
    expect(await rolesOf()).to.have.length(1);
    const ended: string[] = [];
    const removed: string[] = [];
    const events = server.server.container.get(EventBusToken);
    events.subscribe(UserDeleted, ({ id: user }) => void ended.push(user));
    events.subscribe(UserStoreRemoved, ({ domain }) => void removed.push(domain));
    directory.away = true;
    expect((await server.api('DELETE', `${STORES}/${b64u('GONE')}`)).status).to.equal(204);
    expect(removed).to.deep.equal(['GONE']);
    expect(await signIn(server, 'GONE/joe')).to.equal('unknown_user');
    const again = await server.api<{ code: string; description: string }>('POST', STORES, {
      typeId: b64u('FixtureDirectoryManager'),
      name: 'GONE',
      properties: [
        { name: 'ConnectionURL', value: 'ldap://gone.test' },
        { name: 'ConnectionPassword', value: 'bind' },
      ],
    });
    expect([again.status, ended]).to.deep.equal([409, []]);
    directory.away = false;
    await eventually('its users are forgotten', () => ended.length > 0, 10_000);
    expect(ended).to.deep.equal([id]);
    const database = server.server.container.get(DatabaseToken);
    await eventually('the row is gone', async () => {
      return (await database.sql.all("SELECT id FROM user_store WHERE domain = 'GONE'", [])).length === 0;
    });
    expect(await database.sql.all('SELECT name FROM identity_data WHERE user_id = ?', [id])).to.deep.equal([]);
    expect(directory.people.has(id)).to.equal(true);
    await makeStore(server, 'GONE');
    expect(await signIn(server, 'GONE/joe')).to.equal('GONE');
    expect(await rolesOf(), 'the same user comes back, but not its roles').to.deep.equal([]);
  });

  it('lie in the own database of the server, too', async () => {
    const made = await server.api('POST', STORES, { typeId: JDBC, name: 'OWN', description: '', properties: [] });
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    const user = await users().create(ORG, { username: 'OWN/max', password: PASSWORD });
    expect([user.domain, user.username]).to.deep.equal(['OWN', 'max']);
    expect(await signIn(server, 'OWN/max')).to.equal('OWN');
    expect(await users().findByUsername(ORG, 'PRIMARY/max')).to.equal(undefined);
  });

  it('take the roles of their groups with them', async () => {
    const made = await server.api('POST', STORES, { typeId: JDBC, name: 'CREW', description: '', properties: [] });
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    const { container } = server.server;
    const groups = container.get(UserGroupsToken);
    const group = await groups.create(ORG, { name: 'CREW/sailors' });
    const kept = await groups.create(ORG, { name: 'gardeners' });
    const { id } = await container
      .get(RoleAdministrationToken)
      .create(ORG, { name: 'harbour', groups: [group.id, kept.id] });
    expect((await server.api('DELETE', `${STORES}/${b64u('CREW')}`)).status).to.equal(204);
    const left = () =>
      container.get(DatabaseToken).sql.all('SELECT member_id FROM access_role_member WHERE role_id = ?', [id]);
    await eventually('the role is taken from the group', async () => (await left()).length < 2, 10_000);
    expect(await left()).to.deep.equal([{ member_id: kept.id }]);
    const stored = await container.get(DatabaseToken).sql.all("SELECT id FROM um_group WHERE name = 'sailors'", []);
    expect(stored, 'nor does the group come back with a store of the same name').to.deep.equal([]);
  });
});

for (const database of ['mariadb', 'postgres'] as const)
  onServices(database)(`secondary user stores change on every node of ${database}`, () => changesOnEveryNode(database));

async function changesOnEveryNode(database: 'mariadb' | 'postgres'): Promise<void> {
  const directories = new FakeDirectories();
  const plugins = { folders: [directories.plugin()] };
  const one = await startTestServer({ plugins, database });
  try {
    const other = await startTestServer({ plugins, database, beside: one });
    try {
      expect(await signIn(other, 'kim')).to.equal('unknown_user');
      directories.at(await makeStore(one, 'ACME')).add('kim', PASSWORD);
      await eventually('the other node knows the store', async () => (await signIn(other, 'kim')) === 'ACME');
      await makesUsers(other, directories.at('ldap://acme.test'));
      await patch(one, 'ACME', 'Disabled', 'true');
      await eventually('the other node has let it go', async () => (await signIn(other, 'kim')) === 'unknown_user');
      expect(await signIn(one, 'kim')).to.equal('unknown_user');
    } finally {
      await other.stop();
    }
  } finally {
    await one.stop();
  }
  expect(directories.at('ldap://acme.test'), 'each has opened it once').to.include({ opened: 2, closed: 2 });
}

/** Users of a store over a network are made wholly or not at all, on every database. */
async function makesUsers(server: TestServer, directory: FakeDirectory): Promise<void> {
  const users = server.server.container.get(UserServiceToken);
  const create = () => users.create(ORG, { username: 'ACME/ann', password: PASSWORD });
  directory.afterWrite = () => Promise.reject(new Error('connection lost'));
  expect((await failureOf(create)).message).to.equal('connection lost');
  directory.afterWrite = undefined;
  expect(directory.named('ann')).to.equal(undefined);
  const answers = await Promise.allSettled([create(), create(), create()]);
  expect(answers.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
  expect(await failureOf(create)).to.include({ status: 409 });
  const rows = await server.server.container.get(DatabaseToken).sql.all('SELECT id FROM user_unfinished', []);
  expect(rows).to.deep.equal([]);
}
