import { createHash, X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import { RoleServiceToken } from '#core/access';
import {
  createApp,
  createTenant,
  createUser,
  expectError,
  jsonOf,
  superPlace,
  type TestApp,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

const grantTypes = ['authorization_code', 'client_credentials', 'refresh_token'];
const SETTINGS = '/api/server/v1/configs/authentication/inbound/oauth2';

describe('behaviours of the looks of tokens', () => {
  let server: TestServer;
  let app: TestApp;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    await createUser(server, 'alice', { emailaddress: ['alice@example.com'], givenname: ['Alice'] });
    app = await createApp(server, { client: { grantTypes, accessToken: { type: 'JWT' } } });
  });
  after(() => server?.stop());

  const challenge = (answer: { headers: { get(name: string): string | null } }) =>
    answer.headers.get('www-authenticate');

  it('[O19] given any invalid token, introspection is 200 and exactly {"active":false}', async () => {
    const { access } = await app.tokens('alice');
    await app.revoke(access);
    for (const token of [access, 'unknown', 'a.b.c', 'x'.repeat(10_000), '__proto__', `${access}x`]) {
      const answer = await app.introspect(token);
      expect({ status: answer.status, text: answer.text }).to.deep.equal({ status: 200, text: '{"active":false}' });
    }
  });

  it('[O34] given a blank token, introspection is 400 {"error":"Invalid input"}', async () => {
    for (const token of ['', ' ', '\t']) {
      const answer = await app.introspect(token);
      expect({ status: answer.status, body: answer.body }).to.deep.equal({
        status: 400,
        body: { error: 'Invalid input' },
      });
    }
  });

  it('[O20] given a token without openid, userinfo is 403 insufficient_scope; a garbage token is 401 invalid_token', async () => {
    const { access } = await app.tokens('alice', { scope: 'profile' });
    const without = await app.userinfo(access);
    expect({ status: without.status, error: without.body['error'] }).to.deep.equal({
      status: 403,
      error: 'insufficient_scope',
    });
    expect(challenge(without)).to.match(/^Bearer error="insufficient_scope"/);
    const machine = tokensOf(await app.token({ grant_type: 'client_credentials' }));
    expect((await app.userinfo(machine.access)).status).to.equal(403);
    for (const token of ['garbage', 'a.b.c', `${access.slice(0, -4)}AAAA`]) {
      const answer = await app.userinfo(token);
      expect({ status: answer.status, error: answer.body['error'] }).to.deep.equal({
        status: 401,
        error: 'invalid_token',
      });
      expect(challenge(answer)).to.match(/^Bearer error="invalid_token"/);
    }
  });

  it('[O21] given enableJwtScopeAsArray on the app, scope is an array in the JWT and a string in the answer', async () => {
    const chosen = { type: 'JWT', enableJwtScopeAsArray: true };
    const own = await createApp(server, { client: { grantTypes, accessToken: chosen } });
    const { access, body } = await own.tokens('alice', { scope: 'openid profile' });
    expect(decodeJwt(access)['scope']).to.deep.equal(['openid', 'profile']);
    expect(body.scope).to.equal('openid profile');
    expect((await own.introspect(access)).body['scope']).to.equal('openid profile');
  });

  it('[O21] given the setting of the organization, it counts for apps that have not chosen', async () => {
    const string = await createApp(server, {
      client: { grantTypes, accessToken: { type: 'JWT', enableJwtScopeAsArray: false } },
    });
    const scopeOf = async (of: TestApp) => decodeJwt((await of.tokens('alice')).access)['scope'];
    expect((await server.api('GET', SETTINGS)).body).to.deep.equal({ enableJwtScopeAsArray: false });
    expect((await server.api('PATCH', SETTINGS, { enableJwtScopeAsArray: true })).status).to.equal(200);
    expect((await server.api('GET', SETTINGS)).body).to.deep.equal({ enableJwtScopeAsArray: true });
    expect(await scopeOf(app)).to.deep.equal(['openid']);
    expect(await scopeOf(string)).to.equal('openid');
    const tenant = await createTenant(server, 'elsewhere.example');
    await createUser(server, 'alice', {}, tenant);
    const there = await createApp(server, { place: tenant, client: { grantTypes, accessToken: { type: 'JWT' } } });
    expect(await scopeOf(there), 'in another tenant').to.equal('openid');
    expect((await server.api('PATCH', SETTINGS, {})).body).to.deep.equal({ enableJwtScopeAsArray: true });
    expect((await server.api('DELETE', SETTINGS)).status).to.equal(204);
    expect((await server.api('DELETE', SETTINGS)).status).to.equal(204);
    expect((await server.api('GET', SETTINGS)).body).to.deep.equal({ enableJwtScopeAsArray: false });
    expect(await scopeOf(app)).to.equal('openid');
  });

  it('the setting of the organization is for those who may, and takes only what it knows', async () => {
    expect((await server.api('PATCH', SETTINGS, { enableJwtScopeAsArray: 'yes' })).status).to.equal(400);
    expect((await server.api('PATCH', SETTINGS, { other: true })).status).to.equal(400);
    expect((await server.fetch(SETTINGS)).status).to.equal(401);
    const { access } = tokensOf(await app.token({ grant_type: 'client_credentials' }));
    const headers = { authorization: `Bearer ${access}` };
    for (const method of ['GET', 'DELETE']) {
      const response = await server.fetch(SETTINGS, { method, headers });
      expect(response.status).to.equal(403);
      await response.text();
    }
  });

  it('[O22] given accessTokenAttributes, the JWT has exactly these, whatever the scopes', async () => {
    const client = { accessToken: { type: 'JWT', accessTokenAttributes: ['email', 'no_such_claim'] } };
    const attributed = await createApp(server, { client, claims: ['emailaddress', 'givenname'] });
    const claims = decodeJwt((await attributed.tokens('alice', { scope: 'openid profile' })).access);
    expect(claims['email']).to.equal('alice@example.com');
    expect(claims).not.to.have.any.keys('given_name', 'no_such_claim');
  });

  it('roles have no prefix', async () => {
    const roles = server.server.container.get(RoleServiceToken);
    const user = await createUser(server, 'roleholder');
    for (const name of ['Internal/everyone', 'plain']) {
      const role = await roles.ensureRole(superPlace.orgId, name, []);
      await roles.assign(superPlace.orgId, role.id, user.id, 'user');
    }
    const own = await createApp(server, { claims: ['roles'] });
    const { id, access } = await own.tokens('roleholder', { scope: 'openid roles' });
    expect(decodeJwt(id)['roles']).to.have.members(['everyone', 'plain']);
    expect((await own.userinfo(access)).body['roles']).to.have.members(['everyone', 'plain']);
  });
});

describe('looks of tokens that the operator can choose', () => {
  let server: TestServer;
  let app: TestApp;
  before(async function () {
    this.timeout(60_000);
    const toml = `[oauth]
      jwt_x5t_enabled = true
      jwt_x5t_s256_enabled = false
      add_tenant_domain_to_access_token = true
      introspection.filtered_claims = ["username", "active", "org_id"]
      jwt.return_only_app_associated_roles = false`;
    server = await startTestServer({ toml });
    await createUser(server, 'alice');
    app = await createApp(server, { claims: ['roles'], client: { grantTypes, accessToken: { type: 'JWT' } } });
  });
  after(() => server?.stop());

  it('which thumbprints of the certificate stand in the header', async () => {
    const { access, id } = await app.tokens('alice');
    const { keys } = (await server.api<JSONWebKeySet>('GET', '/oauth2/jwks')).body;
    for (const token of [access, id]) {
      const header = decodeProtectedHeader(token);
      const der = keys.find(({ kid }) => kid === header.kid)?.x5c?.[0] ?? '';
      const { raw } = new X509Certificate(Buffer.from(der, 'base64'));
      expect(header['x5t']).to.equal(createHash('sha1').update(raw).digest('base64url'));
      expect(header).not.to.have.property('x5t#S256');
    }
  });

  it('whether tokens tell the tenants', async () => {
    const domains = { app_td: 'carbon.super', user_td: 'carbon.super' };
    expect(decodeJwt((await app.tokens('alice')).access)).to.include(domains);
    const machine = decodeJwt(tokensOf(await app.token({ grant_type: 'client_credentials' })).access);
    expect(machine).to.include({ app_td: 'carbon.super' }).and.not.to.have.property('user_td');
  });

  it('what introspection leaves out, but never whether the token is good', async () => {
    const { body } = await app.introspect((await app.tokens('alice')).access);
    expect(body).to.include({ active: true, client_id: app.id }).and.not.to.have.any.keys('username', 'org_id');
  });

  it('whether tokens name roles of the organization beside those of the application', async () => {
    const roles = server.server.container.get(RoleServiceToken);
    const user = await createUser(server, 'roleholder');
    const of = await roles.ensureRole(superPlace.orgId, 'of the organization', []);
    await roles.assign(superPlace.orgId, of.id, user.id, 'user');
    const own = await createApp(server, {
      claims: ['roles'],
      application: {
        associatedRoles: { allowedAudience: 'APPLICATION' },
        advancedConfigurations: { skipLoginConsent: true },
      },
    });
    const { id, access } = await own.tokens('roleholder', { scope: 'openid roles' });
    expect(decodeJwt(id)['roles']).to.deep.equal(['of the organization']);
    expect((await own.userinfo(access)).body).not.to.have.property('roles');
  });

  it('a callback of a script does not get past the errors', async () => {
    const hop = await new Visitor(server).post('/oauth2/revoke', { token: 'x', callback: 'f' });
    expectError(jsonOf(hop), 401, 'invalid_client');
  });
});
