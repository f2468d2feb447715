import { expect } from 'chai';
import { RoleServiceToken } from '#core/access';
import { createApp, createUser, superPlace, type TestApp, tokensOf } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { makeResource, type Resource, resourcesAs } from './resource-api.js';

describe('scopes of an API resource of an organization', () => {
  let server: TestServer;
  let app: TestApp;
  const roles = () => server.server.container.get(RoleServiceToken);
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    await createUser(server, 'alice');
    app = await createApp(server);
  });
  after(() => server.stop());

  const allow = async (id: string, scopes: readonly string[], policyIdentifier = 'RBAC') => {
    const path = `/api/server/v1/applications/${app.application.id}/authorized-apis`;
    const { status, body } = await server.api('POST', path, { id, policyIdentifier, scopes });
    if (status !== 201) throw new Error(JSON.stringify(body));
  };
  const give = async (username: string, permissions: string[]) => {
    const user = await createUser(server, username);
    const role = await roles().ensureRole(superPlace.orgId, `role of ${username}`, permissions);
    await roles().assign(superPlace.orgId, role.id, user.id, 'user');
    return role.id;
  };

  it('are granted to users by their roles, or without a policy to all', async () => {
    const strict = await makeResource(server, ['strict:read', 'strict:write']);
    const free = await makeResource(server, ['free:read'], { requiresAuthorization: false });
    await allow(strict.id, ['strict:read', 'strict:write']);
    await allow(free.id, ['free:read'], 'NO_POLICY');
    await give('bob', ['strict:read']);
    const scope = 'openid strict:read strict:write free:read';
    expect((await app.tokens('alice', { scope })).body.scope).to.equal('openid free:read');
    expect((await app.tokens('bob', { scope })).body.scope).to.equal('openid strict:read free:read');
    const { body } = await app.token({ grant_type: 'client_credentials', scope });
    expect(body.scope).to.equal('strict:read strict:write free:read');
    const shown = (await resourcesAs(server).get<Resource>(`/${strict.id}`)).body.subscribedApplications;
    expect(shown).to.deep.equal([{ id: app.application.id, name: app.application.name }]);
  });

  it('end tokens, and leave applications and roles, when they are removed', async () => {
    const { id } = await makeResource(server, ['gone:soon', 'gone:not']);
    await allow(id, ['gone:soon', 'gone:not']);
    const roleId = await give('carol', ['gone:soon', 'gone:not']);
    const both = await app.tokens('carol', { scope: 'openid gone:soon gone:not' });
    const other = await app.tokens('carol', { scope: 'openid gone:not' });
    expect(both.body.scope).to.equal('openid gone:soon gone:not');
    expect((await resourcesAs(server).delete(`/${id}/scopes/gone:soon`)).status).to.equal(204);
    expect([await app.isActive(both.access), await app.isActive(both.refresh)]).to.deep.equal([false, false]);
    expect(await app.isActive(other.access)).to.equal(true);
    const [role] = (await roles().ofAudience(superPlace.orgId, { type: 'organization', id: superPlace.orgId })).filter(
      (one) => one.id === roleId,
    );
    expect(role?.permissions).to.deep.equal(['gone:not']);
    // Made anew, it is held by nobody.
    await resourcesAs(server).patch(`/${id}`, { addedScopes: [{ name: 'gone:soon' }] });
    expect((await app.tokens('carol', { scope: 'gone:soon' })).body.scope ?? '').to.equal('');
  });

  it('end with the API resource, in client credentials too', async () => {
    const { id } = await makeResource(server, ['whole:one'], { requiresAuthorization: false });
    await allow(id, ['whole:one'], 'NO_POLICY');
    const request = { grant_type: 'client_credentials', scope: 'whole:one' };
    const { access } = tokensOf(await app.token(request));
    expect(await app.isActive(access)).to.equal(true);
    await resourcesAs(server).delete(`/${id}`);
    expect(await app.isActive(access)).to.equal(false);
    expect((await app.token(request)).body.scope ?? '').to.equal('');
    const path = `/api/server/v1/applications/${app.application.id}/authorized-apis`;
    const { body } = await server.api<{ id: string }[]>('GET', path);
    expect(body.some((api) => api.id === id)).to.equal(false);
  });

  it('cannot be made an OpenID Connect scope, which all would get', async () => {
    await makeResource(server, ['secret:read']);
    const scope = { name: 'secret:read', displayName: 'x', claims: [] };
    expect((await server.api('POST', '/api/server/v1/oidc/scopes', scope)).status).to.equal(400);
  });
});
