import { expect } from 'chai';
import * as oidc from 'openid-client';
import { fetchOf } from '../support/http-client.js';
import {
  CALLBACK,
  createApp,
  createTenant,
  createUser,
  type Place,
  superPlace,
  type TestApp,
} from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { Visitor } from '../support/visitor.js';

describe('openid-client', () => {
  let server: TestServer;
  let tenant: Place;
  before(async () => {
    server = await startTestServer();
    tenant = await createTenant(server, 'interop.example');
    for (const place of [superPlace, tenant]) await createUser(server, 'alice', { givenname: ['Alice'] }, place);
  });
  after(() => server?.stop());

  async function discovered(app: TestApp, authentication?: oidc.ClientAuth): Promise<oidc.Configuration> {
    const issuer = new URL(`${server.origin}${app.place.prefix}/oauth2/token`);
    const metadata = app.secret === '' ? {} : { client_secret: app.secret };
    return oidc.discovery(issuer, app.id, metadata, authentication, { [oidc.customFetch]: fetchOf(server) });
  }

  /** The flow of a web application, as the library documents it. */
  async function signIn(app: TestApp, config: oidc.Configuration, visitor: Visitor, more: Record<string, string> = {}) {
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()];
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'openid profile',
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
      ...more,
    });
    const done = await app.visit(visitor, Object.fromEntries(url.searchParams), { username: 'alice' });
    const checks = { pkceCodeVerifier, expectedState, expectedNonce };
    return oidc.authorizationCodeGrant(config, done.location as URL, checks);
  }

  for (const title of ['the super organization', 'a tenant'] as const) {
    it(`signs in, refreshes, asks, revokes and logs out in ${title}`, async () => {
      const place = title === 'a tenant' ? tenant : superPlace;
      const app = await createApp(server, {
        place,
        claims: ['givenname'],
        application: {
          claimConfiguration: { requestedClaims: [{ claim: { uri: 'http://wso2.org/claims/givenname' } }] },
          advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true },
        },
      });
      const config = await discovered(app);
      const visitor = new Visitor(server);
      const tokens = await signIn(app, config, visitor, { max_age: '600' });
      const { sub = '' } = tokens.claims() ?? {};
      expect(tokens.claims()?.['given_name']).to.equal('Alice');
      expect((await oidc.fetchUserInfo(config, tokens.access_token, sub)).given_name).to.equal('Alice');
      const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
      expect(fresh.claims()?.sub).to.equal(sub);
      expect((await oidc.tokenIntrospection(config, tokens.access_token)).active).to.equal(false);
      const state = await oidc.tokenIntrospection(config, fresh.access_token);
      expect(state).to.include({ active: true, username: 'alice', client_id: app.id });
      await oidc.tokenRevocation(config, fresh.refresh_token ?? '');
      expect((await oidc.tokenIntrospection(config, fresh.access_token)).active).to.equal(false);
      const end = oidc.buildEndSessionUrl(config, {
        id_token_hint: fresh.id_token ?? '',
        post_logout_redirect_uri: CALLBACK,
        state: 'bye',
      });
      expect((await visitor.get(end.href)).location?.href).to.equal(`${CALLBACK}?state=bye`);
      const after = await visitor.get(app.authorizePath({ prompt: 'none' }));
      expect(after.location?.searchParams.get('error')).to.equal('login_required');
    });
  }

  it('gets tokens for itself, by each way to authenticate', async () => {
    const app = await createApp(server);
    await app.authorize('NO_POLICY', ['api:read']);
    for (const authentication of [oidc.ClientSecretBasic(app.secret), oidc.ClientSecretPost(app.secret)]) {
      const config = await discovered(app, authentication);
      const tokens = await oidc.clientCredentialsGrant(config, { scope: 'api:read' });
      expect(tokens.scope).to.equal('api:read');
    }
  });

  it('is a public client with PKCE', async () => {
    const app = await createApp(server, {
      client: { publicClient: true, grantTypes: ['authorization_code', 'refresh_token'] },
    });
    const config = await discovered(app, oidc.None());
    const tokens = await signIn(app, config, new Visitor(server));
    expect((await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).access_token).to.be.a('string');
  });

  it('takes ES256 as well', async () => {
    const app = await createApp(server, { client: { idToken: { idTokenSignedResponseAlg: 'ES256' } } });
    const issuer = new URL(`${server.origin}/oauth2/token`);
    const metadata = { client_secret: app.secret, id_token_signed_response_alg: 'ES256' };
    const config = await oidc.discovery(issuer, app.id, metadata, undefined, { [oidc.customFetch]: fetchOf(server) });
    expect((await signIn(app, config, new Visitor(server))).claims()?.aud).to.equal(app.id);
  });

  it('understands our errors', async () => {
    const app = await createApp(server);
    const config = await discovered(app);
    const refused = await oidc.refreshTokenGrant(config, 'unknown').catch((error: unknown) => error);
    expect(refused).to.include({ error: 'invalid_grant', status: 400 });
    const denied = await app.visit(new Visitor(server), { prompt: 'none', state: 'x' });
    const answer = await oidc
      .authorizationCodeGrant(config, denied.location as URL, { expectedState: 'x' })
      .catch((error: unknown) => error);
    expect(answer).to.include({ error: 'login_required' });
    const wrong = await discovered(app, oidc.ClientSecretPost('wrong'));
    const nobody = await oidc.clientCredentialsGrant(wrong).catch((error: unknown) => error);
    expect(nobody).to.have.nested.property('cause.0.parameters.realm', 'localhost');
  });
});
