import { spawnSync } from 'node:child_process';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { createOidcApplication, type TestApplication } from '../support/applications.js';
import { accessibilityFaults, launchChromium, openPage } from '../support/chromium.js';
import { addStore, sambaStore, slapdStore } from '../support/directory-stores.js';
import { type SambaDomain, sambaDomain } from '../support/samba.js';
import { ScimClient } from '../support/scim-client.js';
import { skipWithout } from '../support/services.js';
import { type SlapdTree, slapdTree } from '../support/slapd.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const PASSWORD = 'Correct-horse-1';
/** Set it to keep a picture of each page. */
const pictures = process.env['GATEHOUSE_TEST_PICTURES'];

describe('people of directories sign in with Chromium', function () {
  this.timeout(60_000);
  let server: TestServer;
  let chromium: Browser;
  let relyingParty: HttpServer;
  let callback: string;
  let application: TestApplication;
  let scim: ScimClient;

  before(async function () {
    skipWithout(this, 'chromium');
    server = await startTestServer();
    scim = new ScimClient(server);
    chromium = await launchChromium();
    relyingParty = createServer((_, response) =>
      response.setHeader('content-type', 'text/html').end('<title>Arrived</title>'),
    );
    await new Promise<void>((resolve) => relyingParty.listen(0, '127.0.0.1', resolve));
    callback = `http://127.0.0.1:${(relyingParty.address() as AddressInfo).port}/callback`;
    application = await createOidcApplication(
      server,
      { name: 'Ledger', advancedConfigurations: { skipLoginConsent: true } },
      { grantTypes: ['authorization_code'], callbackURLs: [callback] },
    );
  });
  after(async () => {
    await chromium?.close();
    relyingParty?.close();
    await server?.stop();
  });

  /** What the ID token says of somebody who signs in, after one wrong password. */
  async function signIn(username: string, password: string): Promise<Record<string, unknown>> {
    const { page } = await openPage(chromium, server.origin);
    const query = { client_id: application.clientId, redirect_uri: callback, response_type: 'code', scope: 'openid' };
    await page.goto(`/oauth2/authorize?${new URLSearchParams(query)}`);
    const give = async (given: string) => {
      await page.fill('[name=username]', username);
      await page.fill('[name=password]', given);
      await page.click('button[type=submit]');
    };
    await give('not the password');
    await page.waitForSelector('[role=alert]');
    if (pictures) await page.screenshot({ path: join(pictures, `directory-${username.replace('/', '-')}.png`) });
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await give(password);
    await page.waitForURL(`${callback}**`);
    const code = new URL(page.url()).searchParams.get('code') ?? '';
    await page.context().close();
    const basic = Buffer.from(`${application.clientId}:${application.clientSecret}`).toString('base64');
    const response = await server.fetch('/oauth2/token', {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: callback }).toString(),
    });
    const { id_token: token = '' } = (await response.json()) as { id_token?: string };
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
  }

  describe('of OpenLDAP', () => {
    let tree: SlapdTree;
    before(async function () {
      skipWithout(this, 'slapd');
      tree = await slapdTree('browser');
      await addStore(server, 'CORP', slapdStore(tree));
    });

    it('by their name with the domain, and without it', async () => {
      const { id } = await scim.user('CORP/dora', { name: { givenName: 'Dora', familyName: 'Dell' } });
      expect((await signIn('CORP/dora', PASSWORD))['sub']).to.equal(id);
      expect((await signIn('dora', PASSWORD))['sub']).to.equal(id);
    });

    it('with a password that SCIM has changed, which ldapwhoami takes too', async () => {
      const { id } = await scim.user('CORP/wanda', { name: { givenName: 'Wanda', familyName: 'Wells' } });
      const next = 'Another-horse-2';
      const changed = await scim.patch(`/Users/${id}`, { op: 'replace', path: 'password', value: next });
      expect(changed.status, JSON.stringify(changed.body)).to.equal(200);
      const dn = `uid=wanda,ou=Users,${tree.base}`;
      const whoAmI = (password: string) =>
        spawnSync('ldapwhoami', ['-x', '-H', tree.ldapsUrl, '-D', dn, '-w', password], {
          env: { ...process.env, LDAPTLS_CACERT: tree.caFile },
          encoding: 'utf8',
        });
      expect(whoAmI(next).stdout.trim()).to.equal(`dn:${dn}`);
      expect(whoAmI(PASSWORD).status, 'the old one').to.equal(49);
      expect((await signIn('CORP/wanda', next))['sub']).to.equal(id);
    });
  });

  describe('of Active Directory', () => {
    let domain: SambaDomain;
    before(async function () {
      skipWithout(this, 'samba');
      domain = await sambaDomain('browser');
      await addStore(server, 'AD', sambaStore(domain));
    });

    it('by their name', async () => {
      const account = domain.account('ada');
      const { id } = await scim.user(`AD/${account}`, { name: { givenName: 'Ada', familyName: 'Dee' } });
      expect((await signIn(`AD/${account}`, PASSWORD))['sub']).to.equal(id);
    });
  });
});
