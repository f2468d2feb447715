import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import { CALLBACK, createApp, createUser, type TestApp } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { type Hop, Visitor, withQuery } from '../support/visitor.js';

/** Bytes of the heap that are still in use: what only waits to be collected is nobody's fault. */
function liveHeap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ maxLength: 200 }),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.constantFrom(
    '',
    '\0',
    '\r\n',
    '__proto__',
    'code',
    'S256',
    'none',
    'token',
    'id_token',
    'code id_token token',
    'query.jwt',
    'jwt',
    'login',
    'query',
    'form_post',
    'openid',
    'on',
    'approve',
  ),
);
const names = [
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
  'code_challenge',
  'code_challenge_method',
  'sessionDataKey',
  'sessionDataKeyConsent',
  'consent',
  'grant_type',
  'code',
  'refresh_token',
  'code_verifier',
  'client_secret',
  'token',
  'username',
  'password',
  'authenticator',
  'idp',
  'id_token_hint',
  'post_logout_redirect_uri',
];
const pair = fc.tuple(
  fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: text }),
  text,
);
const pairs = fc.array(pair, { maxLength: 12 });
const runs = { numRuns: 250, interruptAfterTimeLimit: 25_000 };

describe('arbitrary requests', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    app = await createApp(server);
  });
  after(() => server?.stop());

  function check({ status, location, headers, text: body }: Hop): void {
    expect(status).to.be.within(200, 499);
    if (location) {
      const trusted = location.origin === server.origin || location.href.startsWith(CALLBACK);
      expect(trusted, location.href).to.equal(true);
      expect(location.searchParams.get('oauthErrorCode')).not.to.equal('server_error');
      expect(location.searchParams.get('statusMsg')).not.to.equal('server.error');
    }
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(body).not.to.match(/\n {4}at /);
  }
  const each = async (send: (visitor: Visitor, fields: [string, string][]) => Promise<Hop>) =>
    fc.assert(
      fc.asyncProperty(pairs, async (fields) => check(await send(new Visitor(server), fields))),
      runs,
    );
  const good = (...more: [string, string][]) => [
    ...Object.entries({ client_id: app.id, redirect_uri: CALLBACK, response_type: 'code' }),
    ...more,
  ];
  /** Good parameters, of which the arbitrary ones take the place. */
  const over = (base: [string, string][], fields: [string, string][]) => [...new Map([...base, ...fields])];

  it('to the authorization endpoint', async function () {
    this.timeout(60_000);
    await each((visitor, fields) => visitor.get(withQuery('/oauth2/authorize', fields)));
    await each((visitor, fields) => visitor.post('/oauth2/authorize', over(good(), fields)));
  });

  it('to the token endpoint, as a form and as JSON', async function () {
    this.timeout(60_000);
    const authorization = app.basic;
    const usual: [string, string][] = [
      ['grant_type', 'authorization_code'],
      ['code', 'x'],
    ];
    await each((visitor, fields) => visitor.post('/oauth2/token', over(usual, fields), { authorization }));
    await fc.assert(
      fc.asyncProperty(fc.json({ noUnicodeString: false }), async (body) => {
        const headers = { 'content-type': 'application/json', authorization };
        const response = await server.fetch('/oauth2/token', { method: 'POST', headers, body });
        expect(response.status).to.be.within(200, 499);
        await response.text();
      }),
      runs,
    );
  });

  it('to the login form, with a good key', async function () {
    this.timeout(60_000);
    const browser = new Visitor(server);
    const page = await browser.get(app.authorizePath());
    const key = page.location?.searchParams.get('sessionDataKey') ?? '';
    await each((_, fields) =>
      browser.twin().post(
        '/commonauth',
        over(
          [
            ['sessionDataKey', key],
            ['username', 'alice'],
          ],
          fields,
        ),
      ),
    );
  });

  it('to introspection, revocation, userinfo and logout', async function () {
    this.timeout(60_000);
    const authorization = app.basic;
    await each((visitor, fields) => visitor.post('/oauth2/introspect', fields, { authorization }));
    await each((visitor, fields) => visitor.post('/oauth2/revoke', fields, { authorization }));
    await each((visitor, fields) => visitor.post('/oauth2/userinfo', fields));
    await each((visitor, fields) => visitor.get(withQuery('/oidc/logout', fields)));
  });

  it('leave the server well, and its memory bounded', async () => {
    expect((await app.userinfo((await app.tokens('alice')).access)).status).to.equal(200);
    expect(server.logs.filter(({ level }) => level === 'error')).to.deep.equal([]);
    expect(liveHeap()).to.be.lessThan(600 * 1024 * 1024);
  });
});
