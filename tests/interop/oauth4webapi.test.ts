import { expect } from 'chai';
import * as oauth from 'oauth4webapi';
import { fetchOf } from '../support/http-client.js';
import { CALLBACK, createApp, createUser, type TestApp } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { Visitor } from '../support/visitor.js';

describe('oauth4webapi', () => {
  let server: TestServer;
  let app: TestApp;
  let as: oauth.AuthorizationServer;
  let options: { [oauth.customFetch]: ReturnType<typeof fetchOf> };
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice', { emailaddress: ['alice@example.com'] });
    app = await createApp(server, {
      claims: ['emailaddress'],
      client: {
        accessToken: { type: 'JWT' },
        idToken: { audience: [] },
        grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
      },
    });
    options = { [oauth.customFetch]: fetchOf(server) };
    const issuer = new URL(`${server.origin}/oauth2/token`);
    as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
  });
  after(() => server?.stop());

  const client = () => ({ client_id: app.id });
  const authentication = () => oauth.ClientSecretBasic(app.secret);

  async function redeemed(more: Record<string, string> = {}) {
    const verifier = oauth.generateRandomCodeVerifier();
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    const code_challenge = await oauth.calculatePKCECodeChallenge(verifier);
    const parameters = { scope: 'openid email', code_challenge, code_challenge_method: 'S256', state, nonce, ...more };
    const done = await app.visit(new Visitor(server), parameters, { username: 'alice' });
    const answer = oauth.validateAuthResponse(as, client(), done.location as URL, state);
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client(),
      authentication(),
      answer,
      CALLBACK,
      verifier,
      options,
    );
    const result = await oauth.processAuthorizationCodeResponse(as, client(), response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(as, response, options);
    return result;
  }

  it('discovers, signs in with PKCE, and checks every signature', async () => {
    const result = await redeemed({ max_age: '100' });
    const claims = oauth.getValidatedIdTokenClaims(result);
    expect(claims?.['email']).to.equal('alice@example.com');
    const response = await oauth.userInfoRequest(as, client(), result.access_token, options);
    const info = await oauth.processUserInfoResponse(as, client(), claims?.sub ?? '', response);
    expect(info.email).to.equal('alice@example.com');
  });

  it('takes our access tokens as a resource server (RFC 9068)', async () => {
    const { access_token } = await redeemed();
    const request = new Request('https://api.example/', { headers: { authorization: `Bearer ${access_token}` } });
    const claims = await oauth.validateJwtAccessToken(as, request, app.id, options);
    expect(claims).to.include({ client_id: app.id, scope: 'openid email' });
  });

  it('refreshes, introspects and revokes', async () => {
    const first = await redeemed();
    const refreshed = await oauth.refreshTokenGrantRequest(
      as,
      client(),
      authentication(),
      first.refresh_token ?? '',
      options,
    );
    const second = await oauth.processRefreshTokenResponse(as, client(), refreshed);
    const introspect = async (token: string) =>
      oauth.processIntrospectionResponse(
        as,
        client(),
        await oauth.introspectionRequest(as, client(), authentication(), token, options),
      );
    expect((await introspect(second.access_token)).active).to.equal(true);
    const revoked = await oauth.revocationRequest(as, client(), authentication(), second.access_token, options);
    await oauth.processRevocationResponse(revoked);
    expect(await introspect(second.access_token)).to.deep.equal({ active: false });
  });

  it('gets tokens for itself', async () => {
    const response = await oauth.clientCredentialsGrantRequest(as, client(), authentication(), {}, options);
    const result = await oauth.processClientCredentialsResponse(as, client(), response);
    expect(result).to.include({ token_type: 'bearer', expires_in: 3600 });
  });

  it('notices the answer of another issuer', async () => {
    const done = await app.visit(new Visitor(server), { state: 'x' }, { username: 'alice' });
    const forged = new URL(done.location as URL);
    forged.searchParams.set('iss', 'https://evil.example');
    expect(() => oauth.validateAuthResponse(as, client(), forged, 'x')).to.throw(/iss/);
    forged.searchParams.delete('iss');
    expect(() => oauth.validateAuthResponse(as, client(), forged, 'x')).to.throw(/iss/);
  });
});
