import { expect } from 'chai';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { RegisteredScopesToken } from '../../../../core/oauth/scopes/registered-scopes.js';
import { OrganizationEntity } from '../../../../core/organizations/organization.entity.js';
import { onEachDatabase } from '../../../support/databases.js';
import { eventually } from '../../../support/eventually.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { type ApiFailure, callerWith, providersAs, tenantAdministrator } from '../../connections/provider-api.js';
import { registeredScopesAs, SCOPES, type ShownScope } from './registered-scope-api.js';

const sign = {
  name: 'sign',
  displayName: 'Sign',
  description: 'Sign contracts',
  bindings: ['manager', 'Internal/clerk'],
};
const signShown = { ...sign, scopeBindings: [{ bindingType: 'DEFAULT', binding: sign.bindings }] };

onEachDatabase('registered scopes of an organization', (database) => {
  let server: TestServer;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ database });
  });
  after(() => server?.stop());

  it('are added, shown, looked for, replaced and removed', async () => {
    const api = registeredScopesAs(server);
    expect((await api.get<ShownScope[]>('')).body).to.deep.equal([]);
    const made = await api.post<ShownScope>('', sign);
    expect([made.status, made.body]).to.deep.equal([201, signShown]);
    expect(made.headers.get('location')).to.equal(`${server.origin}${SCOPES}/name/sign`);
    expect((await api.get<ShownScope>('/name/sign')).body).to.deep.equal(signShown);
    const head = await api.send('HEAD', '/name/sign');
    expect([head.status, head.body]).to.deep.equal([200, '']);
    const changed = await api.put<ShownScope>('/name/sign', { displayName: 'Signature' });
    const now = { name: 'sign', displayName: 'Signature', description: '', bindings: [], scopeBindings: [] };
    expect([changed.status, changed.body]).to.deep.equal([200, now]);
    expect((await api.get<ShownScope[]>('')).body).to.deep.equal([now]);
    expect((await api.delete('/name/sign')).status).to.equal(204);
    for (const method of ['GET', 'HEAD', 'DELETE'])
      expect((await api.send(method, '/name/sign')).status, method).to.equal(404);
    expect((await api.put<ApiFailure>('/name/sign', { displayName: 'x' })).body.code).to.equal('41003');
  });

  it('take bindings in both ways of writing them, once each', async () => {
    const api = registeredScopesAs(server);
    const scopeBindings = [{ bindingType: 'DEFAULT', binding: ['b', 'a'] }];
    const body = { name: 'both', displayName: 'Both', description: null, bindings: ['a'], scopeBindings };
    expect((await api.post<ShownScope>('', body)).body.bindings).to.deep.equal(['a', 'b']);
    await api.delete('/name/both');
  });

  it('are told apart by case, and come in parts', async () => {
    const api = registeredScopesAs(server);
    for (const name of ['part', 'Part', 'p2', 'p3']) await api.register(name);
    const all = await api.names();
    expect(all).to.have.members(['part', 'Part', 'p2', 'p3']);
    expect(await api.names('?startIndex=2&count=2')).to.deep.equal(all.slice(1, 3));
    expect(await api.names('?count=1')).to.deep.equal(all.slice(0, 1));
    expect(await api.names('?startIndex=0')).to.deep.equal(all);
    expect(await api.names('?startIndex=9')).to.deep.equal([]);
    expect(await api.names('?requestedScopes=p2%20Part%20none')).to.have.members(['p2', 'Part']);
    await api.delete('/name/Part');
    expect((await api.get('/name/part')).status).to.equal(200);
    for (const name of ['part', 'p2', 'p3']) await api.delete(`/name/${name}`);
  });

  it('let one of many that register the same scope at once pass', async () => {
    const api = registeredScopesAs(server);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => api.post<ApiFailure>('', { ...sign, name: 'race' })),
    );
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 409, 409, 409, 409]);
    expect(answers.filter(({ status }) => status === 409).every(({ body }) => body.code === '41004')).to.equal(true);
    await api.delete('/name/race');
  });

  it('are seen by other nodes', async function () {
    // SQLite is a file of one node.
    if (database === 'sqlite') this.skip();
    const node = await startTestServer({ database, beside: server });
    try {
      expect(await registeredScopesAs(node).names()).to.not.include('shared');
      await registeredScopesAs(server).register('shared');
      await eventually('the other node knows it', async () =>
        (await registeredScopesAs(node).names()).includes('shared'),
      );
    } finally {
      await node.stop();
    }
  });
});

describe('the API of registered scopes', () => {
  let server: TestServer;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
  });
  after(() => server?.stop());

  const operations = [
    ['GET', '', 'internal_application_mgt_view'],
    ['POST', '', 'internal_application_mgt_create'],
    ['HEAD', '/name/none', 'internal_application_mgt_view'],
    ['GET', '/name/none', 'internal_application_mgt_view'],
    ['PUT', '/name/none', 'internal_application_mgt_update'],
    ['DELETE', '/name/none', 'internal_application_mgt_delete'],
  ] as const;

  it('asks for the scope of each operation, and for credentials', async () => {
    for (const needed of new Set(operations.map(([, , scope]) => scope))) {
      const { send } = registeredScopesAs(server, await callerWith(server, `only-${needed}`, [needed]));
      for (const [method, path, scope] of operations) {
        const { status } = await send(method, path, method.startsWith('P') ? {} : undefined);
        if (scope === needed) expect(status, `${method} ${path}`).to.not.be.oneOf([401, 403, 500]);
        else expect(status, `${method} ${path}`).to.equal(403);
      }
    }
    for (const authorization of [undefined, 'Bearer nonsense'])
      for (const [method, path] of operations)
        expect(
          (await registeredScopesAs(server, { authorization: authorization ?? '' }).send(method, path)).status,
        ).to.equal(401);
  });

  it('refuses what is no scope, with the codes of the contract', async () => {
    const api = registeredScopesAs(server);
    await api.post('', sign);
    const bad: [unknown, number, string][] = [
      [sign, 409, '41004'],
      [{ ...sign, name: 'openid' }, 409, '41004'],
      [{ ...sign, name: 'email' }, 409, '41004'],
      [{ displayName: 'x' }, 400, '41001'],
      [{ ...sign, name: '' }, 400, '41001'],
      [{ ...sign, name: null }, 400, '41001'],
      [{ name: 'a1' }, 400, '41002'],
      [{ name: 'a2', displayName: '  ' }, 400, '41002'],
      [{ ...sign, name: 'two words' }, 400, '41006'],
      [{ ...sign, name: 'tab\tbed' }, 400, '41006'],
      [{ ...sign, name: 'a"b' }, 400, '41007'],
      [{ ...sign, name: 'a\\b' }, 400, '41007'],
      [{ ...sign, name: 'ä' }, 400, '41007'],
      [{ ...sign, name: 'a\0b' }, 400, '41007'],
      [{ ...sign, name: 'x'.repeat(192) }, 400, '41007'],
      [{ ...sign, name: 7 }, 400, '41007'],
      [{ ...sign, name: 'a3', displayName: 'x'.repeat(256) }, 400, '41007'],
      [{ ...sign, name: 'a4', displayName: 'x\0' }, 400, '41007'],
      [{ ...sign, name: 'a5', description: 'x\0' }, 400, '41007'],
      [{ ...sign, name: 'a6', bindings: 'manager' }, 400, '41007'],
      [{ ...sign, name: 'a7', bindings: [''] }, 400, '41007'],
      [{ ...sign, name: 'a8', bindings: ['a\0'] }, 400, '41007'],
      [{ ...sign, name: 'a9', bindings: Array(101).fill('a') }, 400, '41007'],
      [{ ...sign, name: 'b1', scopeBindings: [{ bindingType: 'PERMISSION', binding: ['x'] }] }, 400, '41007'],
      [
        {
          ...sign,
          name: 'b2',
          bindings: Array.from({ length: 100 }, (_, i) => `${i}${'ü'.repeat(250)}`),
          scopeBindings: [
            { bindingType: 'DEFAULT', binding: Array.from({ length: 100 }, (_, i) => `b${i}${'ü'.repeat(250)}`) },
          ],
        },
        400,
        '41007',
      ],
      [[], 400, '41007'],
      ['{', 400, '41007'],
    ];
    for (const [body, status, code] of bad) {
      const given = await api.post<ApiFailure>('', body);
      expect([given.status, given.body.code], JSON.stringify(body).slice(0, 200)).to.deep.equal([status, code]);
    }
    expect(await api.names()).to.deep.equal(['sign']);
    for (const body of [{ displayName: 'x', name: 'other' }, {}, { displayName: 'x', bindings: [7] }, '{'])
      expect((await api.put<ApiFailure>('/name/sign', body)).status, JSON.stringify(body)).to.equal(400);
    expect((await api.get<ApiFailure>('?startIndex=x')).body.code).to.equal('41007');
    expect((await api.get('/name/')).status).to.equal(404);
    expect((await api.get('/name/__proto__')).status).to.equal(404);
  });

  it('takes no scope of an API, of the server or of an organization, and no API takes one that is registered', async () => {
    const api = registeredScopesAs(server);
    for (const name of ['internal_user_mgt_delete', 'internal_new', 'console:anything', 'SYSTEM']) {
      const { status, body } = await api.post<ApiFailure>('', { ...sign, name });
      expect([status, body.code], name).to.deep.equal([400, '41008']);
    }
    const resources = providersAs(server, {}, '/api/server/v1/api-resources');
    const resource = (name: string) => ({
      name,
      identifier: `https://${name}.example`,
      scopes: [{ name, displayName: name }],
    });
    expect((await resources.post('', resource('bookings'))).status).to.equal(201);
    expect((await api.post<ApiFailure>('', { ...sign, name: 'bookings' })).body.code).to.equal('41004');
    await api.register('taken');
    expect((await resources.post<ApiFailure>('', resource('taken'))).body.code).to.equal('API-RESOURCE-60009');
    const oidc = providersAs(server, {}, '/api/server/v1/oidc/scopes');
    const claims = { name: 'taken', displayName: 'x', claims: ['email'] };
    expect((await oidc.post<ApiFailure>('', claims)).body.code).to.equal('OAUTH-60001');
  });

  it('shows scopes of OpenID Connect beside them when these are asked for', async () => {
    const api = registeredScopesAs(server);
    expect(await api.names('?includeOIDCScopes=true')).to.include.members(['openid', 'email']);
    expect(await api.names('?includeOIDCScopes=false')).to.not.include('openid');
    expect((await api.send('HEAD', '/name/openid?includeOIDCScopes=true')).status).to.equal(200);
    expect((await api.send('HEAD', '/name/openid')).status).to.equal(404);
    expect((await api.get('?includeOIDCScopes=perhaps')).status).to.equal(400);
  });

  it('takes names that do not fit into a path in base64url', async () => {
    const api = registeredScopesAs(server);
    const name = 'https://api.example/a%2Fb?c=d';
    await api.register(name);
    const path = `/name/${Buffer.from(name).toString('base64url')}?encoded=true`;
    expect((await api.get<ShownScope>(path)).body.name).to.equal(name);
    expect((await api.send('HEAD', path)).status).to.equal(200);
    expect((await api.put<ShownScope>(path, { displayName: 'x' })).body.displayName).to.equal('x');
    expect((await api.get<ShownScope>(`/name/${encodeURIComponent(name)}`)).body.name).to.equal(name);
    expect((await api.delete(path)).status).to.equal(204);
  });

  it('keeps tenants apart', async () => {
    const acme = registeredScopesAs(server, await tenantAdministrator(server, 'acme.example'));
    const other = registeredScopesAs(server, await tenantAdministrator(server, 'other.example'));
    await acme.register('acme', ['manager']);
    expect(await other.names()).to.deep.equal([]);
    for (const [method, body] of [['GET'], ['PUT', { displayName: 'x' }], ['DELETE']] as const)
      expect((await other.send(method, '/name/acme', body)).status, method).to.equal(404);
    await other.register('acme', ['clerk']);
    expect((await acme.get<ShownScope>('/name/acme')).body.bindings).to.deep.equal(['manager']);
  });

  it('shows those of the root below it, where they cannot be changed', async () => {
    const database = server.server.container.get(DatabaseToken);
    const parent = await database.manager.findOneByOrFail(OrganizationEntity, { id: SUPER_ORGANIZATION.id });
    const id = '0a0a0a0a-0000-4000-8000-000000000003';
    const place = { id, handle: 'below.example', name: 'Below', parentId: parent.id, rootId: parent.id };
    await database.run(() => database.manager.insert(OrganizationEntity, { ...parent, ...place }));
    const scopes = server.server.container.get(RegisteredScopesToken);
    await registeredScopesAs(server).register('from-above');
    expect((await scopes.of(id)).has('from-above')).to.equal(true);
    const failure = await scopes.remove(id, 'from-above').then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.include({ status: 403 });
    expect((await scopes.of(id)).has('from-above')).to.equal(true);
  });

  it('tells the audit log what was done', async () => {
    const api = registeredScopesAs(server);
    await api.register('noted', ['manager']);
    await api.put('/name/noted', { displayName: 'x' });
    await api.delete('/name/noted');
    const rows = await server.server.container
      .get(DatabaseToken)
      .sql.all<{ record: string }>('SELECT record FROM audit_record WHERE record LIKE ?', ['%"noted"%']);
    const actions = rows.map(({ record }) => (JSON.parse(record) as { action: string }).action);
    expect(actions).to.have.members(['add-oauth2-scope', 'update-oauth2-scope', 'delete-oauth2-scope']);
  });
});
