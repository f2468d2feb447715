import { expect } from 'chai';
import { ApiResourcesToken, AuthorizedApiServiceToken } from '#core/access';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type ApiFailure, apiAs, type Json } from './application-api.js';

interface Authorized {
  readonly id: string;
  readonly policyId: string;
  readonly authorizedScopes: readonly { readonly name: string; readonly displayName: string }[];
}

describe('authorized APIs of an application', () => {
  let server: TestServer;
  let api: ReturnType<typeof apiAs>;
  let apiId: string;
  let count = 0;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    api = apiAs(server);
    const resources = await server.server.container.get(ApiResourcesToken).all(SUPER_ORGANIZATION.id);
    apiId = resources.find(({ identifier }) => identifier === '/api/server/v1/applications')?.id as string;
  });
  after(() => server.stop());

  const view = 'internal_application_mgt_view';
  const create = 'internal_application_mgt_create';
  const make = () => api.make(`app ${count++}`);
  const read = async (id: string) => (await api.get<Authorized[]>(`/${id}/authorized-apis`)).body;
  const scopesOf = async (id: string) => (await read(id))[0]?.authorizedScopes.map(({ name }) => name);

  it('begin with none', async () => {
    expect(await read(await make())).to.deep.equal([]);
  });

  it('are added with a policy and shown with their names', async () => {
    const id = await make();
    const { status, body } = await api.post<unknown>(`/${id}/authorized-apis`, {
      id: apiId,
      policyIdentifier: 'RBAC',
      scopes: [view],
    });
    expect([status, body]).to.deep.equal([201, '']);
    const [authorized] = await read(id);
    expect(authorized).to.deep.include({
      id: apiId,
      identifier: '/api/server/v1/applications',
      displayName: 'Application Management API',
      policyId: 'RBAC',
      type: 'SYSTEM',
      authorizedAuthorizationDetailsTypes: [],
    });
    expect(authorized?.authorizedScopes[0]).to.include({ name: view, displayName: 'View applications' });
    const seen = await server.server.container.get(AuthorizedApiServiceToken).of(SUPER_ORGANIZATION.id, id);
    expect(seen.map(({ scopes, policyId }) => [policyId, scopes])).to.deep.equal([['RBAC', [view]]]);
  });

  it('take the other policy by either of its names, unless the API resource requires roles', async () => {
    const open = { name: 'Open', identifier: 'urn:open', requiresAuthorization: false };
    const { id: openId } = (await server.api('POST', '/api/server/v1/api-resources', open)).body;
    for (const policyIdentifier of ['NO_POLICY', 'No Policy']) {
      const id = await make();
      expect((await api.post(`/${id}/authorized-apis`, { id: openId, policyIdentifier })).status).to.equal(201);
      expect((await read(id))[0]?.policyId).to.equal('NO_POLICY');
      const refused = await api.post<ApiFailure>(`/${id}/authorized-apis`, { id: apiId, policyIdentifier });
      expect([refused.status, refused.body.code]).to.deep.equal([400, 'APP-60512']);
    }
  });

  it('gain and lose scopes', async () => {
    const id = await make();
    await api.post(`/${id}/authorized-apis`, { id: apiId, scopes: [view] });
    const path = `/${id}/authorized-apis/${apiId}`;
    expect((await api.patch(path, { addedScopes: [create, view] })).status).to.equal(200);
    expect(await scopesOf(id)).to.have.members([view, create]);
    expect((await api.patch(path, { removedScopes: [view] })).status).to.equal(200);
    expect(await scopesOf(id)).to.deep.equal([create]);
  });

  it('keep every scope that comes at once', async () => {
    const id = await make();
    await api.post(`/${id}/authorized-apis`, { id: apiId });
    const wanted = [view, create, 'internal_application_mgt_update', 'internal_application_mgt_delete'];
    const path = `/${id}/authorized-apis/${apiId}`;
    await Promise.all(wanted.map((scope) => api.patch(path, { addedScopes: [scope] })));
    expect(await scopesOf(id)).to.have.members(wanted);
  });

  it('go, and that they are gone is no error', async () => {
    const id = await make();
    await api.post(`/${id}/authorized-apis`, { id: apiId });
    for (let times = 0; times < 2; times++) {
      expect((await api.delete(`/${id}/authorized-apis/${apiId}`)).status).to.equal(204);
      expect(await read(id)).to.deep.equal([]);
    }
  });

  const unknown = '7a5e5a3e-1111-4222-8333-444455556666';
  const wrong: [string, () => Json, number, string][] = [
    ['an API that is not there', () => ({ id: unknown }), 404, 'APP-60507'],
    ['scopes that are not there', () => ({ id: apiId, scopes: ["x' OR 1=1"] }), 400, 'APP-60508'],
    ['a policy that is not there', () => ({ id: apiId, policyIdentifier: 'XACML' }), 400, 'APP-60511'],
    ['authorization details', () => ({ id: apiId, authorizationDetailsTypes: ['payment'] }), 400, 'APP-60519'],
    ['no id', () => ({ scopes: [view] }), 400, 'APP-60001'],
    ['scopes that are a text', () => ({ id: apiId, scopes: view }), 400, 'APP-60001'],
    ['a member nobody knows', () => ({ id: apiId, sauce: 1 }), 400, 'APP-60001'],
  ];
  for (const [title, body, status, code] of wrong) {
    it(`are refused with ${title}`, async () => {
      const answer = await api.post<ApiFailure>(`/${await make()}/authorized-apis`, body());
      expect([answer.status, answer.body.code]).to.deep.equal([status, code]);
    });
  }

  it('cannot be added twice, nor be changed when they are not there', async () => {
    const id = await make();
    const path = `/${id}/authorized-apis`;
    expect((await api.patch<ApiFailure>(`${path}/${apiId}`, { addedScopes: [view] })).body.code).to.equal('APP-60510');
    await api.post(path, { id: apiId });
    const again = await api.post<ApiFailure>(path, { id: apiId });
    expect([again.status, again.body.code]).to.deep.equal([409, 'APP-60509']);
    expect((await api.patch<ApiFailure>(`${path}/${apiId}`, { addedScopes: ['x'] })).body.code).to.equal('APP-60508');
  });

  it('belong to an application that is there', async () => {
    for (const answer of [
      await api.get<ApiFailure>(`/${unknown}/authorized-apis`),
      await api.post<ApiFailure>(`/${unknown}/authorized-apis`, { id: apiId }),
      await api.patch<ApiFailure>(`/${unknown}/authorized-apis/${apiId}`, {}),
    ])
      expect([answer.status, answer.body.code]).to.deep.equal([404, 'APP-60006']);
  });
});
