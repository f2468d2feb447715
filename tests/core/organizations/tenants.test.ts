import { expect } from 'chai';
import { RoleServiceToken } from '#core/access';
import { AuditLogToken } from '#core/audit';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { UserServiceToken } from '#core/users';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { BASE, create, type Failure, look, owner, PASSWORD, type Tenant, taken } from './tenant-calls.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

describe('tenants API', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('makes a tenant whose owner is its administrator', async () => {
    const answer = await server.api('POST', BASE, {
      domain: 'Acme.Example',
      name: 'ABC Builders',
      owners: [
        owner({ additionalClaims: [{ claim: 'http://wso2.org/claims/telephone', value: '+94 562 8723' }] }),
        'whatever follows is not looked at',
      ],
    });
    expect(answer.status).to.equal(201);
    expect(answer.body).to.equal('');
    const location = String(answer.headers.get('location'));
    expect(location.startsWith(`${server.origin}${BASE}/`)).to.equal(true);
    const got = await server.api<Tenant>('GET', location.slice(server.origin.length));
    expect(got.status).to.equal(200);
    expect(got.body).to.have.all.keys('id', 'name', 'domain', 'owners', 'createdDate', 'lifecycleStatus');
    expect(got.body).to.deep.include({ name: 'ABC Builders', domain: 'acme.example' });
    expect(got.body).to.have.deep.property('lifecycleStatus', { activated: true });
    expect(got.body.id).to.match(UUID);
    expect(got.body.owners).to.have.length(1);
    expect(got.body.owners[0]).to.include({ username: 'kim' });
    expect(got.body)
      .to.have.property('createdDate')
      .that.matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

    const { id, owners } = got.body;
    const claims = 'http://wso2.org/claims/telephone,http://wso2.org/claims/country';
    const details = await server.api(
      'GET',
      `${BASE}/${id}/owners/${owners[0]?.id}?additionalClaims=${encodeURIComponent(claims)}`,
    );
    expect(details.body).to.deep.equal({
      ...owners[0],
      email: 'kim@acme.example',
      firstname: 'Kim',
      lastname: 'Kay',
      additionalClaims: [{ claim: 'http://wso2.org/claims/telephone', value: '+94 562 8723' }],
    });
    const { container } = server.server;
    const user = await container.get(UserServiceToken).findByUsername(id, 'kim');
    expect(user?.id).to.equal(owners[0]?.id);
    const scopes = user && (await container.get(RoleServiceToken).of(user));
    expect(scopes?.has('internal_list_tenants')).to.equal(true);
    expect(await container.get(UserServiceToken).findByUsername(SUPER_ORGANIZATION.id, 'kim')).to.equal(undefined);
    const actions = (await container.get(AuditLogToken).list(id, 50)).map((record) => record['action']);
    expect(actions).to.include.members(['Add-Tenant', 'add-user']);
  });

  it('finds a tenant by its domain, in any case of letters', async () => {
    const id = await create(server, 'find.example');
    expect((await server.api<Tenant>('GET', `${BASE}/domain/FIND.example`)).body.id).to.equal(id);
    expect(await taken(server, `${BASE}/domain/find.example`)).to.equal(200);
    expect(await taken(server, `${BASE}/domain/carbon.super`)).to.equal(200);
    expect(await taken(server, `${BASE}/domain/free.example`)).to.equal(404);
    const missing = await server.api<Failure>('GET', `${BASE}/domain/free.example`);
    expect([missing.status, missing.body.code]).to.deep.equal([404, 'TM-60015']);
  });

  it('takes the domain for the name when there is none', async () => {
    const id = await create(server, 'nameless.example');
    expect((await server.api('GET', `${BASE}/${id}`)).body).to.include({ name: 'nameless.example' });
  });

  it('refuses what it cannot make, with the published codes, and leaves nothing behind', async () => {
    await create(server, 'taken.example');
    const body = (change: object, more: object = {}) => ({ domain: 'new.example', owners: [owner(change)], ...more });
    const cases: [body: unknown, status: number, code: string][] = [
      [body({}, { domain: 'Taken.example' }), 409, 'TM-60009'],
      [body({}, { domain: 'carbon.super' }), 409, 'TM-60009'],
      [body({}, { domain: '' }), 400, 'TM-60004'],
      [body({}, { domain: undefined }), 400, 'TM-60013'],
      [body({}, { domain: '.new.example' }), 400, 'TM-60007'],
      [body({}, { domain: 'new example' }), 400, 'TM-60007'],
      [body({}, { domain: '../new' }), 400, 'TM-60007'],
      [body({}, { domain: `${'x'.repeat(101)}` }), 400, 'TM-60007'],
      [body({}, { owners: [] }), 400, 'TM-60012'],
      [body({}, { owners: undefined }), 400, 'TM-60012'],
      [body({}, { owners: 'kim' }), 400, 'TM-60012'],
      [body({ username: undefined }), 400, 'TM-60013'],
      [body({ email: undefined }), 400, 'TM-60013'],
      [body({ provisioningMethod: undefined }), 400, 'TM-60013'],
      [body({ password: undefined }), 400, 'TM-60013'],
      [body({ password: '' }), 400, 'TM-60013'],
      [body({ email: 'nonsense' }), 400, 'TM-60002'],
      [body({ provisioningMethod: 'invite-via-email' }), 400, 'TM-60001'],
      [body({ provisioningMethod: 'by-pigeon' }), 400, 'TM-60001'],
      [body({ additionalClaims: [{ claim: 'http://wso2.org/claims/groups', value: 'x' }] }), 400, 'TM-60001'],
      [body({ additionalClaims: [{ claim: 'http://wso2.org/claims/nothing', value: 'x' }] }), 400, 'TM-60001'],
      [body({ password: 'short' }), 400, 'SUO-60004'],
      [[], 400, 'TM-60001'],
    ];
    for (const [json, status, code] of cases) {
      const answer = await server.api<Failure>('POST', BASE, json);
      expect([answer.status, answer.body.code], JSON.stringify(json).slice(0, 200)).to.deep.equal([status, code]);
      expect(answer.body).to.have.all.keys('code', 'message', 'description', 'traceId');
    }
    expect(await taken(server, `${BASE}/domain/new.example`)).to.equal(404);
    expect((await server.api<Failure>('POST', BASE)).body.code).to.equal('TM-60001');
    const verified = await server.api<Failure>('POST', '/api/server/v1/channel-verified-tenants', body({}));
    expect([verified.status, verified.body.code]).to.deep.equal([501, 'TM-65007']);
  });

  it('lets one of many win who take a domain at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => server.api('POST', BASE, { domain: 'race.example', owners: [owner()] })),
    );
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 409, 409, 409, 409, 409]);
  });

  it('changes the owner, and nobody who is not', async () => {
    const id = await create(server, 'owned.example');
    const [first] = (await server.api<Tenant['owners']>('GET', `${BASE}/${id}/owners`)).body;
    const path = `${BASE}/${id}/owners/${first?.id}`;
    const change = { email: 'new@owned.example', firstname: 'Nova', lastname: 'New', password: 'Another-pass-2' };
    expect((await server.api('PUT', path, change)).status).to.equal(200);
    expect((await server.api('GET', path)).body).to.deep.equal({
      ...first,
      email: 'new@owned.example',
      firstname: 'Nova',
      lastname: 'New',
    });
    const users = server.server.container.get(UserServiceToken);
    expect((await users.authenticate(id, 'kim', 'Another-pass-2')).outcome).to.equal('authenticated');
    expect((await users.authenticate(id, 'kim', PASSWORD)).outcome).to.equal('rejected');
    const log = await server.server.container.get(AuditLogToken).list(id, 50);
    expect(log.map((record) => record['action'])).to.include('Update-Tenant-Owner');

    const admin = await users.findByUsername(SUPER_ORGANIZATION.id, 'admin');
    for (const [method, json] of [['GET'], ['PUT', change]] as const) {
      for (const other of [admin?.id, 'nobody']) {
        const answer = await server.api<Failure>(method, `${BASE}/${id}/owners/${other}`, json);
        expect([answer.status, answer.body.code]).to.deep.equal([400, 'TM-60020']);
      }
    }
    const half = await server.api<Failure>('PUT', path, { ...change, email: 'late@owned.example', password: 'short' });
    expect(half.status).to.equal(400);
    expect((await server.api('GET', path)).body).to.include({ email: 'new@owned.example' });
    expect((await server.api<Failure>('PUT', path, { email: 'x@y.example' })).body.code).to.equal('TM-60013');
  });

  it('switches a tenant off and on, at once', async () => {
    const id = await create(server, 'switch.example');
    expect(await look(server, 'switch.example')).to.equal(200);
    const off = await server.api('PUT', `${BASE}/${id}/lifecycle-status`, { activated: false });
    expect(off.status).to.equal(200);
    expect(off.headers.get('location')).to.equal(`${server.origin}${BASE}/${id}`);
    expect(await look(server, 'switch.example')).to.equal(404);
    expect((await server.api('GET', `${BASE}/${id}`)).body).to.deep.include({ lifecycleStatus: { activated: false } });
    await server.api('PUT', `${BASE}/${id}/lifecycle-status`, { activated: true });
    expect(await look(server, 'switch.example')).to.equal(200);
    for (const json of [{}, { activated: 'false' }, { activated: null }])
      expect((await server.api('PUT', `${BASE}/${id}/lifecycle-status`, json)).status).to.equal(400);
    const actions = (await server.server.container.get(AuditLogToken).list(id, 50)).map((record) => record['action']);
    expect(actions).to.include.members(['Deactivate-Tenant', 'Activate-Tenant']);
  });

  it('removes the record of a tenant, and the domain is free again', async () => {
    const id = await create(server, 'gone.example');
    expect(await look(server, 'gone.example')).to.equal(200);
    expect((await server.api('DELETE', `${BASE}/${id}/metadata`)).status).to.equal(204);
    expect(await look(server, 'gone.example')).to.equal(404);
    expect((await server.api('DELETE', `${BASE}/${id}/metadata`)).status).to.equal(404);
    expect(await create(server, 'gone.example', { username: 'kay' })).to.not.equal(id);
  });

  it('knows neither the super tenant nor strangers as tenants', async () => {
    for (const id of [SUPER_ORGANIZATION.id, 'nothing', "' OR 1=1 --", '%25']) {
      const at = `${BASE}/${encodeURIComponent(id)}`;
      const answers = [
        await server.api<Failure>('GET', at),
        await server.api<Failure>('GET', `${at}/owners`),
        await server.api<Failure>('PUT', `${at}/lifecycle-status`, { activated: false }),
        await server.api<Failure>('DELETE', `${at}/metadata`),
      ];
      for (const answer of answers) expect([answer.status, answer.body.code]).to.deep.equal([404, 'TM-60014']);
    }
    expect((await server.api('GET', `${BASE}/domain/carbon.super`)).status).to.equal(404);
  });

  it('is for the super tenant and for those who have the scopes', async () => {
    const id = await create(server, 'scopes.example');
    expect((await server.fetch(BASE)).status).to.equal(401);
    const kim = { authorization: basic('kim', PASSWORD) };
    expect((await server.fetch(BASE, { headers: kim })).status).to.equal(401);
    expect((await server.fetch(`/t/scopes.example${BASE}`, { headers: kim })).status).to.equal(403);
    expect(
      (await server.fetch(`/t/scopes.example${BASE}`, { headers: { authorization: server.admin } })).status,
    ).to.equal(401);
    const { container } = server.server;
    const reader = await container
      .get(UserServiceToken)
      .create(SUPER_ORGANIZATION.id, { username: 'reader', password: PASSWORD });
    const headers = { authorization: basic('reader', PASSWORD), 'content-type': 'application/json' };
    expect((await server.fetch(BASE, { headers })).status).to.equal(403);
    const roles = container.get(RoleServiceToken);
    const role = await roles.ensureRole(SUPER_ORGANIZATION.id, 'tenant-readers', ['internal_list_tenants']);
    await roles.assign(SUPER_ORGANIZATION.id, role.id, reader.id, 'user');
    expect((await server.fetch(BASE, { headers })).status).to.equal(200);
    const body = JSON.stringify({ domain: 'sneaky.example', owners: [owner()], activated: false });
    for (const [method, path] of [
      ['POST', BASE],
      ['PUT', `${BASE}/${id}/lifecycle-status`],
      ['DELETE', `${BASE}/${id}/metadata`],
    ] as const)
      expect((await server.fetch(path, { method, headers, body })).status, `${method} ${path}`).to.equal(403);
  });
});
