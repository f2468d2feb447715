import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, openPage } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { ModuleSite } from '../support/module-site.js';
import {
  createApp,
  createTenant,
  createUser,
  type Place,
  type TestApp,
  USER_PASSWORD,
} from '../support/oauth-client.js';
import { skipWithout } from '../support/services.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

/** The SDK and what it imports, as its own resolution finds them. */
function packagesOfSdk() {
  const sdk = fileURLToPath(import.meta.resolve('@asgardeo/browser'));
  const { resolve } = createRequire(sdk);
  const esm = (cjs: string) => join(dirname(dirname(cjs)), 'index.js');
  return {
    '@asgardeo/browser': { entry: sdk },
    '@asgardeo/javascript': { entry: esm(resolve('@asgardeo/javascript')) },
    axios: { entry: join(dirname(dirname(resolve('axios'))), 'esm', 'axios.js') },
    jose: { entry: resolve('jose') },
    base64url: { entry: resolve('base64url'), names: [] },
    'fast-sha256': { entry: resolve('fast-sha256'), names: [] },
    'buffer/': { entry: resolve('buffer/'), names: ['Buffer'] },
  };
}

/** A single-page application as the SDK's guide writes it. */
const script = (config: object) => `
import { AsgardeoSPAClient } from '@asgardeo/browser';
const auth = AsgardeoSPAClient.getInstance();
window.auth = auth;
await auth.initialize(${JSON.stringify(config)});
document.querySelector('#in').addEventListener('click', () => auth.signIn());
document.querySelector('#out').addEventListener('click', () => auth.signOut());
await auth.signIn({ callOnlyOnRedirect: true });
document.title = (await auth.isSignedIn()) ? 'signed in' : 'signed out';
`;

describe('@asgardeo/browser in Chromium', function () {
  this.timeout(60_000);
  let server: TestServer;
  let place: Place;
  let chromium: Browser;
  let site: ModuleSite;
  let app: TestApp;
  /** A confidential application: public ones cannot ask about tokens. */
  let inspector: TestApp;
  before(async function () {
    skipWithout(this, 'chromium');
    server = await startTestServer();
    place = await createTenant(server, 'acme.example');
    await createUser(server, 'alice', { givenname: ['Alice'], emailaddress: ['alice@example.com'] }, place);
    // Of the same site as the server, so that browsers let its frames have their cookies.
    site = await ModuleSite.start(server.tls, packagesOfSdk());
    app = await createApp(server, {
      place,
      claims: ['givenname', 'emailaddress'],
      client: {
        publicClient: true,
        pkce: { mandatory: true },
        grantTypes: ['authorization_code', 'refresh_token'],
        callbackURLs: [site.origin],
        allowedOrigins: [site.origin],
        accessToken: { type: 'JWT' },
      },
      application: { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } },
    });
    inspector = await createApp(server, { place });
    chromium = await launchChromium();
  });
  after(async () => {
    await chromium?.close();
    await site?.stop();
    await server?.stop();
  });

  const base = () => `${server.origin}${place.prefix}`;

  /** Opens the application. @param more settings of the SDK */
  async function open(more: object = {}) {
    const config = {
      baseUrl: base(),
      clientId: app.id,
      afterSignInUrl: site.origin,
      afterSignOutUrl: site.origin,
      scopes: ['openid', 'profile', 'email'],
      sendIdTokenInLogoutRequest: true,
      allowedExternalUrls: [base()],
      ...more,
    };
    site.show(script(config), '<button id="in">Sign in</button><button id="out">Sign out</button>');
    const opened = await openPage(chromium, server.origin);
    await opened.page.goto(site.origin);
    await titled(opened.page, 'signed out');
    return opened;
  }

  const titled = (page: Page, title: string) => page.waitForFunction(`document.title === '${title}'`);
  /** What the SDK answers. */
  const ask = <T>(page: Page, call: string) => page.evaluate(`auth.${call}`) as Promise<T>;
  const isActive = async (token: string) => (await inspector.introspect(token)).body['active'];

  async function signIn(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Username').fill('alice');
    await page.getByLabel('Password', { exact: true }).fill(USER_PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await titled(page, 'signed in');
  }

  it('signs in with PKCE, knows the user, and calls an API with the token', async () => {
    const { page, complaints } = await open();
    await signIn(page);
    expect(await ask(page, 'getDecodedIdToken()')).to.include({ given_name: 'Alice', aud: app.id });
    expect(await ask(page, 'getUser()')).to.include({ email: 'alice@example.com' });
    expect(await isActive(await ask<string>(page, 'getAccessToken()'))).to.equal(true);
    const call = `httpRequest({ url: '${base()}/oauth2/userinfo', method: 'GET' }).then(({ data }) => data)`;
    expect(await ask(page, call)).to.include({ given_name: 'Alice' });
    await page.reload();
    await titled(page, 'signed in');
    expect(complaints).to.deep.equal([]);
    await page.context().close();
  });

  it('refreshes and revokes', async () => {
    const { page, complaints } = await open();
    await signIn(page);
    const first = await ask<string>(page, 'getAccessToken()');
    await ask(page, 'refreshAccessToken()');
    const second = await ask<string>(page, 'getAccessToken()');
    expect(second).not.to.equal(first);
    expect(await isActive(second)).to.equal(true);
    expect(await isActive(first)).to.equal(false);
    expect(await ask(page, 'revokeAccessToken()')).to.equal(true);
    expect(await isActive(second)).to.equal(false);
    expect(await ask(page, 'isSignedIn()')).to.equal(false);
    expect(complaints).to.deep.equal([]);
    await page.context().close();
  });

  it('signs out of the server too', async () => {
    const { page } = await open();
    await signIn(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(/state=sign_out_success/);
    await titled(page, 'signed out');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Username').waitFor();
    await page.context().close();
  });

  // This version of the SDK loses the state by which it knows answers to silent requests again, so what can be seen
  // of them is that they are answered, in its frame.
  it('asks without a word while the session lasts', async () => {
    const { page, complaints } = await open();
    await signIn(page);
    await page.evaluate('sessionStorage.clear()');
    await page.reload();
    await titled(page, 'signed out');
    void ask(page, 'signInSilently()').catch(() => undefined);
    await eventually('the SDK has tokens again', () => ask<boolean>(page, 'isSignedIn()'), 20_000);
    expect(await ask(page, 'getDecodedIdToken()')).to.include({ given_name: 'Alice', aud: app.id });
    expect(complaints).to.deep.equal([]);
    await page.context().close();
  });

  it('notices by the frame that the session has ended elsewhere (session management)', async () => {
    const { page } = await open({ syncSession: true, checkSessionInterval: 1 });
    const silent: URL[] = [];
    page.on('response', (response) => {
      const { searchParams } = new URL(response.url());
      if (searchParams.get('prompt') === 'none') silent.push(new URL(response.headers()['location'] ?? ''));
    });
    await signIn(page);
    expect(await ask(page, 'getOpenIDProviderEndpoints()')).to.include({
      checkSessionIframe: `${base()}/oidc/checksession`,
    });
    const frame = await eventually('the frame of the server', () =>
      page.frames().find((each) => each.url().startsWith(`${base()}/oidc/checksession`)),
    );
    await frame.waitForLoadState();
    await page.evaluate(
      `new Promise((done) => addEventListener('message', ({ data }) => data === 'unchanged' && done()))`,
    );
    expect(silent).to.deep.equal([]);
    const id = await ask<string>(page, 'getIdToken()');
    const other = await page.context().newPage();
    await other.goto(`${base()}/oidc/logout?${new URLSearchParams({ id_token_hint: id })}`);
    await page.bringToFront();
    const answer = await eventually('the SDK asks anew', () => silent[0], 20_000);
    expect(answer.searchParams.get('error')).to.equal('login_required');
    await page.context().close();
  });
});
