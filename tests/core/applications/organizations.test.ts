import { expect } from 'chai';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type ApiFailure, apiAs, type Caller, call, tenantAdministrator } from './application-api.js';

describe('applications of an organization', () => {
  let server: TestServer;
  let acme: Caller & { readonly orgId: string };
  let other: Caller & { readonly orgId: string };

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    acme = await tenantAdministrator(server, 'acme.example');
    other = await tenantAdministrator(server, 'other.example');
  });
  after(() => server.stop());

  const oidc = { grantTypes: ['authorization_code'], callbackURLs: ['https://app.example.com/cb'] };

  it('are reached by the path of the organization, and every address in the answer stays there', async () => {
    const api = apiAs(server, acme);
    const made = await api.post<Record<string, unknown>>('', { name: 'Shop', inboundProtocolConfiguration: { oidc } });
    const location = made.headers.get('location') as string;
    expect(location.startsWith(`${server.origin}/t/acme.example/api/server/v1/applications/`)).to.equal(true);
    const id = location.split('/').at(-1) as string;
    const { body } = await api.get<{ inboundProtocols: { self: string }[] }>(`/${id}`);
    const self = `/t/acme.example/api/server/v1/applications/${id}`;
    expect(body.inboundProtocols[0]?.self).to.equal(`${self}/inbound-protocols/oidc`);
    await api.make('Shop two');
    const list = await api.get<{ applications: { self: string }[]; links: { href: string }[] }>('?limit=1&offset=1');
    expect(list.body.applications[0]?.self).to.equal(self);
    const next = list.body.links[0]?.href as string;
    expect(next.startsWith('/t/acme.example/api/server/v1/applications?')).to.equal(true);
    const following = await server.fetch(next, { headers: { authorization: acme.authorization as string } });
    expect(following.status).to.equal(200);
  });

  it('may have the names and client ids of those of another', async () => {
    const named = { inboundProtocolConfiguration: { oidc: { ...oidc, clientId: 'shared_client_id' } } };
    await apiAs(server, acme).make('Same', named);
    await apiAs(server, other).make('Same', named);
    await apiAs(server).make('Same', named);
  });

  it('cannot be seen, changed or removed through another', async () => {
    const id = await apiAs(server, acme).make('Private', { inboundProtocolConfiguration: { oidc } });
    const before = (await apiAs(server, acme).get(`/${id}`)).body;
    for (const api of [apiAs(server, other), apiAs(server)]) {
      const answers = [
        await api.get<ApiFailure>(`/${id}`),
        await api.patch<ApiFailure>(`/${id}`, { name: 'Mine' }),
        await api.get<ApiFailure>(`/${id}/authenticators`),
        await api.put<ApiFailure>(`/${id}/authenticationSequence/script`, { script: '' }),
        await api.get<ApiFailure>(`/${id}/authorized-apis`),
        await api.get<ApiFailure>(`/${id}/inbound-protocols/`),
        await api.get<ApiFailure>(`/${id}/inbound-protocols/oidc`),
        await api.put<ApiFailure>(`/${id}/inbound-protocols/oidc`, oidc),
        await api.delete<ApiFailure>(`/${id}/inbound-protocols/oidc`),
        await api.post<ApiFailure>(`/${id}/inbound-protocols/oidc/regenerate-secret`),
        await api.post<ApiFailure>(`/${id}/inbound-protocols/oidc/revoke`),
      ];
      for (const { status, body } of answers) expect([status, body.code]).to.deep.equal([404, 'APP-60006']);
      expect((await api.delete(`/${id}`)).status).to.equal(204);
      expect((await api.get<{ totalResults: number }>('?filter=name+eq+Private')).body.totalResults).to.equal(0);
    }
    expect((await apiAs(server, acme).get(`/${id}`)).body).to.deep.equal(before);
  });

  it('take no credentials of another', async () => {
    for (const prefix of ['', '/t/other.example']) {
      const { status } = await call(server, { authorization: server.admin, prefix: '/t/acme.example' }, 'GET', '');
      expect(status).to.equal(401);
      const crossed = await call(server, { authorization: acme.authorization, prefix }, 'POST', '', { name: 'x' });
      // The owner of the other tenant has the same name and password here; in the super organization there is none.
      if (prefix === '') expect(crossed.status).to.equal(401);
    }
  });

  it('are not there for an organization that is not', async () => {
    const { status } = await call(server, { authorization: server.admin, prefix: '/t/nobody.example' }, 'GET', '');
    expect(status).to.equal(404);
  });
});
