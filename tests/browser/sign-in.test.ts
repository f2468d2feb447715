import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { claimUri, UserServiceToken } from '#core/users';
import { createOidcApplication, type TestApplication } from '../support/applications.js';
import { accessibilityFaults, launchChromium, openPage } from '../support/chromium.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const password = 'Correct-horse-1';
const local = (authenticator: string) => ({ idp: 'LOCAL', authenticator });

/** Set it to keep a picture of each page. */
const pictures = process.env['GATEHOUSE_TEST_PICTURES'];

describe('a person signs in with Chromium', function () {
  this.timeout(60_000);
  let server: TestServer;
  let chromium: Browser;
  let relyingParty: HttpServer;
  let callback: string;
  let first: TestApplication;
  let second: TestApplication;
  let page: Page;
  let complaints: string[];
  let secret = '';

  before(async () => {
    server = await startTestServer();
    chromium = await launchChromium();
    relyingParty = createServer((_, response) =>
      response.setHeader('content-type', 'text/html').end('<title>Arrived</title>'),
    );
    await new Promise<void>((resolve) => relyingParty.listen(0, '127.0.0.1', resolve));
    callback = `http://127.0.0.1:${(relyingParty.address() as AddressInfo).port}/callback`;
    const users = server.server.container.get(UserServiceToken);
    const claims = {
      [claimUri('givenname')]: ['Ada'],
      [claimUri('lastname')]: ['Lovelace'],
      [claimUri('emailaddress')]: ['ada@example.org'],
    };
    await users.create(SUPER_ORGANIZATION.id, { username: 'ada', password, claims });
    const requestedClaims = ['givenname', 'lastname', 'emailaddress'].map((name) => ({
      claim: { uri: claimUri(name) },
    }));
    const steps = [
      { id: 1, options: [local('BasicAuthenticator')] },
      { id: 2, options: [local('totp')] },
    ];
    const settings = {
      claimConfiguration: { requestedClaims },
      authenticationSequence: { type: 'USER_DEFINED', steps },
    };
    const client = { grantTypes: ['authorization_code', 'refresh_token'], callbackURLs: [callback] };
    first = await createOidcApplication(server, { name: 'Ledger', ...settings }, client);
    second = await createOidcApplication(server, { name: 'Pickup', ...settings }, client);
    ({ page, complaints } = await openPage(chromium, server.origin));
  });

  after(async () => {
    await chromium?.close();
    relyingParty?.close();
    await server?.stop();
  });

  const authorize = (application: TestApplication, extra: Record<string, string> = {}) => {
    const query = {
      client_id: application.clientId,
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid profile email',
      ...extra,
    };
    return `/oauth2/authorize?${new URLSearchParams(query)}`;
  };

  async function look(name: string): Promise<void> {
    if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
    expect(await accessibilityFaults(page), name).to.deep.equal([]);
  }

  async function redeem(application: TestApplication): Promise<Record<string, string>> {
    const code = new URL(page.url()).searchParams.get('code') ?? '';
    const basic = Buffer.from(`${application.clientId}:${application.clientSecret}`).toString('base64');
    const response = await server.fetch('/oauth2/token', {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: callback }).toString(),
    });
    expect(response.status).to.equal(200);
    return (await response.json()) as Record<string, string>;
  }

  it('with password, a first one-time code and consent', async () => {
    await page.goto(authorize(first, { state: 'one', nonce: 'n-1' }));
    await look('login');
    await page.fill('[name=username]', 'ada');
    await page.fill('[name=password]', 'not the password');
    await page.click('button[type=submit]');
    await page.waitForSelector('[role=alert]');
    await look('login-failed');
    await page.fill('[name=username]', 'ada');
    await page.fill('[name=password]', password);
    await page.click('button[type=submit]');
    await page.waitForURL('**/totp_enroll.do**');
    await look('totp-enrolment');
    secret =
      /[A-Z2-7]{4}(?:\s*[A-Z2-7]{4}){3,}/.exec((await page.textContent('main')) ?? '')?.[0].replace(/\s/g, '') ?? '';
    await page.fill('[name=token]', new TOTP({ secret }).generate());
    await page.click('button[type=submit]');
    await page.waitForURL('**/oauth2_consent.do**');
    await look('consent');
    for (const box of await page.locator('input[type=checkbox]').all()) await box.check();
    await page.click('button[value=approveAlways]');
    await page.waitForURL(`${callback}**`);
    expect(new URL(page.url()).searchParams.get('state')).to.equal('one');
    const tokens = await redeem(first);
    const claims = JSON.parse(
      Buffer.from(String(tokens['id_token']).split('.')[1] ?? '', 'base64url').toString(),
    ) as Record<string, unknown>;
    expect(claims).to.include({ given_name: 'Ada', family_name: 'Lovelace', email: 'ada@example.org', nonce: 'n-1' });
    expect(claims['amr']).to.deep.equal(['BasicAuthenticator', 'totp']);
  });

  it('then enters the second application without being asked for credentials', async () => {
    await page.goto(authorize(second, { state: 'two' }));
    await page.waitForURL('**/oauth2_consent.do**');
    await page.click('button[value=approve]');
    await page.waitForURL(`${callback}**`);
    expect(new URL(page.url()).searchParams.get('state')).to.equal('two');
    await page.goto(authorize(first, { state: 'three', prompt: 'none' }));
    await page.waitForURL(`${callback}**`);
    expect(new URL(page.url()).searchParams.get('error')).to.equal(null);
  });

  it('then logs out, and is asked again', async () => {
    const tokens = await redeem(first);
    const query = new URLSearchParams({
      id_token_hint: String(tokens['id_token']),
      post_logout_redirect_uri: callback,
      state: 'bye',
    });
    await page.goto(`/oidc/logout?${query}`);
    await look('logout-consent');
    await page.click('button[value=approve]');
    await page.waitForURL(`${callback}**`);
    expect(new URL(page.url()).searchParams.get('state')).to.equal('bye');
    await page.goto('/oidc/logout');
    await look('signed-out');
    await page.goto(authorize(first));
    await page.waitForURL('**/login.do**');
    await page.fill('[name=username]', 'ada');
    await page.fill('[name=password]', password);
    await page.click('button[type=submit]');
    await page.waitForURL('**/totp.do**');
    await look('totp');
    expect(complaints).to.deep.equal([]);
  });

  it('and sees a page of this server when a request cannot be trusted', async () => {
    await page.goto(
      `/oauth2/authorize?client_id=nobody&redirect_uri=${encodeURIComponent('https://evil.example')}&response_type=code`,
    );
    await page.waitForURL('**/oauth2_error.do**');
    await look('error');
    expect(page.url()).to.include(server.origin);
  });
});
