import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { accessibilityFaults, launchChromium, openPage, overflow, smallTargets } from '../support/chromium.js';
import { createApp, createUser, type TestApp, USER_PASSWORD } from '../support/oauth-client.js';
import { Receiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

/** Set it to keep a picture of each page. */
const pictures = process.env['GATEHOUSE_TEST_PICTURES'];

/** A page of an application that asks by a frame whether the session is still the same. */
const asking = (
  frame: string,
  message: string,
) => `<!doctype html><title>waiting</title><iframe src="${frame}"></iframe><script>
addEventListener('message', ({ data }) => { document.title = data; });
document.querySelector('iframe').addEventListener('load', ({ target }) => target.contentWindow.postMessage(${JSON.stringify(message)}, '*'));
</script>`;

describe('sessions in Chromium', function () {
  this.timeout(60_000);
  let server: TestServer;
  let chromium: Browser;
  let receiver: Receiver;
  let first: TestApp;
  let second: TestApp;

  before(async () => {
    receiver = await Receiver.start(() => ({ headers: { 'content-type': 'text/html' } }));
    server = await startTestServer();
    await createUser(server, 'nora');
    const application = { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } };
    const callbackURLs = [`${receiver.origin}/cb`];
    const logout = { frontChannelLogoutUrl: `${receiver.origin}/out?app=second` };
    first = await createApp(server, { application, client: { callbackURLs } });
    second = await createApp(server, { application, client: { callbackURLs, logout } });
    chromium = await launchChromium();
  });
  after(async () => {
    await chromium?.close();
    await server?.stop();
    await receiver?.stop();
  });

  const address = (app: TestApp) => app.authorizePath({ redirect_uri: `${receiver.origin}/cb`, scope: 'openid' });

  it('an application of the same site learns by a frame whether the session has changed', async () => {
    // Browsers keep cookies from frames of other sites, so this one shares host and scheme.
    let html = '';
    const respond = () => ({ headers: { 'content-type': 'text/html' }, body: html });
    const site = await Receiver.start(respond, server.tls);
    const home = site.origin;
    const app = await createApp(server, { client: { callbackURLs: [`${home}/cb`] } });
    const other = await createApp(server, { client: { callbackURLs: [`${home}/cb`] } });
    const { page } = await openPage(chromium, server.origin);
    const redirect_uri = `${home}/cb`;
    await page.goto(app.authorizePath({ redirect_uri, scope: 'openid' }));
    await page.getByLabel('Username').fill('nora');
    await page.getByLabel('Password', { exact: true }).fill(USER_PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/\/cb\?/);
    const state = new URL(page.url()).searchParams.get('session_state') ?? '';
    const frame = `${server.origin}/oidc/checksession?${new URLSearchParams({ client_id: app.id, redirect_uri })}`;
    const answer = async (message: string) => {
      html = asking(frame, message);
      await page.goto(`${home}/app`);
      await page.waitForFunction("document.title !== 'waiting'");
      return page.title();
    };
    expect(await answer(`${app.id} ${state}`)).to.equal('unchanged');
    expect(await answer(`${app.id} x${state}`)).to.equal('changed');
    for (const wrong of ['', app.id, `${other.id} ${state}`, `${app.id} nosalt`])
      expect(await answer(wrong), wrong).to.equal('error');
    html = '';
    await page.goto(other.authorizePath({ redirect_uri, scope: 'openid' }));
    await page.waitForURL(/\/cb\?/);
    expect(await answer(`${app.id} ${state}`)).to.equal('changed');
    await page.context().close();
    await site.stop();
  });

  it('[O27] a logout calls the other application by a frame with sid and iss, then goes where it shall', async () => {
    const { page, complaints } = await openPage(chromium, server.origin);
    await page.goto(address(second));
    await page.getByLabel('Username').fill('nora');
    await page.getByLabel('Password', { exact: true }).fill(USER_PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/\/cb\?/);
    await page.goto(address(first));
    await page.waitForURL(/\/cb\?/);
    const code = new URL(page.url()).searchParams.get('code') ?? '';
    const { body } = await first.redeem(code, { redirect_uri: `${receiver.origin}/cb` });
    const claims = JSON.parse(Buffer.from(body.id_token?.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      string
    >;
    receiver.received.length = 0;
    const query = new URLSearchParams({
      id_token_hint: body.id_token ?? '',
      post_logout_redirect_uri: `${receiver.origin}/cb`,
      state: 'bye',
    });
    await page.goto(`/oidc/logout?${query}`);
    await page.waitForURL(/\/cb\?state=bye$/);
    const call = receiver.received.find(({ url }) => url.pathname === '/out');
    expect(Object.fromEntries(call?.url.searchParams ?? [])).to.deep.equal({
      app: 'second',
      sid: claims['sid'],
      iss: claims['iss'],
    });
    expect(complaints).to.deep.equal([]);
    await page.context().close();
  });

  it('the page in between is accessible and leads on without scripts', async () => {
    const { page } = await openPage(chromium, server.origin, { javaScriptEnabled: false });
    await page.goto(address(second));
    await page.getByLabel('Username').fill('nora');
    await page.getByLabel('Password', { exact: true }).fill(USER_PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/\/cb\?/);
    const { body } = await second.redeem(new URL(page.url()).searchParams.get('code') ?? '', {
      redirect_uri: `${receiver.origin}/cb`,
    });
    const query = new URLSearchParams({
      id_token_hint: body.id_token ?? '',
      post_logout_redirect_uri: `${receiver.origin}/cb`,
    });
    await page.goto(`/oidc/logout?${query}`);
    expect(await page.getByRole('heading').textContent()).to.equal('Signing you out');
    await page.getByRole('link', { name: 'Continue' }).click();
    await page.waitForURL(/\/cb$/);
    await page.context().close();
  });

  for (const [locale, heading, button] of [
    ['en-GB', 'Signing you out', 'Continue'],
    ['de-DE', 'Sie werden abgemeldet', 'Weiter'],
  ] as const)
    it(`says what happens while an application does not answer, and goes on without it (${locale})`, async () => {
      const silent = createServer(() => undefined);
      await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
      const logout = { frontChannelLogoutUrl: `http://localhost:${(silent.address() as AddressInfo).port}/out` };
      const callbackURLs = [`${receiver.origin}/cb`];
      const application = { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } };
      const mute = await createApp(server, { application, client: { callbackURLs, logout } });
      const viewport = { width: 320, height: 640 };
      const { page, complaints } = await openPage(chromium, server.origin, { viewport, locale });
      await page.goto(address(mute));
      await page.fill('[name=username]', 'nora');
      await page.fill('[name=password]', USER_PASSWORD);
      await page.click('button.primary');
      await page.waitForURL(/\/cb\?/);
      const code = new URL(page.url()).searchParams.get('code') ?? '';
      const { body } = await mute.redeem(code, { redirect_uri: `${receiver.origin}/cb` });
      const query = { id_token_hint: body.id_token ?? '', post_logout_redirect_uri: `${receiver.origin}/cb` };
      await page.clock.install();
      await page.goto(`/oidc/logout?${new URLSearchParams(query)}`, { waitUntil: 'domcontentloaded' });
      expect(await page.getByRole('heading').textContent()).to.equal(heading);
      expect(await page.getByRole('link', { name: button }).getAttribute('href')).to.equal(`${receiver.origin}/cb`);
      expect(await page.getAttribute('html', 'lang')).to.equal(locale.slice(0, 2));
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        if (pictures) await page.screenshot({ path: join(pictures, `front-channel-${locale}-${colorScheme}.png`) });
        expect(await accessibilityFaults(page), colorScheme).to.deep.equal([]);
      }
      expect([await overflow(page), await smallTargets(page)]).to.deep.equal([0, []]);
      await page.clock.fastForward(8000);
      await page.waitForURL(/\/cb$/);
      expect(complaints).to.deep.equal([]);
      await page.context().close();
      silent.closeAllConnections();
      await new Promise((done) => silent.close(done));
    });

  it('a frame of an application can neither lead the page away nor open a dialog', async () => {
    const away =
      '<script>try { top.location = "/led-away"; } catch {} alert("boo"); new Image().src = "/ran";</script>';
    const bad = await Receiver.start(() => ({ headers: { 'content-type': 'text/html' }, body: away }));
    const client = { callbackURLs: [`${receiver.origin}/cb`], logout: { frontChannelLogoutUrl: `${bad.origin}/out` } };
    const application = { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } };
    const app = await createApp(server, { application, client });
    const { page, complaints } = await openPage(chromium, server.origin);
    await page.goto(address(app));
    await page.fill('[name=username]', 'nora');
    await page.fill('[name=password]', USER_PASSWORD);
    await page.click('button.primary');
    await page.waitForURL(/\/cb\?/);
    const code = new URL(page.url()).searchParams.get('code') ?? '';
    const { body } = await app.redeem(code, { redirect_uri: `${receiver.origin}/cb` });
    const query = { id_token_hint: body.id_token ?? '', post_logout_redirect_uri: `${receiver.origin}/cb` };
    await page.goto(`/oidc/logout?${new URLSearchParams(query)}`);
    await page.waitForURL(/\/cb$/);
    expect(bad.received.map(({ url }) => url.pathname))
      .to.include('/ran')
      .and.not.include('/led-away');
    expect(complaints.filter((text) => text.startsWith('a dialog'))).to.deep.equal([]);
    await page.context().close();
    await bad.stop();
  });
});
