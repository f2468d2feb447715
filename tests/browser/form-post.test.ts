import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { launchChromium, openPage, overflow } from '../support/chromium.js';
import { createApp, createUser, type TestApp, USER_PASSWORD } from '../support/oauth-client.js';
import { Receiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

/** Set it to keep a picture of each page. */
const pictures = process.env['GATEHOUSE_TEST_PICTURES'];

describe('answers by a form in Chromium', function () {
  this.timeout(60_000);
  let server: TestServer;
  let chromium: Browser;
  let receiver: Receiver;
  let app: TestApp;

  before(async () => {
    receiver = await Receiver.start(() => ({ headers: { 'content-type': 'text/html' }, body: '<title>there</title>' }));
    server = await startTestServer();
    await createUser(server, 'nora');
    app = await createApp(server, { client: { callbackURLs: [`${receiver.origin}/cb`] } });
    chromium = await launchChromium();
  });
  after(async () => {
    await chromium?.close();
    await server?.stop();
    await receiver?.stop();
  });

  for (const [locale, title, button] of [
    ['en-GB', 'Back to the application', 'Continue'],
    ['de-DE', 'Zurück zur Anwendung', 'Weiter'],
    ['fr-FR', 'Back to the application', 'Continue'],
  ] as const)
    it(`tell people without scripts what to do (${locale})`, async () => {
      receiver.received.length = 0;
      const viewport = { width: 390, height: 844 };
      const { page } = await openPage(chromium, server.origin, { javaScriptEnabled: false, locale, viewport });
      await page.goto(app.authorizePath({ redirect_uri: `${receiver.origin}/cb`, response_mode: 'form_post' }));
      await page.fill('[name=username]', 'nora');
      await page.fill('[name=password]', USER_PASSWORD);
      await page.click('button.primary');
      expect(await page.title()).to.equal(title);
      expect(await page.getByRole('heading').textContent()).to.equal(title);
      expect(await page.getAttribute('html', 'lang')).to.equal(locale === 'de-DE' ? 'de' : 'en');
      if (pictures) await page.screenshot({ path: join(pictures, `form-post-${locale}.png`) });
      expect(await overflow(page)).to.equal(0);
      await page.getByRole('button', { name: button }).click();
      await page.waitForURL(`${receiver.origin}/cb`);
      const [sent] = receiver.received;
      expect(sent?.method).to.equal('POST');
      expect(new URLSearchParams(sent?.body).get('state')).to.equal('s-1');
      await page.context().close();
    });

  it('go by themselves where scripts run', async () => {
    const { page, complaints } = await openPage(chromium, server.origin);
    await page.goto(app.authorizePath({ redirect_uri: `${receiver.origin}/cb`, response_mode: 'form_post' }));
    await page.fill('[name=username]', 'nora');
    await page.fill('[name=password]', USER_PASSWORD);
    await page.click('button.primary');
    await page.waitForURL(`${receiver.origin}/cb`);
    expect(await page.title()).to.equal('there');
    expect(complaints).to.deep.equal([]);
    await page.context().close();
  });
});
