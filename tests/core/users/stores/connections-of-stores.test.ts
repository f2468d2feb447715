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

  it('never keeps a stored password for another host, whichever way the store is changed', async () => {
    const id = b64u('STORED');
    const evil = 'ldap://evil.test';
    const put = (url: string, secret: string) =>
      server.api<{ code?: string }>('PUT', `${STORES}/${id}`, {
        typeId,
        name: 'STORED',
        description: '',
        properties: settings(url, secret),
      });
    const change = (name: string, value: string) => ({ operation: 'REPLACE', path: `/properties/${name}`, value });
    const patch = (...changes: object[]) => server.api<{ code?: string }>('PATCH', `${STORES}/${id}`, changes);
    const imported = async (url: string) => {
      const form = new FormData();
      const store = { typeId, name: 'STORED', description: '', properties: settings(url, LITERAL) };
      form.set('file', new Blob([JSON.stringify(store)], { type: 'application/json' }), 'store.json');
      const encoded = new Response(form);
      const headers = { authorization: server.admin, 'content-type': encoded.headers.get('content-type') ?? '' };
      return server.fetch(`${STORES}/${id}/import`, { method: 'PUT', headers, body: await encoded.text() });
    };
    for (const url of [evil, 'ldaps://stored.test', 'ldap://stored.test ldap://evil.test']) {
      expect((await put(url, LITERAL)).body, url).to.include({ code: 'SUS-60004' });
      expect((await patch(change('ConnectionURL', url))).body, url).to.include({ code: 'SUS-60004' });
      expect((await imported(url)).status, url).to.equal(400);
    }
    // Another name of the same setting is not another setting.
    const twice = [...settings('ldap://stored.test', LITERAL), { name: 'connection_url', value: evil }];
    const aliased = { typeId, name: 'STORED', description: '', properties: twice };
    expect((await server.api('PUT', `${STORES}/${id}`, aliased)).status).to.equal(400);
    const inOrder = [{ operation: 'REMOVE', path: '/properties/ConnectionURL' }, change('connection_url', evil)];
    expect((await patch(...inOrder)).status).to.equal(400);
    expect((await put('LDAP://Stored.test', LITERAL)).status, 'the same host').to.equal(200);
    expect((await put(evil, 'another')).status, 'with a password of its own').to.equal(200);
    expect(
      (await patch(change('ConnectionURL', 'ldap://later.test'), change('ConnectionPassword', 'third'))).status,
    ).to.equal(200);
    expect(directories.at(evil).secrets).not.to.include('kept-secret');
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

describe('files of the server', () => {
  const JDBC = b64u('UniqueIDJDBCUserStoreManager');
  const LDAP = b64u('UniqueIDReadOnlyLDAPUserStoreManager');
  const file = (url: string) => [
    { name: 'url', value: url },
    { name: 'userName', value: 'x' },
    { name: 'password', value: 'x' },
  ];
  const directory = (caFile: string) => [
    ...settings('ldaps://203.0.113.5', 'x'),
    { name: 'ConnectionName', value: 'cn=x' },
    { name: 'UserSearchBase', value: 'ou=x' },
    { name: 'ReadGroups', value: 'false' },
    { name: 'UserNameAttribute', value: 'uid' },
    { name: 'UserNameSearchFilter', value: '(uid=?)' },
    { name: 'UserNameListFilter', value: '(uid=*)' },
    { name: 'UserIDAttribute', value: 'uid' },
    { name: 'UserIdSearchFilter', value: '(uid=?)' },
    { name: 'CAFile', value: caFile },
  ];
  const described = (kind: string, properties: object[]) => ({
    typeId: kind,
    name: 'FILES',
    description: '',
    properties,
  });
  let server: TestServer;
  before(async () => {
    server = await serverWithTenant(new FakeDirectories(), '[user_store_mgt]\nallow_private_hosts = "all"');
  });
  after(() => server.stop());

  it('are no databases of stores that are made by the API, whoever makes them', async () => {
    for (const url of ['jdbc:sqlite:/etc/passwd', 'sqlite:///etc/passwd', 'file:/etc/passwd']) {
      const own = await server.api<{ code: string; description: string }>('POST', STORES, described(JDBC, file(url)));
      expect([own.status, own.body.code], url).to.deep.equal([400, 'SUS-60004']);
      expect(own.body.description).to.match(/^url: .*deployment\.toml/);
      expect((await asBoss(server, STORES, described(JDBC, file(url)))).status, url).to.equal(400);
    }
  });

  it('are not read for tenants, nor is it told whether they are there', async () => {
    for (const name of ['/etc/passwd', '/etc/none', '/dev/zero', '/etc']) {
      const { status, body } = await asBoss(server, STORES, described(LDAP, directory(name)));
      expect([status, body.description], name).to.deep.equal([
        400,
        'CAFile: files of the server are for its operator. Leave it out.',
      ]);
    }
  });

  it('are read for the super tenant when they are such that they can be', async () => {
    for (const name of ['/etc/none', '/dev/zero', '/etc']) {
      const { status, body } = await server.api<{ description: string }>(
        'POST',
        STORES,
        described(LDAP, directory(name)),
      );
      expect([status, body.description], name).to.satisfy(
        ([code, text]: [number, string]) => code === 400 && text.startsWith('CAFile: cannot be read'),
      );
    }
    expect((await server.api('POST', STORES, described(LDAP, directory('/etc/hostname')))).status).to.equal(201);
  });
});

it('an address of a database that is a secret is checked like any other', async () => {
  const server = await serverWithTenant(new FakeDirectories());
  try {
    const typeId = b64u('UniqueIDJDBCUserStoreManager');
    const store = (url: string, password: string) => ({
      typeId,
      name: 'SQL',
      description: '',
      properties: [
        { name: 'url', value: url },
        { name: 'userName', value: 'x' },
        { name: 'password', value: password },
      ],
    });
    const inner = await asBoss(server, STORES, store('jdbc:mysql://10.0.0.9:3306/users', 'x'));
    expect([inner.status, inner.body.code]).to.deep.equal([400, 'SUS-60004']);
    const place = `${STORES}/${b64u('SQL')}`;
    const url = 'jdbc:mysql://203.0.113.5:3306/users';
    expect((await server.api('POST', STORES, store(url, 'kept'))).status).to.equal(201);
    expect((await server.api('PUT', place, store(LITERAL, LITERAL))).status).to.equal(200);
    expect((await server.api('PUT', place, store(`${url}?ssl=true`, LITERAL))).status).to.equal(200);
    expect((await server.api('PUT', place, store('jdbc:mysql://203.0.113.6/users', LITERAL))).status).to.equal(400);
  } finally {
    await server.stop();
  }
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
