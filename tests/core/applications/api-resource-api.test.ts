import { expect } from 'chai';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type ApiFailure, callerWith, providersAs, tenantAdministrator } from '../connections/provider-api.js';
import { type List, makeResource, payment, RESOURCES, type Resource, resourcesAs } from './resource-api.js';

describe('the API of API resources', () => {
  let server: TestServer;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
  });
  after(() => server?.stop());

  it('lists in pages that lead there and back', async () => {
    for (const name of ['Apple', 'Birch', 'Cedar', 'Dogwood', 'Elm'])
      await makeResource(server, [], { name: `Tree ${name}`, resourceType: 'MCP' });
    const api = resourcesAs(server);
    const filter = 'filter=type+eq+MCP+and+name+sw+tree';
    const first = (await api.get<List>(`?${filter}&limit=2`)).body;
    expect([first.totalResults, first.APIResources.map(({ name }) => name)]).to.deep.equal([
      5,
      ['Tree Apple', 'Tree Birch'],
    ]);
    const follow = async (list: List, rel: string) => {
      const href = list.links.find((link) => link.rel === rel)?.href ?? '';
      return (await server.api<List>('GET', href)).body;
    };
    const second = await follow(first, 'next');
    const third = await follow(second, 'next');
    expect(third.APIResources.map(({ name }) => name)).to.deep.equal(['Tree Elm']);
    expect(third.links.map(({ rel }) => rel)).to.deep.equal(['previous']);
    expect((await follow(third, 'previous')).APIResources).to.deep.equal(second.APIResources);
    expect((await follow(second, 'previous')).APIResources).to.deep.equal(first.APIResources);
    expect(first.links.map(({ rel }) => rel)).to.deep.equal(['next']);
    expect((await api.get<List>(`?${filter}&limit=2&after=bm9uc2Vuc2U%3D`)).status).to.equal(200);
  });

  it('filters by what the contract names, and shows 10 where no limit is given', async () => {
    const api = resourcesAs(server);
    const { id } = await makeResource(server, ['filter:me'], {
      description: 'To be found',
      requiresAuthorization: false,
    });
    for (const filter of [
      `id eq ${id}`,
      'scopes eq filter:me',
      'description co be found',
      'requires_authorization eq false and scopes sw filter',
    ]) {
      const { body } = await api.get<List>(`?filter=${encodeURIComponent(filter)}`);
      expect(
        body.APIResources.map((one) => one.id),
        filter,
      ).to.deep.equal([id]);
    }
    expect((await api.get<List>('')).body.APIResources).to.have.length(10);
    const [item] = (await api.get<List>('?attributes=properties&limit=1')).body.APIResources;
    expect(item).to.have.property('properties').that.deep.equals([]);
    expect(item).to.have.property('self', `${RESOURCES}/${item?.id}`);
  });

  it('refuses queries that make no sense', async () => {
    const bad = [
      ['limit=0', '60010'],
      ['limit=-1', '60010'],
      ['limit=x', '60010'],
      ['before=YQ==&after=YQ==', '60011'],
      ['filter=colour+eq+red', '60007'],
      ['filter=name', '60007'],
      ['attributes=scopes', '60013'],
    ];
    for (const [query, code] of bad) {
      const { status, body } = await resourcesAs(server).get<ApiFailure>(`?${query}`);
      expect([status, body.code], query).to.deep.equal([400, `API-RESOURCE-${code}`]);
    }
  });

  it('refuses what is no API resource', async () => {
    const api = resourcesAs(server);
    await makeResource(server, ['taken'], { identifier: 'urn:taken' });
    const good = { name: 'X', identifier: 'urn:x' };
    const bad: [unknown, number, string][] = [
      [{ identifier: 'urn:x' }, 400, '60003'],
      [{ name: 'X' }, 400, '60004'],
      [{ ...good, scopes: [{}] }, 400, '60005'],
      [{ ...good, scopes: [{ name: 'two words' }] }, 400, '60005'],
      [{ ...good, scopes: [{ name: 'internal_user_mgt_delete' }] }, 400, '60008'],
      [{ ...good, scopes: [{ name: 'console:all' }] }, 400, '60008'],
      [{ ...good, scopes: [{ name: 'openid' }] }, 400, '60009'],
      [{ ...good, scopes: [{ name: 'email' }] }, 400, '60009'],
      [{ ...good, scopes: [{ name: 'twice' }, { name: 'twice' }] }, 409, '60001'],
      [{ ...good, scopes: [{ name: 'taken' }] }, 409, '60001'],
      [{ ...good, identifier: 'urn:taken' }, 409, '60001'],
      [{ ...good, identifier: '/api/server/v1/applications' }, 409, '60001'],
      [{ ...good, resourceType: 'SYSTEM' }, 400, '60001'],
      [{ ...good, requiresAuthorization: 'yes' }, 400, '60001'],
      [{ ...good, other: 1 }, 400, '60001'],
      [{ ...good, name: 'x'.repeat(256) }, 400, '60001'],
      [{ ...good, authorizationDetailsTypes: [{ ...payment, schema: { type: 'nonsense' } }] }, 400, '60016'],
      [[], 400, '60001'],
      ['{', 400, '60001'],
    ];
    for (const [body, status, code] of bad) {
      const answer = await api.post<ApiFailure>('', body);
      expect([answer.status, answer.body.code], JSON.stringify(body)).to.deep.equal([status, `API-RESOURCE-${code}`]);
    }
    expect((await api.get<List>('?filter=identifier+eq+urn:x')).body.totalResults).to.equal(0);
  });

  it('does not remove scopes by a patch, and knows no API resource that is not there', async () => {
    const api = resourcesAs(server);
    const { id } = await makeResource(server, ['stays']);
    const refused = await api.patch<ApiFailure>(`/${id}`, { removedScopes: ['stays'] });
    expect([refused.status, refused.body.code]).to.deep.equal([400, 'API-RESOURCE-60006']);
    for (const [method, path, body] of [
      ['PATCH', '/nowhere', {}],
      ['GET', '/nowhere/scopes', undefined],
      ['PUT', '/nowhere/scopes', []],
      ['PATCH', '/nowhere/scopes/x', {}],
      ['GET', '/nowhere/authorization-details-types', undefined],
    ] as const) {
      const answer = await api.send<ApiFailure>(method, path, body);
      expect([answer.status, answer.body.code], `${method} ${path}`).to.deep.equal([404, 'API-RESOURCE-60002']);
    }
  });

  it('changes nothing of the APIs of the server itself', async () => {
    const api = resourcesAs(server);
    const { body } = await api.get<List>('?filter=identifier+eq+/api/server/v1/applications');
    const id = body.APIResources[0]?.id;
    const before = (await api.get<Resource>(`/${id}`)).body;
    expect(before.type).to.equal('SYSTEM');
    const tries = [
      ['PATCH', '', { name: 'Mine' }],
      ['DELETE', '', undefined],
      ['PUT', '/scopes', []],
      ['PATCH', '/scopes/internal_application_mgt_view', { displayName: 'x' }],
      ['DELETE', '/scopes/internal_application_mgt_view', undefined],
      ['PUT', '/authorization-details-types', [payment]],
    ] as const;
    for (const [method, path, json] of tries) {
      const answer = await api.send<ApiFailure>(method, `/${id}${path}`, json);
      expect([answer.status, answer.body.code], `${method} ${path}`).to.deep.equal([403, 'API-RESOURCE-60012']);
    }
    expect((await api.get<Resource>(`/${id}`)).body).to.deep.equal(before);
  });

  it('shows and changes types of authorization details', async () => {
    const api = resourcesAs(server);
    const { id } = await makeResource(server, []);
    const types = `/${id}/authorization-details-types`;
    const added = await api.put<Resource['authorizationDetailsTypes']>(types, [{ ...payment, type: 'transfer' }]);
    expect([added.status, added.body[0]?.type]).to.deep.equal([200, 'transfer']);
    const one = `${types}/${added.body[0]?.id}`;
    expect((await api.patch(one, { ...payment, type: 'transfer', name: 'Transfer' })).status).to.equal(204);
    expect((await api.get<{ name: string }>(one)).body.name).to.equal('Transfer');
    expect((await api.patch<ApiFailure>(one, { ...payment, type: 'other' })).status).to.equal(400);
    const all = providersAs(server, {}, '/api/server/v1/authorization-details-types');
    expect((await all.get<unknown[]>('?filter=type+eq+transfer')).body).to.have.length(1);
    const head = async (query: string) => {
      const headers = { authorization: server.admin };
      return (await server.fetch(`/api/server/v1/authorization-details-types${query}`, { method: 'HEAD', headers }))
        .status;
    };
    expect(await head('?filter=type+eq+transfer')).to.equal(200);
    expect(await head('?filter=type+eq+nothing')).to.equal(404);
    expect(await head('')).to.equal(400);
    const other = await makeResource(server, []);
    const taken = await api.put<ApiFailure>(`/${other.id}/authorization-details-types`, [
      { ...payment, type: 'transfer' },
    ]);
    expect(taken.status).to.equal(409);
    expect((await api.delete(one)).status).to.equal(204);
    expect((await api.get<ApiFailure>(one)).body.code).to.equal('API-RESOURCE-60015');
  });

  it('keeps tenants apart', async () => {
    const mine = await makeResource(server, ['mine:read']);
    const acme = resourcesAs(server, await tenantAdministrator(server, 'acme.example'));
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { name: 'Theirs' }],
      ['PUT', '/scopes', []],
      ['DELETE', '/scopes/mine:read', undefined],
    ] as const)
      expect((await acme.send(method, `/${mine.id}${path}`, body)).status, `${method} ${path}`).to.equal(404);
    await acme.delete(`/${mine.id}`);
    expect((await resourcesAs(server).get<Resource>(`/${mine.id}`)).body).to.deep.equal(mine);
    expect((await acme.get<List>('?filter=type+eq+BUSINESS')).body.totalResults).to.equal(0);
    const same = { name: mine.name, identifier: mine.identifier, scopes: [{ name: 'mine:read' }] };
    expect((await acme.post('', same)).status).to.equal(201);
    const scopes = providersAs(server, {}, '/api/server/v1/scopes');
    expect((await scopes.get<unknown[]>('?filter=name+eq+mine:read')).body).to.have.length(1);
  });

  it('asks for the scope of each operation, and for credentials', async function () {
    this.timeout(60_000);
    const { id } = await makeResource(server, ['guarded']);
    const operations = [
      ['GET', '', 'view'],
      ['POST', '', 'create'],
      ['GET', `/${id}`, 'view'],
      ['PATCH', `/${id}`, 'update'],
      ['GET', `/${id}/scopes`, 'view'],
      ['PUT', `/${id}/scopes`, 'update'],
      ['PATCH', `/${id}/scopes/nothing`, 'update'],
      ['DELETE', `/${id}/scopes/nothing`, 'delete'],
      ['PATCH', `/${id}/scopes/id/nothing`, 'update'],
      ['DELETE', `/${id}/scopes/id/nothing`, 'delete'],
      ['GET', `/${id}/authorization-details-types`, 'view'],
      ['PUT', `/${id}/authorization-details-types`, 'update'],
      ['PATCH', `/${id}/authorization-details-types/nothing`, 'update'],
      ['DELETE', `/${id}/authorization-details-types/nothing`, 'delete'],
      ['DELETE', '/nothing', 'delete'],
    ] as const;
    for (const scope of ['view', 'create', 'update', 'delete'] as const) {
      const caller = await callerWith(server, `api-${scope}`, [`internal_api_resource_${scope}`]);
      for (const [method, path, needed] of operations) {
        const body = method.startsWith('P') ? '!' : undefined;
        const { status } = await resourcesAs(server, caller).send(method, path, body);
        if (needed === scope) expect(status, `${method} ${path}`).to.not.be.oneOf([401, 403, 500]);
        else expect(status, `${method} ${path}`).to.equal(403);
      }
    }
    for (const [method, path] of operations)
      expect((await resourcesAs(server, { authorization: 'Bearer nonsense' }).send(method, path)).status).to.equal(401);
  });
});
