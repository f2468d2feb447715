import { randomUUID } from 'node:crypto';
import { LegacyAsgardeoNodeClient } from '@asgardeo/node';
import { expect } from 'chai';
import { trustGlobally } from '../support/node-trust.js';
import { CALLBACK, createApp, createTenant, createUser, type TestApp } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { type Hop, Visitor } from '../support/visitor.js';

/** A store for one client of the SDK: its own one is shared by all of the process, configuration included. */
function ownStore() {
  const kept = new Map<string, string>();
  return {
    getData: async (key: string) => kept.get(key) ?? '{}',
    setData: async (key: string, value: string) => void kept.set(key, value),
    removeData: async (key: string) => void kept.delete(key),
  };
}

describe('@asgardeo/node', () => {
  let server: TestServer;
  let distrust: (() => Promise<void>) | undefined;
  let app: TestApp;
  /** What the application keeps in its own cookie. */
  let session: string;
  before(async () => {
    server = await startTestServer();
    distrust = trustGlobally(server);
    const place = await createTenant(server, 'acme.example');
    await createUser(server, 'alice', { givenname: ['Alice'], emailaddress: ['alice@example.com'] }, place);
    app = await createApp(server, {
      place,
      claims: ['givenname', 'emailaddress'],
      client: { accessToken: { type: 'JWT' } },
      application: { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } },
    });
  });
  after(async () => {
    await distrust?.();
    await server?.stop();
  });

  beforeEach(() => {
    session = randomUUID();
  });

  async function client(more: Readonly<Record<string, unknown>> = {}): Promise<LegacyAsgardeoNodeClient<unknown>> {
    const sdk = new LegacyAsgardeoNodeClient();
    const config = {
      baseUrl: `${server.origin}${app.place.prefix}`,
      clientId: app.id,
      clientSecret: app.secret,
      afterSignInUrl: CALLBACK,
      afterSignOutUrl: CALLBACK,
      scopes: ['openid', 'profile', 'email'],
      enablePKCE: true,
      ...more,
    };
    await sdk.initialize(config, ownStore());
    return sdk;
  }

  const isActive = async (token: string) => (await app.introspect(token)).body['active'];

  /** What a web application does with the SDK: send the browser away, take it back. */
  async function signIn(sdk: LegacyAsgardeoNodeClient<unknown>, visitor = new Visitor(server)) {
    let address = '';
    await sdk.signIn((url: string) => {
      address = url;
    }, session);
    const { location } = await app.open(visitor, address, { username: 'alice' });
    const of = (name: string) => location?.searchParams.get(name) ?? '';
    return sdk.signIn(() => undefined, session, of('code'), of('session_state'), of('state'));
  }

  it('signs in with PKCE, checks the ID token, and knows the user', async () => {
    const sdk = await client();
    const tokens = await signIn(sdk);
    expect(await sdk.isSignedIn(session)).to.equal(true);
    expect(await isActive(tokens.accessToken)).to.equal(true);
    expect(await sdk.getDecodedIdToken(session)).to.include({
      given_name: 'Alice',
      email: 'alice@example.com',
      aud: app.id,
    });
    expect(await sdk.getUser(session)).to.include({ displayName: 'Alice', email: 'alice@example.com' });
    expect((await app.userinfo(await sdk.getAccessToken(session))).body).to.include({ given_name: 'Alice' });
  });

  it('refreshes and revokes', async () => {
    const sdk = await client();
    const first = await signIn(sdk);
    const second = await sdk.refreshAccessToken(session);
    expect(second.accessToken).not.to.equal(first.accessToken);
    expect(await isActive(second.accessToken)).to.equal(true);
    expect(await isActive(first.accessToken)).to.equal(false);
    expect((await sdk.revokeAccessToken(session)).status).to.equal(200);
    expect(await isActive(second.accessToken)).to.equal(false);
    expect(await sdk.isSignedIn(session)).to.equal(false);
  });

  it('signs out of the server too, at once with the ID token', async () => {
    const sdk = await client({ sendIdTokenInLogoutRequest: true });
    const visitor = new Visitor(server);
    await signIn(sdk, visitor);
    const end = new URL(await sdk.signOut(session));
    expect(end.pathname).to.equal(`${app.place.prefix}/oidc/logout`);
    await expectSignedOut(visitor, await visitor.get(end.href));
  });

  it('without the ID token the user is asked first', async () => {
    const sdk = await client();
    const visitor = new Visitor(server);
    await signIn(sdk, visitor);
    const { location } = await visitor.get(await sdk.signOut(session));
    expect(location?.pathname).to.match(/\/oauth2_logout_consent\.do$/);
    const sessionDataKey = location?.searchParams.get('sessionDataKey') ?? '';
    const path = `${app.place.prefix}/oidc/logout`;
    await expectSignedOut(visitor, await visitor.post(path, { sessionDataKey, consent: 'approve' }));
  });

  async function expectSignedOut(visitor: Visitor, { location }: Hop): Promise<void> {
    expect(`${location?.origin}${location?.pathname}`).to.equal(CALLBACK);
    expect(location?.searchParams.get('state')).to.equal('sign_out_success');
    const again = await visitor.get(app.authorizePath({ prompt: 'none' }));
    expect(again.location?.searchParams.get('error')).to.equal('login_required');
  }

  it('knows the endpoints by discovery', async () => {
    const sdk = await client();
    await signIn(sdk);
    const base = `${server.origin}${app.place.prefix}`;
    expect(await sdk.getOpenIDProviderEndpoints()).to.include({
      authorizationEndpoint: `${base}/oauth2/authorize`,
      tokenEndpoint: `${base}/oauth2/token`,
      endSessionEndpoint: `${base}/oidc/logout`,
      checkSessionIframe: `${base}/oidc/checksession`,
    });
  });
});
