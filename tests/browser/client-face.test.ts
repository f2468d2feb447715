import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { accessibilityFaults, launchChromium, openPage, overflow } from '../support/chromium.js';
import { createApp, createUser, USER_PASSWORD } from '../support/oauth-client.js';
import { Receiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

/** Set it to keep a picture of each page. */
const pictures = process.env['GATEHOUSE_TEST_PICTURES'];

const PATH = '/api/identity/oauth2/dcr/v1.1/register';
/** Much larger than the place for it, and not square. */
const WIDE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="4000" height="1000"><script>document.title="x"</script><rect width="4000" height="1000" fill="#b33"/></svg>';

describe('logo and links of an application in Chromium', function () {
  this.timeout(60_000);
  let server: TestServer;
  let chromium: Browser;
  /** Where the application has its pages and pictures. */
  let site: Receiver;
  let elsewhere: Receiver;
  /** Its address: of another host than the server's, so that cookies of the one are not those of the other. */
  let home: string;

  before(async () => {
    server = await startTestServer();
    const picture = () => ({ headers: { 'content-type': 'image/svg+xml' }, body: WIDE });
    elsewhere = await Receiver.start(picture, server.tls);
    site = await Receiver.start(({ url }) => {
      if (url.pathname === '/gone.png') return { status: 404 };
      if (url.pathname === '/away.png') return { status: 302, headers: { location: `${elsewhere.origin}/logo.svg` } };
      return url.pathname.endsWith('.svg') ? picture() : { headers: { 'content-type': 'text/html' }, body: 'a page' };
    }, server.tls);
    home = site.origin.replace('localhost', '127.0.0.1');
    await createUser(server, 'nora');
    chromium = await launchChromium();
  });
  after(async () => {
    await chromium?.close();
    await server?.stop();
    await site?.stop();
    await elsewhere?.stop();
  });

  /** Opens the sign-in to an application that has registered itself. */
  async function open(page: Page, client_name: string, logo: string): Promise<void> {
    const at = (path: string) => `${home}${path}`;
    const redirect_uris = [at('/cb')];
    const links = { client_uri: at('/home'), policy_uri: at('/privacy'), tos_uri: at('/terms') };
    const metadata = { client_name, redirect_uris, logo_uri: at(logo), ...links };
    const { status, body } = await server.api<{ client_id: string }>('POST', PATH, metadata);
    expect(status).to.equal(201);
    const request = {
      client_id: body.client_id,
      redirect_uri: at('/cb'),
      response_type: 'code',
      scope: 'openid profile',
    };
    await page.goto(`/oauth2/authorize?${new URLSearchParams(request)}`);
  }

  async function look(page: Page, name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      if (pictures) await page.screenshot({ path: join(pictures, `${name}-${colorScheme}.png`), fullPage: true });
      expect(await accessibilityFaults(page), `${name} ${colorScheme}`).to.deep.equal([]);
    }
    expect(await overflow(page), name).to.equal(0);
  }

  const boxOf = (page: Page) =>
    page.evaluate(`(() => {
      const picture = document.querySelector('img.face');
      const { width, height } = picture.getBoundingClientRect();
      return { width, height, natural: picture.naturalWidth, alt: picture.alt };
    })()`);

  it('shows the logo in its box, at sign-in and consent, and its server learns no address', async () => {
    const { page, complaints } = await openPage(chromium, server.origin, { viewport: { width: 390, height: 844 } });
    await open(page, 'Faced', '/logo.svg');
    expect(await boxOf(page)).to.deep.equal({ width: 56, height: 56, natural: 4000, alt: 'Logo of Faced' });
    await look(page, 'faced-login');
    await page.fill('[name=username]', 'nora');
    await page.fill('[name=password]', USER_PASSWORD);
    await page.click('button.primary');
    await page.waitForURL('**/oauth2_consent.do**');
    expect(await boxOf(page)).to.include({ width: 56, height: 56, natural: 4000 });
    await look(page, 'faced-consent');
    const asked = site.received.filter(({ url }) => url.pathname === '/logo.svg');
    expect(asked).to.have.length.greaterThan(0);
    for (const { headers } of asked) expect(headers).to.not.have.any.keys('referer', 'cookie', 'origin');
    expect(complaints).to.deep.equal([]);
    await page.context().close();
  });

  it('opens policy and terms beside the sign-in, which they cannot reach', async () => {
    const { page } = await openPage(chromium, server.origin);
    await open(page, 'Linked', '/logo.svg');
    for (const [name, path] of [
      ['Website', '/home'],
      ['Privacy policy', '/privacy'],
      ['Terms of service', '/terms'],
    ] as const) {
      const [opened] = await Promise.all([
        page.context().waitForEvent('page'),
        page.getByRole('link', { name, exact: true }).click(),
      ]);
      await opened.waitForURL(`${home}${path}`);
      expect(await opened.evaluate('window.opener === null && document.referrer === ""'), name).to.equal(true);
      await opened.close();
    }
    expect(new URL(page.url()).pathname).to.equal('/authenticationendpoint/login.do');
    await page.context().close();
  });

  it('a logo that is gone leaves its text in its place, and one that leads elsewhere is not followed', async () => {
    for (const logo of ['/gone.png', '/away.png']) {
      const { page, complaints } = await openPage(chromium, server.origin, { viewport: { width: 390, height: 844 } });
      await open(page, `Without ${logo.slice(1, 5)}`, logo);
      expect(await boxOf(page), logo).to.include({ width: 56, height: 56, natural: 0 });
      await look(page, `logo-${logo.slice(1, 5)}`);
      expect(
        complaints.some((text) => /Content Security Policy/.test(text)),
        logo,
      ).to.equal(logo === '/away.png');
      await page.context().close();
    }
    expect(elsewhere.received).to.deep.equal([]);
  });

  it('an application without any has none of the boxes', async () => {
    const app = await createApp(server, { client: { callbackURLs: [`${home}/cb`] } });
    const { page } = await openPage(chromium, server.origin);
    await page.goto(app.authorizePath({ redirect_uri: `${home}/cb` }));
    expect(await page.locator('img.face, nav.about').count()).to.equal(0);
    await page.context().close();
  });
});
