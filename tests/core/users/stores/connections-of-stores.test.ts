import { expect } from 'chai';
import { OrganizationServiceToken } from '#core/organizations';
import { FakeDirectories } from '../../../support/fake-directory.js';
import { ADMIN_PASSWORD, startTestServer, type TestServer } from '../../../support/test-server.js';

const STORES = '/api/server/v1/userstores';
const TRIAL = `${STORES}/test-connection`;
const b64u = (text: string) => Buffer.from(text).toString('base64url');
const typeId = b64u('FixtureDirectoryManager');
const LITERAL = 'ENCRYPTED PROPERTY';

const settings = (url: string, secret: string) => [
  { name: 'ConnectionURL', value: url },
  { name: 'ConnectionPassword', value: secret },
];

async function serverWithTenant(directories: FakeDirectories, toml = ''): Promise<TestServer> {
  const server = await startTestServer({ plugins: { folders: [directories.plugin()] }, toml });
  const owner = { username: 'boss', password: ADMIN_PASSWORD, email: 'boss@acme.test' };
  await server.server.container.get(OrganizationServiceToken).createTenant('acme.test', undefined, owner);
  return server;
}

/** Calls an API as the administrator of the tenant. */
async function asBoss(server: TestServer, path: string, json: unknown) {
  const authorization = `Basic ${Buffer.from(`boss:${ADMIN_PASSWORD}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const response = await server.fetch(`/t/acme.test${path}`, { method: 'POST', headers, body: JSON.stringify(json) });
  const body = (await response.json()) as { code?: string; description?: string; connection?: boolean };
  return { status: response.status, body };
}

describe('a test of the connection of a user store', () => {
  const directories = new FakeDirectories();
  let server: TestServer;
  before(async () => {
    server = await serverWithTenant(directories);
  });
  after(() => server.stop());
  const tried = (json: unknown) =>
    server.api<{ connection?: boolean; code?: string; description?: string }>('POST', TRIAL, json);

  it('says whether the store answers, and leaves nothing open', async () => {
    const directory = directories.at('ldap://there.test');
    const request = { typeId, properties: settings('ldap://there.test', 'bind') };
    expect((await tried(request)).body).to.deep.equal({ connection: true });
    directory.away = true;
    expect((await tried(request)).body).to.deep.equal({ connection: false });
    expect(directory).to.include({ opened: 2, closed: 2 });
    expect((await server.api<unknown[]>('GET', STORES)).body).to.deep.equal([]);
  });

  it('[U25] uses the stored password for the literal and a domain', async () => {
    const url = 'ldap://stored.test';
    const made = { typeId, name: 'STORED', description: '', properties: settings(url, 'kept-secret') };
    expect((await server.api('POST', STORES, made)).status).to.equal(201);
    const request = (more: object) => tried({ typeId, properties: settings(url, LITERAL), ...more });
    expect((await request({ domain: 'stored' })).body).to.deep.equal({ connection: true });
    expect(directories.at(url).secrets).to.deep.equal(['kept-secret']);
    expect((await request({})).body).to.include({ code: 'SUS-60004' });
    expect((await request({ domain: 'OTHER' })).body).to.include({ code: 'SUS-60004' });
  });

  it('never takes a stored password to another host', async () => {
    for (const url of [
      'ldap://evil.test',
      'ldap://stored.test:390',
      'ldap://stored.test ldap://evil.test',
      'ldap://stored.test@evil.test',
    ]) {
      const { body } = await tried({ typeId, domain: 'STORED', properties: settings(url, LITERAL) });
      expect(body, url).to.include({ code: 'SUS-60004' });
      expect(directories.at(url).secrets, url).to.deep.equal([]);
      expect((await tried({ typeId, domain: 'STORED', properties: settings(url, 'given') })).body.connection).to.equal(
        true,
      );
    }
  });

  it('refuses what cannot be tried', async () => {
    expect((await tried({})).body).to.include({ code: 'SUS-60006' });
    expect((await tried({ typeId: b64u('None'), properties: [] })).body).to.include({ code: 'SUS-60004' });
    expect((await tried({ typeId, properties: [] })).body).to.include({ code: 'SUS-60006' });
    expect((await tried({ typeId, properties: 'x' })).body).to.include({ code: 'SUS-60004' });
    expect((await tried(undefined)).body).to.include({ code: 'SUS-60010' });
  });

  it('does not let a tenant ask the network of the server', async () => {
    for (const url of [
      'ldap://127.0.0.1',
      'ldap://localhost:3306',
      'ldap://10.1.2.3',
      'ldaps://[::1]:636',
      'ldap://[::ffff:10.0.0.1]',
      'ldap://public.test,192.168.0.1:3306/db',
      'ldap://203.0.113.5 ldap://169.254.169.254',
      'jdbc:mysql://172.16.0.9:3306/x',
      'jdbc:sqlite:/etc/passwd',
      'jdbc:h2:./data',
      'file:///etc/passwd',
      'ldapi:///',
      '/var/run/socket',
    ]) {
      const properties = settings(url, 'x');
      const { status, body } = await asBoss(server, TRIAL, { typeId, properties });
      expect([status, body.code], url).to.deep.equal([400, 'SUS-60004']);
      expect(directories.at(url).opened, url).to.equal(0);
      const made = await asBoss(server, STORES, { typeId, name: 'SPY', description: '', properties });
      expect([made.status, made.body.code], url).to.deep.equal([400, 'SUS-60004']);
    }
    const properties = settings('ldap://203.0.113.5', 'x');
    expect((await asBoss(server, TRIAL, { typeId, properties })).body).to.deep.equal({ connection: true });
    expect((await tried({ typeId, properties: settings('ldap://127.0.0.1', 'x') })).body.connection).to.equal(true);
  });
});

it('hosts of private networks are allowed to tenants by name, or altogether', async () => {
  const directories = new FakeDirectories();
  const server = await serverWithTenant(
    directories,
    '[user_store_mgt]\nprivate_hosts = ["Localhost"]\nallow_private_hosts = "none"',
  );
  try {
    const trial = (url: string) => asBoss(server, TRIAL, { typeId, properties: settings(url, 'x') });
    expect((await trial('ldap://localhost:389')).body).to.deep.equal({ connection: true });
    expect((await trial('ldap://127.0.0.1:389')).status).to.equal(400);
    const own = await server.api('POST', TRIAL, { typeId, properties: settings('ldap://127.0.0.1:389', 'x') });
    expect(own.status, 'not even to the super tenant').to.equal(400);
    const { addressOf } = directories.openings.at(-1) ?? {};
    expect(await addressOf?.('localhost')).to.match(/^(127\.0\.0\.1|::1)$/);
    expect(await addressOf?.('127.0.0.1').catch((error: Error) => error.name)).to.equal('UnavailableError');
  } finally {
    await server.stop();
  }
});
