import { expect } from 'chai';
import { UnavailableError } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { type UserStore, UserStoresToken } from '#core/users';
import { SecondaryStoresToken, type StoreConfiguration } from '../../../core/users/stores/user-stores.js';
import { expectScimError, type ScimAnswer, ScimClient, type ScimJson } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const SYSTEM = 'urn:scim:wso2:schema';
const orgId = SUPER_ORGANIZATION.id;

interface List {
  readonly totalResults: number;
  readonly Resources: readonly (ScimJson & { readonly userName: string })[];
}

describe('SCIM users of secondary stores', () => {
  let server: TestServer;
  let scim: ScimClient;
  let stores: readonly StoreConfiguration[] = [];
  const acme: StoreConfiguration = { orgId, domain: 'ACME', type: 'database_unique_id', settings: {}, version: '1' };
  const store = async (domain = 'ACME') => {
    const found = await server.server.container.get(UserStoresToken).find(orgId, domain);
    if (!found) throw new Error(`there is no store ${domain}`);
    return found as { -readonly [Name in keyof UserStore]: UserStore[Name] };
  };
  const named = async (query: Record<string, string>) => {
    const { status, body } = await scim.call<List>('GET', `/Users?${new URLSearchParams(query)}`);
    expect(status, JSON.stringify(body)).to.equal(200);
    return body.Resources.map(({ userName }) => userName);
  };

  before(async () => {
    server = await startTestServer();
    scim = new ScimClient(server);
    Object.assign(server.server.container.get(SecondaryStoresToken), { of: async () => stores });
  });
  beforeEach(() => {
    stores = [acme];
  });
  after(() => server.stop());

  it('[U11] are made and shown as DOMAIN/name; those of the primary store have no domain', async () => {
    const made = await scim.user('acme/kim', { name: { givenName: 'Kim' } });
    expect(made['userName']).to.equal('ACME/kim');
    expect((await scim.call('GET', `/Users/${made.id}`)).body['userName']).to.equal('ACME/kim');
    expect((await scim.user('kim'))['userName']).to.equal('kim');
    const again = await scim.call('POST', '/Users', { userName: 'ACME/KIM' });
    expect(expectScimError(again, 409, 'uniqueness')).to.equal(
      'User with the name: ACME/KIM already exists in the system.',
    );
    const put = await scim.call('PUT', `/Users/${made.id}`, { userName: 'ACME/kim', title: 'Boss' });
    expect([put.status, put.body['title']]).to.deep.equal([200, 'Boss']);
    const moved = await scim.call('PUT', `/Users/${made.id}`, { userName: 'kim' });
    expectScimError(moved, 400, 'mutability');
  });

  it('are listed after those of the primary store, by domain, and by names with a domain', async () => {
    expect(await named({})).to.deep.equal(['admin', 'kim', 'ACME/kim']);
    expect(await named({ domain: 'acme' })).to.deep.equal(['ACME/kim']);
    expect(await named({ domain: 'PRIMARY' })).to.deep.equal(['admin', 'kim']);
    expect(await named({ filter: 'userName eq "kim"' })).to.deep.equal(['kim', 'ACME/kim']);
    expect(await named({ filter: 'userName eq "ACME/kim"' })).to.deep.equal(['ACME/kim']);
    expect(await named({ filter: 'userName eq "ACME/kim"', domain: 'ACME' })).to.deep.equal(['ACME/kim']);
    expect(await named({ startIndex: '3', count: '5' })).to.deep.equal(['ACME/kim']);
    const query = new URLSearchParams({ filter: 'userName eq "ACME/kim"', domain: 'PRIMARY' });
    expectScimError(await scim.call('GET', `/Users?${query}`), 400, 'invalidValue');
  });

  it('show their groups with the domain', async () => {
    const writer = (await store()).groups?.writer;
    const id = String((await scim.call<List>('GET', '/Users?domain=ACME')).body.Resources[0]?.['id']);
    await server.server.container.get(DatabaseToken).run(async () => {
      await writer?.create(orgId, { id: 'acme-eng', name: 'eng' });
      await writer?.addMembers(orgId, 'acme-eng', [id]);
    });
    const { body } = await scim.call('GET', `/Users/${id}`);
    expect((body['groups'] as ScimJson[])[0]).to.include({ display: 'ACME/eng', value: 'acme-eng' });
  });

  it('are not there when the store is switched off', async () => {
    const id = String((await scim.call<List>('GET', '/Users?domain=ACME')).body.Resources[0]?.['id']);
    stores = [];
    expectScimError(await scim.call('GET', `/Users/${id}`), 404);
    expect(await named({})).to.deep.equal(['admin', 'kim']);
    expectScimError(await scim.call('GET', '/Users?domain=ACME'), 400, 'invalidValue');
    expectScimError(await scim.call('POST', '/Users', { userName: 'ACME/lee' }), 400, 'invalidValue');
  });

  it('cannot be changed when the store is read-only', async () => {
    const { id } = await scim.user('ACME/fixed');
    const target = await store();
    const [{ writer, credentials, attributes }, text] = [target, 'Invalid operation. User store is read only'];
    try {
      delete target.writer;
      target.credentials = { verify: async () => ({ outcome: 'rejected', reason: 'unknown_user' }) };
      target.attributes = { read: attributes.read };
      for (const refused of [
        await scim.call('POST', '/Users', { userName: 'ACME/more' }),
        await scim.patch(`/Users/${id}`, { op: 'add', path: 'title', value: 'x' }),
        await scim.patch(`/Users/${id}`, { op: 'replace', path: 'password', value: 'Another-pass-1' }),
        await scim.call('PUT', `/Users/${id}`, { userName: 'ACME/fixed', title: 'x' }),
        await scim.call('DELETE', `/Users/${id}`),
      ])
        expect(expectScimError(refused, 400, 'mutability')).to.equal(text);
      const { body } = await scim.call('GET', `/Users/${id}?attributes=${SYSTEM}:isReadOnlyUser`);
      expect(body[SYSTEM]).to.deep.equal({ isReadOnlyUser: 'true' });
      // What the server itself keeps of the user can be changed all the same.
      const locked = await scim.patch(`/Users/${id}`, { op: 'replace', path: `${SYSTEM}:accountLocked`, value: true });
      expect(locked.status).to.equal(200);
    } finally {
      Object.assign(target, { writer, credentials, attributes });
    }
  });

  it('are a 503 in the form of SCIM when the store cannot be reached', async () => {
    const { id } = await scim.user('ACME/away');
    const target = await store();
    const { lookup } = target;
    const away = async (): Promise<never> => {
      throw new UnavailableError('the user store ACME cannot be reached', 7);
    };
    try {
      target.lookup = { byId: away, byUsername: away };
      const refused = await scim.call('GET', `/Users/${id}`);
      expectScimError(refused, 503);
      expect(refused.headers.get('retry-after')).to.equal('7');
    } finally {
      target.lookup = lookup;
    }
  });

  it('go by the settings for names without a domain', async () => {
    const toml = (key: string) => ({ toml: `[scim2]\n${key} = true` });
    for (const [key, query, expected] of [
      ['filter_users_and_groups_only_from_primary_domain', {}, ['admin', 'kim']],
      ['enable_filtering_enhancements', { filter: 'userName eq kim' }, ['kim']],
      ['enable_filtering_enhancements', { filter: 'userName sw kim' }, ['kim', 'ACME/kim']],
    ] as const) {
      const other = await startTestServer(toml(key));
      try {
        Object.assign(other.server.container.get(SecondaryStoresToken), { of: async () => [acme] });
        const there = new ScimClient(other);
        await there.user('kim');
        await there.user('ACME/kim');
        const { body } = await there.call<List>('GET', `/Users?${new URLSearchParams(query)}`);
        expect(
          body.Resources.map(({ userName }) => userName),
          key,
        ).to.deep.equal(expected);
      } finally {
        await other.stop();
      }
    }
  });
});

describe('SCIM and who tries passwords', () => {
  it('answers 429 in the form of SCIM', async () => {
    const server = await startTestServer({ toml: '[rate_limit]\ncredentials_per_account = 2' });
    try {
      const wrong = new ScimClient(server).as(`Basic ${Buffer.from('admin:wrong').toString('base64')}`);
      const answers: ScimAnswer[] = [];
      for (let index = 0; index < 4; index += 1) answers.push(await wrong.call('GET', '/Users'));
      expectScimError(answers.at(-1) as ScimAnswer, 429);
      expect(answers.at(-1)?.headers.get('retry-after')).to.match(/^\d+$/);
    } finally {
      await server.stop();
    }
  });
});
