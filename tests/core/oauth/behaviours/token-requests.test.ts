import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { createApp, expectError, type TestApp, tokensOf } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const machine = { grant_type: 'client_credentials' };

describe('behaviours of token requests', () => {
  let server: TestServer;
  let app: TestApp;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ toml: '[oauth.grant_type.password]\nenable = false' });
    app = await createApp(server);
  });
  after(() => server?.stop());

  it('[O13] given no, an unknown or a forbidden grant_type, the error that the contract has for each', async () => {
    expectError(await app.token({ scope: 'x' }), 400, 'invalid_request', 'Missing grant_type parameter value');
    for (const grant_type of ['telepathy', '__proto__', 'constructor', 'Client_Credentials'])
      expectError(await app.token({ grant_type }), 400, 'invalid_request', 'Unsupported grant_type value');
    const web = await createApp(server, { client: { grantTypes: ['authorization_code'] } });
    const text = 'The authenticated client is not authorized to use this authorization grant type';
    expectError(await web.token(machine), 400, 'unauthorized_client', text);
  });

  it('[G27] given a grant that is switched off, it is neither listed nor taken', async () => {
    const own = await createApp(server, { client: { grantTypes: ['password'] } });
    const answer = await own.token({ grant_type: 'password', username: 'admin', password: 'x' });
    expectError(answer, 400, 'invalid_request', 'Unsupported grant_type value');
    const discovery = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
    expect(discovery.body['grant_types_supported']).to.include('client_credentials').and.not.to.include('password');
    const path = '/api/server/v1/applications/meta/inbound-protocols/oidc';
    const meta = await server.api<{ allowedGrantTypes: { options: { name: string }[] } }>('GET', path);
    const names = meta.body.allowedGrantTypes.options.map(({ name }) => name);
    expect(names).to.include('client_credentials').and.not.to.include('password');
  });

  it('[G1] given client_credentials with openid, internal_login and an API scope, only the API scope is granted', async () => {
    await app.authorize('NO_POLICY', ['api:read', 'internal_login']);
    const { body } = tokensOf(await app.token({ ...machine, scope: 'openid internal_login profile api:read' }));
    expect(body).to.have.keys('access_token', 'token_type', 'expires_in', 'scope');
    expect(body.scope).to.equal('api:read');
  });

  it('[G2] given a client_credentials JWT, sub=client_id and aut=APPLICATION, and introspection has no username', async () => {
    const jwt = await createApp(server, {
      client: { grantTypes: ['client_credentials'], accessToken: { type: 'JWT' } },
    });
    const { access } = tokensOf(await jwt.token(machine));
    const claims = decodeJwt(access);
    expect(claims).to.include({ sub: jwt.id, aut: 'APPLICATION' });
    expect(claims).not.to.have.any.keys('user_org', 'scope');
    expect((await jwt.introspect(access)).body)
      .to.include({ active: true })
      .and.not.to.have.property('username');
  });
});
