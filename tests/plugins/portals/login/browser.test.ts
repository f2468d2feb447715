import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { claimUri, UserServiceToken } from '#core/users';
import { accessibilityFaults, launchChromium, openPage, overflow, smallTargets } from '../../../support/chromium.js';
import { CONNECTORS, govern } from '../../../support/governance.js';
import { createUser, USER_PASSWORD } from '../../../support/oauth-client.js';
import { ADMIN_PASSWORD } from '../../../support/test-server.js';
import { local, PortalServer, password } from './support/portal-server.js';
import { OAUTH_STUB_BASE } from './support/relying-party/plugin.js';

/** Set it to keep a picture of each page. */
const pictures = process.env['GATEHOUSE_TEST_PICTURES'];

const submit = (page: Page) => page.click('button.primary');

async function enterPassword(page: Page, word = ADMIN_PASSWORD): Promise<void> {
  await page.fill('[name=username]', 'admin');
  await page.fill('[name=password]', word);
  await submit(page);
}

describe('login portal: in a browser', function () {
  this.timeout(60_000);
  let portal: PortalServer;
  let browser: Browser;
  before(async () => {
    portal = await PortalServer.start();
    browser = await launchChromium();
    await govern(portal.server, CONNECTORS.expiry, { 'passwordExpiry.enablePasswordExpiry': 'true' });
    const { orgId, id } = await createUser(portal.server, 'erin');
    const users = portal.server.server.container.get(UserServiceToken);
    await users.writeClaims(orgId, id, { [claimUri('identity/lastPasswordUpdateTime')]: ['1'] });
  });
  after(async () => {
    await browser?.close();
    await portal?.stop();
  });

  /** Signs in as somebody whose password has expired. */
  const expired = async (page: Page, name: string) => {
    await page.goto(await portal.signIn(name, [[password]]));
    await page.fill('[name=username]', 'erin');
    await page.fill('[name=password]', USER_PASSWORD);
    await submit(page);
    await page.waitForSelector('[name=NEW_PWD]');
  };

  /** Every page, and the way to it. */
  const ways: Readonly<Record<string, (page: Page, name: string) => Promise<unknown>>> = {
    login: async (page, name) => page.goto(await portal.signIn(name, [[password]])),
    'login after a wrong password': async (page, name) => {
      await page.goto(await portal.signIn(name, [[password]]));
      await enterPassword(page, 'wrong');
      await page.waitForSelector('[role=alert]');
    },
    'login with a choice': async (page, name) => page.goto(await portal.signIn(name, [[password, local('stub-card')]])),
    'password after the user name': async (page, name) => {
      await page.goto(await portal.signIn(name, [[local('IdentifierExecutor')], [password]]));
      await page.fill('[name=username]', 'mia.with-a-rather-long-name@subdomain.example.com');
      await submit(page);
      await page.waitForSelector('.identity');
    },
    totp: async (page, name) => {
      await page.goto(await portal.signIn(name, [[password], [local('stub-totp'), local('stub-riddle')]]));
      await enterPassword(page);
      await page.waitForSelector('input.code');
    },
    'totp after a wrong code': async (page, name) => {
      await page.goto(await portal.signIn(name, [[password], [local('stub-totp')]]));
      await enterPassword(page);
      await page.fill('[name=token]', '000000');
      await submit(page);
      await page.waitForSelector('[role=alert]');
    },
    totp_enroll: async (page, name) => {
      await page.goto(await portal.signIn(name, [[password], [local('stub-enrol')]]));
      await enterPassword(page);
      await page.waitForSelector('.qr img');
    },
    'a new password': (page, name) => expired(page, name),
    'a new password after a weak one': async (page, name) => {
      await expired(page, name);
      await page.fill('[name=CURRENT_PWD]', USER_PASSWORD);
      await page.fill('[name=NEW_PWD]', 'weak');
      await page.fill('[name=NEW_PWD_CONFIRMATION]', 'weak');
      await submit(page);
      await page.waitForSelector('[role=alert]');
    },
    'unknown step': async (page, name) => {
      await page.goto(await portal.signIn(name, [[password], [local('stub-riddle')]]));
      await enterPassword(page);
      await page.waitForSelector('[name=answer]');
    },
    retry: (page) => page.goto('/authenticationendpoint/retry.do?statusMsg=server.error'),
    'signed out': (page) => page.goto('/authenticationendpoint/oauth2_logout.do'),
    consent: (page) => page.goto(`${OAUTH_STUB_BASE}/oauth2_consent.do?sessionDataKeyConsent=known`),
    'consent to a hostile application': (page) =>
      page.goto(`${OAUTH_STUB_BASE}/oauth2_consent.do?sessionDataKeyConsent=hostile`),
    'consent to a device': (page) => page.goto(`${OAUTH_STUB_BASE}/oauth2_consent.do?sessionDataKeyConsent=device`),
    'consent to a request from elsewhere': (page) =>
      page.goto(`${OAUTH_STUB_BASE}/oauth2_consent.do?sessionDataKeyConsent=waiting`),
    'code of a device': (page) => page.goto(`${OAUTH_STUB_BASE}/device.do`),
    'code of a device after a wrong one': (page) => page.goto(`${OAUTH_STUB_BASE}/device.do?error=invalid.code`),
    'code of a device in the address': (page) => page.goto(`${OAUTH_STUB_BASE}/device.do?user_code=known`),
    'device connected': (page) => page.goto(`${OAUTH_STUB_BASE}/device_success.do?end=device`),
    'device refused': (page) => page.goto(`${OAUTH_STUB_BASE}/device_success.do?end=device+access_denied`),
    'somebody else was asked': (page) => page.goto(`${OAUTH_STUB_BASE}/device_success.do?end=ciba+ciba.user.mismatch`),
    'logout consent': (page) => page.goto(`${OAUTH_STUB_BASE}/oauth2_logout_consent.do?sessionDataKey=known`),
    error: (page) => page.goto(`${OAUTH_STUB_BASE}/oauth2_error.do?code=signed`),
  };

  for (const [name, way] of Object.entries(ways)) {
    it(`${name}: nothing that the policy forbids, accessible, on a narrow screen too`, async () => {
      const viewport = { width: 320, height: 640 };
      const { page, complaints } = await openPage(browser, portal.server.origin, { viewport });
      await way(page, name);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        if (pictures)
          await page.screenshot({
            path: join(pictures, `${name}-${colorScheme}.png`.replaceAll(' ', '-')),
            fullPage: true,
          });
        expect(await accessibilityFaults(page), colorScheme).to.deep.equal([]);
      }
      expect(await smallTargets(page)).to.deep.equal([]);
      expect(await overflow(page)).to.equal(0);
      expect(complaints).to.deep.equal([]);
      await page.context().close();
    });
  }

  it('puts the focus where the next input goes, after a failure too', async () => {
    const { page } = await openPage(browser, portal.server.origin);
    const focused = () =>
      page.evaluate('document.activeElement.name + " " + document.activeElement.getAttribute("aria-describedby")');
    await page.goto(await portal.signIn('Focus', [[password]]));
    expect(await focused()).to.equal('username null');
    await enterPassword(page, 'wrong');
    await page.waitForSelector('[role=alert]');
    expect(await focused()).to.equal('username failure');
    await page.goto(await portal.signIn('Focus hinted', [[password]], { login_hint: 'admin' }));
    expect(await page.inputValue('[name=username]')).to.equal('admin');
    expect(await focused()).to.equal('password null');
    await page.context().close();
  });

  for (const javaScriptEnabled of [true, false]) {
    it(`signs in to another origin (scripts ${javaScriptEnabled})`, async () => {
      const { page, complaints } = await openPage(browser, portal.server.origin, { javaScriptEnabled });
      const steps = [[local('IdentifierExecutor')], [local('stub-totp'), password], [local('stub-totp')]];
      await page.goto(await portal.signIn(`Sign in ${javaScriptEnabled}`, steps));
      await page.fill('[name=username]', 'admin');
      await submit(page);
      await page.click('.options button');
      await page.fill('[name=password]', ADMIN_PASSWORD);
      await submit(page);
      await page.fill('[name=token]', '123456');
      await submit(page);
      await page.waitForURL(portal.callback);
      expect(await page.title()).to.equal('Arrived');
      expect(complaints).to.deep.equal([]);
      await page.context().close();
    });
  }

  it('speaks German', async () => {
    const { page } = await openPage(browser, portal.server.origin, { locale: 'de-DE' });
    await page.goto(await portal.signIn('German', [[password], [local('stub-totp')]]));
    expect(await page.textContent('h1')).to.equal('Anmelden');
    await enterPassword(page);
    expect(await page.textContent('h1')).to.equal('Code eingeben');
    await page.context().close();
  });
});
