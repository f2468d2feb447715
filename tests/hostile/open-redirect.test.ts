import { expect } from 'chai';
import { createApp, createUser, expectErrorPage, type TestApp } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { Visitor, withQuery } from '../support/visitor.js';

const REGISTERED = 'https://app.example/cb';

/** Addresses that look like the registered one to somebody, and are not. */
const lookalikes = [
  '//evil.example',
  '//app.example/cb',
  '/\\evil.example',
  '\\\\evil.example',
  'https:evil.example',
  'https:/evil.example/cb',
  'https://app.example@evil.example/cb',
  'https://app.example:443@evil.example/cb',
  'https://user@app.example/cb',
  'https://evil.example/cb?https://app.example/cb',
  'https://app.example.evil.example/cb',
  'https://app.example%2eevil.example/cb',
  'https://evil.example#https://app.example/cb',
  'https://evil.example\\@app.example/cb',
  'https://app.example\\.evil.example/cb',
  'https://app.example/cb#',
  'https://app.example/cb#x',
  'https://app.example/cb?',
  'https://app.example/cb?x=1',
  'https://app.example/cb/',
  'https://app.example/cb/../evil',
  'https://app.example/cb%00',
  'https://app.example/cb\0',
  'https://app.example/cb\r\nLocation: https://evil.example',
  'https://app.example/cb%0d%0aSet-Cookie:x=1',
  ' https://app.example/cb',
  'https://app.example/cb ',
  'https://app.example/cb\t',
  'HTTPS://APP.EXAMPLE/cb',
  'https://app.example./cb',
  'https://app.example:443/cb',
  'https://app.example:8443/cb',
  'http://app.example/cb',
  'https://арр.example/cb',
  'https://app。example/cb',
  'javascript:alert(1)',
  'data:text/html,x',
  'regexp=.*',
  '*',
];

describe('open redirects', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    const application = { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } };
    app = await createApp(server, { client: { callbackURLs: [REGISTERED] }, application });
  });
  after(() => server?.stop());

  const isTaken = async (of: TestApp, redirect_uri: string) => {
    const { location } = await new Visitor(server).get(of.authorizePath({ redirect_uri, prompt: 'none' }));
    if (location?.origin === server.origin) return false;
    expect(location?.href.startsWith(new URL(redirect_uri).href.split('#')[0] ?? '')).to.equal(true);
    return true;
  };
  const withCallback = (...callbackURLs: string[]) => createApp(server, { client: { callbackURLs } });

  it('only the registered address itself is taken, at authorization', async () => {
    expect(await isTaken(app, REGISTERED)).to.equal(true);
    for (const redirect_uri of lookalikes) {
      const hop = await new Visitor(server).get(app.authorizePath({ redirect_uri }));
      expectErrorPage(hop, 'invalid_callback');
    }
  });

  it('only the registered address itself is taken, after logout', async () => {
    const visitor = new Visitor(server);
    const { id } = await app.tokens('alice', {}, visitor);
    for (const post_logout_redirect_uri of lookalikes) {
      const query = { id_token_hint: id, post_logout_redirect_uri };
      for (const who of [visitor, new Visitor(server)])
        expectErrorPage(await who.get(withQuery('/oidc/logout', query)), 'access_denied');
    }
  });

  it('a pattern counts as a whole, and its dots are dots', async () => {
    const pattern = await withCallback('regexp=https://(one|two).example/cb');
    for (const uri of ['https://one.example/cb', 'https://two.example/cb'])
      expect(await isTaken(pattern, uri)).to.equal(true);
    for (const uri of [
      'https://onexexample/cb',
      'https://one.example/cb2',
      'https://evil.example/?https://one.example/cb',
      'https://three.example/cb',
      'https://one.example/cb\n',
    ])
      expect(await isTaken(pattern, uri), uri).to.equal(false);
  });

  it('a pattern with alternatives at its top is still anchored at both ends', async () => {
    const pattern = await withCallback('regexp=https://one.example/cb|https://two.example/cb');
    expect(await isTaken(pattern, 'https://two.example/cb')).to.equal(true);
    for (const uri of ['https://one.example/cb.evil.example', 'https://evil.example/https://two.example/cb'])
      expect(await isTaken(pattern, uri), uri).to.equal(false);
  });

  it('no pattern lets through what no redirect address can be', async () => {
    const wide = await createApp(server, {
      client: { callbackURLs: ['regexp=[^!]*'] },
      application: { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } },
    });
    const hint = (await wide.tokens('alice')).id;
    const never = [
      'javascript:alert(1)',
      'data:text/html,x',
      'https://a.example/\r\nX: y',
      'https://a.example/é',
      'https://a.example/\u0100',
      'https://a.example/#x',
      '//evil.example',
      '/relative',
      'https://a.example/\0',
      `https://a.example/${'x'.repeat(3000)}`,
    ];
    for (const uri of never) {
      expect(await isTaken(wide, uri), uri).to.equal(false);
      const query = { id_token_hint: hint, post_logout_redirect_uri: uri };
      expectErrorPage(await new Visitor(server).get(withQuery('/oidc/logout', query)), 'access_denied');
    }
  });

  it('a pattern that is none matches nothing', async () => {
    const broken = await withCallback('regexp=(', REGISTERED);
    expect(await isTaken(broken, 'https://anything.example/')).to.equal(false);
    expect(await isTaken(broken, REGISTERED)).to.equal(true);
  });

  it('of a loopback address the port may differ, and nothing else', async () => {
    const native = await withCallback('http://127.0.0.1/cb', 'http://[::1]:7777/cb?x=1');
    for (const uri of ['http://127.0.0.1/cb', 'http://127.0.0.1:51004/cb', 'http://[::1]:1/cb?x=1'])
      expect(await isTaken(native, uri), uri).to.equal(true);
    for (const uri of [
      'https://127.0.0.1/cb',
      'http://localhost/cb',
      'http://127.0.0.1/other',
      'http://127.0.0.1/cb?x=1',
      'http://127.0.0.1:1@evil.example/cb',
      'http://evil@127.0.0.1/cb',
      'http://127.0.0.1:80\\@evil.example/cb',
      'http://127.0.0.1.evil.example/cb',
      'http://127.0.0.2/cb',
      'http://[::1]/cb',
      'http://127.0.0.1:99999/cb',
      'http://127.0.0.1/cb#x',
    ])
      expect(await isTaken(native, uri), uri).to.equal(false);
    const public_ = await withCallback('http://app.example/cb');
    expect(await isTaken(public_, 'http://app.example:8080/cb')).to.equal(false);
  });

  it('no other parameter leads anywhere else', async () => {
    const evil = 'https://evil.example/';
    const names = [
      'RelayState',
      'state',
      'callback',
      'commonAuthCallerPath',
      'returnTo',
      'redirect',
      'login_hint',
      'ui_locales',
      'nonce',
      'scope',
      'iss',
      'target_link_uri',
    ];
    const everything = Object.fromEntries(names.map((name) => [name, evil]));
    const visitor = new Visitor(server);
    const page = await visitor.get(app.authorizePath(everything));
    expect(page.location?.origin).to.equal(server.origin);
    const sessionDataKey = page.location?.searchParams.get('sessionDataKey') ?? '';
    const answer = { ...everything, redirect_uri: evil, username: 'alice', password: 'wrong', sessionDataKey };
    expect((await visitor.post('/commonauth', answer)).location?.origin).to.equal(server.origin);
    expect((await visitor.post('/commonauth', { ...answer, sessionDataKey: evil })).location?.origin).to.equal(
      server.origin,
    );
    expect((await visitor.get(withQuery('/oidc/logout', everything))).location?.origin).to.equal(server.origin);
    expect(
      (await visitor.get(withQuery('/oauth2/authorize', { ...everything, sessionDataKey: evil }))).location?.origin,
    ).to.equal(server.origin);
  });

  it('the Host header names no address of this server', async () => {
    const hop = await new Visitor(server).get(app.authorizePath(), {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
    });
    expect(hop.location?.origin).to.equal(server.origin);
    const document = await server.fetch('/oauth2/token/.well-known/openid-configuration', {
      headers: { 'x-forwarded-host': 'evil.example' },
    });
    expect(await document.text()).not.to.contain('evil.example');
  });
});
