import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { EventBusToken } from '#core/kernel';
import { OrganizationServiceToken, SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { claimUri, UserCreated, type UserService, UserServiceToken } from '#core/users';
import { failureOf } from '../../support/failures.js';
import { heldClock } from '../../support/held-clock.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const ORG = SUPER_ORGANIZATION.id;
const PASSWORD = 'Correct-horse-1';

describe('users', () => {
  const clock = heldClock();
  let server: TestServer;
  let users: UserService;
  let count = 0;
  before(async () => {
    server = await startTestServer({ clock });
    users = server.server.container.get(UserServiceToken);
  });
  after(() => server.stop());
  const make = () => users.create(ORG, { username: `user${++count}`, password: PASSWORD });
  const outcome = async (name: string, password = PASSWORD) => {
    const result = await users.authenticate(ORG, name, password);
    return result.outcome === 'rejected' ? result.reason : result.outcome;
  };

  it('are found by id, by name and by qualified name', async () => {
    const user = await make();
    expect(await users.findById(ORG, user.id)).to.deep.equal(user);
    for (const name of [user.username, `PRIMARY/${user.username}`, `primary/${user.username.toUpperCase()}`]) {
      expect((await users.findByUsername(ORG, name))?.id, name).to.equal(user.id);
    }
    expect(await users.findByUsername(ORG, `OTHER/${user.username}`)).to.equal(undefined);
  });

  it('cannot be used while locked or disabled, whatever the password', async () => {
    const user = await make();
    const set = (name: string, value: string) =>
      users.writeClaims(ORG, user.id, { [claimUri(`identity/${name}`)]: [value] });
    expect(await outcome(user.username)).to.equal('authenticated');
    await set('accountLocked', 'true');
    expect([await outcome(user.username), await users.isUsable(user)]).to.deep.equal(['locked', false]);
    await set('unlockTime', String(clock.now() + 1000));
    expect(await outcome(user.username)).to.equal('locked');
    clock.advance(1001);
    expect(await outcome(user.username), 'the lock is over').to.equal('authenticated');
    await set('accountDisabled', 'true');
    expect(await outcome(user.username)).to.equal('disabled');
    expect(await outcome(user.username, 'wrong password'), 'the state is told only to who knows the password').to.equal(
      'bad_credential',
    );
  });

  it('are made wholly or not at all, and announced only when they are', async () => {
    const database = server.server.container.get(DatabaseToken);
    const announced: string[] = [];
    server.server.container.get(EventBusToken).subscribe(UserCreated, ({ username }) => void announced.push(username));
    await failureOf(() =>
      database.run(async () => {
        await users.create(ORG, { username: 'ghost', password: PASSWORD });
        throw new Error('later step failed');
      }),
    );
    expect(await users.findByUsername(ORG, 'ghost')).to.equal(undefined);
    const error = await failureOf(() =>
      users.create(ORG, { username: 'ghost', password: PASSWORD, claims: { 'urn:unknown': ['x'] } }),
    );
    expect(error).to.include({ code: 'CMT-50017', status: 400 });
    expect(announced).to.deep.equal([]);
    await users.create(ORG, { username: 'ghost', password: PASSWORD });
    expect(announced).to.deep.equal(['ghost']);
  });

  it('have claims in the store and claims that the server keeps', async () => {
    const user = await make();
    const [mail, lock, name, groups] = ['emailaddress', 'identity/accountLocked', 'username', 'groups'].map(
      claimUri,
    ) as [string, string, string, string];
    await users.writeClaims(ORG, user.id, { [mail]: ['ä@example.com'], [lock]: ['false'] });
    expect(await users.readClaims(ORG, user.id, [mail, lock, name, groups, 'urn:unknown'])).to.deep.equal({
      [mail]: ['ä@example.com'],
      [lock]: ['false'],
      [name]: [user.username],
    });
    await users.writeClaims(ORG, user.id, { [mail]: [] });
    expect(await users.readClaims(ORG, user.id, [mail])).to.deep.equal({});
    expect(await failureOf(() => users.writeClaims(ORG, 'no-such-user', { [mail]: ['x'] }))).to.include({
      status: 404,
    });
  });

  it('leave nothing behind when they are deleted', async () => {
    const user = await make();
    const lock = claimUri('identity/accountLocked');
    await users.writeClaims(ORG, user.id, { [lock]: ['true'] });
    expect(await users.delete(ORG, user.id)).to.equal(true);
    expect(await users.delete(ORG, user.id)).to.equal(false);
    const database = server.server.container.get(DatabaseToken);
    const rows = await database.sql.all('SELECT * FROM identity_data WHERE user_id = ?', [user.id]);
    expect(rows).to.deep.equal([]);
  });

  it('are in the audit log with masked names and without passwords', async () => {
    const user = await make();
    await users.setPassword(ORG, user.id, 'Another-pass-1', 'administrator');
    const records = await server.server.container.get(AuditLogToken).list(ORG, 100);
    const mine = records.filter(({ targetId }) => targetId === user.id);
    expect(mine.map(({ action }) => action)).to.have.members(['add-user', 'credential-update-by-administrator']);
    expect(JSON.stringify(records))
      .not.to.contain(PASSWORD)
      .and.not.to.contain('Another-pass')
      .and.not.to.contain(user.username);
    expect(JSON.stringify(server.logs)).not.to.contain(PASSWORD);
  });

  it('of one tenant are unknown in another', async () => {
    const organizations = server.server.container.get(OrganizationServiceToken);
    const owner = { username: 'owner', password: PASSWORD, email: 'owner@acme.example' };
    const tenant = await organizations.createTenant('users.example', undefined, owner);
    const user = await make();
    expect((await users.authenticate(tenant.id, user.username, PASSWORD)).outcome).to.equal('rejected');
    expect((await users.authenticate(tenant.id, 'owner', PASSWORD)).outcome).to.equal('authenticated');
    expect((await users.authenticate(ORG, 'owner', PASSWORD)).outcome).to.equal('rejected');
    expect(await users.findById(tenant.id, user.id)).to.equal(undefined);
    expect(await users.delete(tenant.id, user.id)).to.equal(false);
  });
});

it('the first start makes one administrator, the second none', async () => {
  const server = await startTestServer();
  try {
    expect(server.server.firstAdministrator).to.deep.equal({ username: 'admin', generatedPassword: undefined });
    await server.restart();
    expect(server.server.firstAdministrator).to.equal(undefined);
    expect((await server.api('GET', '/api/docs/openapi.json')).status).to.equal(200);
  } finally {
    await server.stop();
  }
});
