import { expect } from 'chai';
import { ADMIN_PASSWORD } from '../../../support/test-server.js';
import { local, PortalServer, password } from './support/portal-server.js';
import { OAUTH_STUB_BASE } from './support/relying-party/plugin.js';

const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>{{t}}<%= 1 %>`;
const pages = '/authenticationendpoint';

describe('login portal: pages', function () {
  this.timeout(30_000);
  let portal: PortalServer;
  let signIn: string;
  before(async () => {
    portal = await PortalServer.start('[login_portal]\nproduct_name = "Acme <ID>"');
    signIn = await portal.signIn('Harbour', [[password, local('stub-card')]]);
  });
  after(() => portal.stop());

  /** Begins a sign-in and shows its first page, with further parameters. */
  const show = async (query: Readonly<Record<string, string>> = {}, headers: Readonly<Record<string, string>> = {}) => {
    const { page, cookie } = await portal.begin(signIn);
    for (const [name, value] of Object.entries(query)) page.searchParams.set(name, value);
    const response = await portal.fetch(page.href, { cookie, ...headers });
    return { response, html: await response.text(), page };
  };

  it('sends the policy and refuses frames', async () => {
    const { response } = await show();
    expect(response.status).to.equal(200);
    expect(response.headers.get('x-frame-options')).to.equal('DENY');
    expect(response.headers.get('cache-control')).to.equal('no-store');
    const policy = response.headers.get('content-security-policy');
    expect(policy).to.include("default-src 'none'").and.include("frame-ancestors 'none'");
    expect(policy).to.not.include('unsafe');
  });

  it('has no script, no inline style and no handler', async () => {
    const { html } = await show();
    expect(html).to.not.match(/<script|<style|\sstyle=|\son\w+=/i);
  });

  it('asks for user name and password, with the product name of the settings', async () => {
    const { html } = await show();
    expect(html).to.include('Acme &lt;ID&gt;');
    expect(html).to.match(/<input[^>]*name="username"[^>]*autocomplete="username"[^>]* required/);
    expect(html).to.match(/<input[^>]*name="password" type="password"[^>]*autocomplete="current-password"/);
    expect(html.match(/<h1/g)).to.have.length(1);
  });

  it('offers the other options: of the server by a form, of others by a link', async () => {
    const { html } = await show();
    expect(html).to.match(/name="authenticator" value="stub-card">\s*<input type="hidden" name="idp" value="LOCAL">/);
  });

  it('lets forms lead to where the protocol says that the sign-in ends, and nowhere else', async () => {
    const { page, cookie } = await portal.begin(signIn);
    const policy = (await portal.fetch(page.href, { cookie })).headers.get('content-security-policy') ?? '';
    expect(policy).to.include(`form-action 'self' ${new URL(portal.callback).origin};`);
  });

  it('shows known messages and never the text of the address', async () => {
    const known = await show({ authFailure: 'true', authFailureMsg: 'login.fail.message' });
    expect(known.html).to.include('The username or the password is not right.');
    expect(known.html).to.include('role="alert"').and.include('aria-describedby="failure"');
    expect(known.html).to.include('<title>Error: ');
    for (const unknown of ['your account is closed', 'constructor', '__proto__', 'sign.in', '']) {
      const { html } = await show({ authFailure: 'true', authFailureMsg: unknown });
      expect(html).to.include('That did not work.');
      if (unknown.includes(' ')) expect(html).to.not.include(unknown);
    }
  });

  it('escapes whatever stands in the address', async () => {
    const names = ['authFailure', 'authFailureMsg', 'sp', 'relyingParty', 'type', 'authenticators', 'ui_locales', 'x'];
    const { html } = await show(Object.fromEntries(names.map((name) => [name, hostile])));
    expect(html).to.not.include('<script').and.not.include('onerror=alert');
    const { page, cookie } = await portal.begin(`${signIn}&login_hint=${encodeURIComponent(hostile)}`);
    const hinted = await (await portal.fetch(page.href, { cookie })).text();
    expect(hinted).to.not.include('<script').and.not.include('<img src=x');
    expect(hinted).to.include('value="&quot;&#39;&gt;&lt;script&gt;');
  });

  it('speaks the language of the application, else that of the browser, else English', async () => {
    const headingOf = async (query: Record<string, string>, accept: string) => {
      const { html } = await show(query, { 'accept-language': accept });
      return /<html lang="(\w+)" dir="ltr">[\s\S]*<h1>(.*)<\/h1>/.exec(html)?.slice(1).join(' ');
    };
    expect(await headingOf({ ui_locales: 'fr de-AT en' }, 'en')).to.equal('de Anmelden');
    expect(await headingOf({}, 'fr;q=0.9, en;q=0.1, de-DE;q=0.5')).to.equal('de Anmelden');
    expect(await headingOf({}, 'de;q=0, fr')).to.equal('en Sign in');
    expect(await headingOf({ ui_locales: 'en' }, 'de')).to.equal('en Sign in');
  });

  it('goes to the retry page without a sign-in, or with that of another browser', async () => {
    const { page } = await portal.begin(signIn);
    for (const path of [`${pages}/login.do`, `${pages}/totp.do?sessionDataKey=x`, page.href, `${pages}/riddle.do`]) {
      const response = await portal.fetch(path);
      expect(response.status, path).to.equal(302);
      expect(response.headers.get('location')).to.match(
        /\/retry\.do\?status=.*statusMsg=authentication\.attempt\.expired/,
      );
    }
  });

  it('tells on the retry page only what it knows', async () => {
    const textOf = async (query: Record<string, string>) =>
      (await portal.fetch(`${pages}/retry.do?${new URLSearchParams(query)}`)).text();
    const expired = await textOf({
      status: 'authentication.attempt.failed',
      statusMsg: 'authentication.attempt.expired',
    });
    expect(expired).to.include('This sign-in has expired');
    const unknown = await textOf({ status: 'Call 555-0100', statusMsg: hostile });
    expect(unknown).to.include('Something went wrong.').and.not.include('555').and.not.include('alert(1)');
  });

  it('tells a sign-out from one that was called off', async () => {
    const textOf = async (query: string) => (await portal.fetch(`${pages}/oauth2_logout.do${query}`)).text();
    expect(await textOf('')).to.include('You are signed out');
    expect(await textOf('?cancelled=true')).to.include('You are still signed in');
  });

  it('serves assets that may be kept for ever, and old ones that may not', async () => {
    const { html } = await show();
    const found = [...html.matchAll(/(?:href|src)="([^"]*\/assets\/[^"]+)"/g)].map(([, path]) => path as string);
    expect(found).to.have.length(3);
    for (const path of found) {
      const response = await portal.fetch(path);
      expect(response.status, path).to.equal(200);
      expect(response.headers.get('cache-control')).to.equal('public, max-age=31536000, immutable');
      expect(response.headers.get('content-type')).to.match(/^(text\/css|image\/svg\+xml);/);
    }
    const old = await portal.fetch(`${pages}/assets/portal.000000000000.css`);
    expect([old.status, old.headers.get('cache-control')]).to.deep.equal([200, 'no-cache']);
    expect((await portal.fetch(`${pages}/assets/..%2fplugin.js`)).status).to.equal(404);
  });

  describe('of OAuth', () => {
    const page = async (path: string) => {
      const response = await portal.fetch(`${OAUTH_STUB_BASE}${path}`);
      return { response, html: await response.text() };
    };

    it('asks for consent: required attributes go along, the others are a choice', async () => {
      const { html, response } = await page('/oauth2_consent.do?sessionDataKeyConsent=known');
      expect(html).to.include('action="/oauth2/authorize"').and.include('name="sessionDataKeyConsent" value="known"');
      expect(html).to.include('<input type="hidden" name="consent_0" value="on">');
      expect(html).to.match(/<input type="checkbox" id="claim-1" name="consent_1" value="on">/);
      expect(html).to.match(
        /<input type="checkbox" id="detail-0" name="authorization_detail_id_0" value="on"[^>]* checked>/,
      );
      expect(html).to.include('A single payment from your account').and.include('12.50 EUR');
      for (const answer of ['approve', 'approveAlways', 'deny'])
        expect(html).to.include(`name="consent" value="${answer}"`);
      expect(response.headers.get('content-security-policy')).to.include("form-action 'self' https://harbour.example;");
    });

    it('escapes what applications say of themselves', async () => {
      const { html, response } = await page('/oauth2_consent.do?sessionDataKeyConsent=hostile');
      expect(html).to.not.include('<script').and.not.include('javascript:').and.not.include('data:text');
      expect(html).to.not.include('<img class="face"');
      const policy = response.headers.get('content-security-policy');
      expect(policy).to.include("form-action 'self';").and.include("img-src 'self' data:;");
    });

    it('links what the application says of itself, in the language of the page', async () => {
      const linked = async (language: string) => {
        const { html } = await page(`/oauth2_consent.do?sessionDataKeyConsent=known&ui_locales=${language}`);
        const links = html.matchAll(/<a href="([^"]+)" rel="noopener noreferrer" target="_blank">([^<]+)</g);
        return [...links].map(
          ([, address = '', label]) => `${label}: ${address.slice('https://harbour.example'.length)}`,
        );
      };
      const english = ['Website: /', 'Privacy policy: /privacy', 'Terms of service: /terms'];
      expect(await linked('en')).to.deep.equal(english);
      const german = ['Website: /', 'Datenschutzerklärung: /datenschutz', 'Nutzungsbedingungen: /agb'];
      expect(await linked('de')).to.deep.equal(german);
    });

    it('asks before a sign-out', async () => {
      const { html, response } = await page('/oauth2_logout_consent.do?sessionDataKey=known');
      expect(html).to.include('action="/oidc/logout"').and.include('Harbour Bookings asks to sign you out. You are');
      for (const answer of ['approve', 'deny']) expect(html).to.include(`name="consent" value="${answer}"`);
      expect(response.headers.get('content-security-policy')).to.include("form-action 'self' https://harbour.example;");
    });

    it('goes to the retry page when there is nothing to ask', async () => {
      for (const path of ['/oauth2_consent.do?sessionDataKeyConsent=x', '/oauth2_logout_consent.do'])
        expect((await page(path)).response.headers.get('location')).to.include('/authenticationendpoint/retry.do?');
    });

    it('explains an error', async () => {
      const { html } = await page(`/oauth2_error.do?code=signed&text=${encodeURIComponent(hostile)}`);
      expect(html).to.include('an address that is not registered').and.include('<code translate="no">invalid_callback');
      expect(html).to.not.include('<script');
    });
  });

  it('is as good for the pages of a step that it does not know', async () => {
    const riddle = await portal.signIn('Riddles', [[password], [local('stub-riddle')]]);
    const { page, cookie } = await portal.begin(riddle);
    const body = new URLSearchParams({
      sessionDataKey: page.searchParams.get('sessionDataKey') ?? '',
      username: 'admin',
      password: ADMIN_PASSWORD,
    });
    const passed = await portal.post('/commonauth', body, { cookie });
    const location = new URL(passed.headers.get('location') ?? '');
    expect(location.pathname).to.equal(`${pages}/riddle.do`);
    const html = await (await portal.fetch(location.href, { cookie })).text();
    expect(html).to.match(
      /<label for="field-1">Riddle answer<\/label>\s*<input id="field-1" name="answer" type="text"/,
    );
    expect(html)
      .to.match(/name="secret" type="password"/)
      .and.match(/<input type="checkbox" id="field-3" name="sure"/);
  });
});
