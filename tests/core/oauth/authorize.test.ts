import { expect } from 'chai';
import { ClientServiceToken } from '../../../core/oauth/clients/client.service.js';
import {
  CALLBACK,
  createApp,
  createTenant,
  createUser,
  expectErrorPage,
  expectRedirectError,
  type TestApp,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor, withQuery } from '../../support/visitor.js';

describe('the authorization endpoint', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    app = await createApp(server);
    await createUser(server, 'alice');
  });
  after(() => server?.stop());

  const ask = (parameters: Record<string, string>, of = app) => new Visitor(server).get(of.authorizePath(parameters));

  describe('errors that stop at the error page, never at the client', () => {
    const cases: readonly [string, Record<string, string>, string, string][] = [
      ['no client_id', { client_id: '' }, 'invalid_request', 'Client Id is not present in the authorization request'],
      [
        'no redirect_uri',
        { redirect_uri: '' },
        'invalid_request',
        'Redirect URI is not present in the authorization request',
      ],
      [
        'an unknown client',
        { client_id: 'nobody_of_that_name' },
        'invalid_client',
        'A valid OAuth client could not be found for client_id: it is not registered here.',
      ],
      [
        '6. an unregistered redirect_uri',
        { redirect_uri: 'https://evil.example/cb' },
        'invalid_callback',
        'callback.not.match',
      ],
      ['no response_type', { response_type: '' }, 'invalid_request', 'Invalid response_type parameter value'],
      [
        'an unknown response_type',
        { response_type: 'cookie' },
        'unsupported_response_type',
        'Invalid response_type parameter value',
      ],
      [
        'an unknown response_mode',
        { response_mode: 'telepathy' },
        'invalid_request',
        'Invalid response_mode parameter value',
      ],
    ];
    for (const [title, parameters, code, message] of cases) {
      it(title, async () => expectErrorPage(await ask(parameters), code, message));
    }

    it('a parameter that is given twice; a form is told so by status 400, with the page as its location', async () => {
      const pairs = [
        ...new URL(app.authorizePath(), server.origin).searchParams,
        ['state', 'other'] as [string, string],
      ];
      const message = 'Invalid request with repeated parameters.';
      const visitor = new Visitor(server);
      expectErrorPage(await visitor.get(withQuery('/oauth2/authorize', pairs)), 'invalid_request', message);
      const posted = await visitor.post('/oauth2/authorize', pairs);
      expect(posted.status).to.equal(400);
      expectErrorPage({ ...posted, status: 302 }, 'invalid_request', message);
    });

    it('[O36] a client of tenant x on the path of tenant y is unknown', async () => {
      const there = await createApp(server, { place: await createTenant(server, 'x.example') });
      const y = await createTenant(server, 'y.example');
      const begun = await new Visitor(server).get(there.authorizePath());
      expect(begun.location?.pathname).to.equal('/t/x.example/authenticationendpoint/login.do');
      for (const prefix of ['', y.prefix]) {
        const path = there.authorizePath().replace('/t/x.example', prefix);
        const hop = await new Visitor(server).get(path);
        expectErrorPage(hop, 'invalid_client');
        expect(hop.location?.pathname).to.match(new RegExp(`^${prefix}/authenticationendpoint/`));
      }
    });

    it('an application that is not in active state, or disabled', async () => {
      const { container } = server.server;
      const revoked = await createApp(server);
      await container.get(ClientServiceToken).revoke(revoked.client);
      expectErrorPage(await ask({}, revoked), 'invalid_client', 'Oauth application is not in active state.');
      const disabled = await createApp(server);
      await disabled.disable();
      expectErrorPage(await ask({}, disabled), 'invalid_client', 'Application is disabled.');
    });

    it('a response type that the grants of the application do not cover', async () => {
      const machine = await createApp(server, {
        client: { grantTypes: ['client_credentials'], callbackURLs: [CALLBACK] },
      });
      expectErrorPage(await ask({}, machine), 'unauthorized_client', 'not.authorized.to.use.requested.grant.type');
    });
  });

  describe('errors that go to the client', () => {
    it('max_age that is not a number', async () => {
      for (const max_age of ['soon', '-1', '1.5', '1e3', '99999999999']) {
        expectRedirectError(await ask({ max_age }), 'invalid_request', 'max_age is not a number');
      }
    });

    it('[O8] prompt=none with another value, and values that are unknown', async () => {
      expectRedirectError(await ask({ prompt: 'none login' }), 'invalid_request');
      expectRedirectError(await ask({ prompt: 'none consent' }), 'invalid_request');
      expectRedirectError(await ask({ prompt: 'whatever' }), 'invalid_request');
    });

    it('[O7] prompt=none without a session is login_required, with the default text', async () => {
      expectRedirectError(await ask({ prompt: 'none' }), 'login_required', 'Authentication required');
    });

    it('carry the state as it was given, and who sends them', async () => {
      const state = 'a b+c&d=e%20"<é>';
      const { location } = await ask({ prompt: 'none', state });
      expect(location?.searchParams.get('state')).to.equal(state);
      expect(location?.searchParams.get('iss')).to.equal(`${server.origin}/oauth2/token`);
      expect((await ask({ prompt: 'none', state: '' })).location?.searchParams.has('state')).to.equal(false);
    });
  });

  describe('response modes', () => {
    it('query is the usual one for a code', async () => {
      const { location } = await app.visit(new Visitor(server), {}, { username: 'alice' });
      expect(location?.hash).to.equal('');
      expect([...(location?.searchParams.keys() ?? [])].sort()).to.deep.equal([
        'code',
        'iss',
        'session_state',
        'state',
      ]);
      expect(location?.searchParams.get('state')).to.equal('s-1');
    });

    it('query keeps what the registered address has in its query', async () => {
      const redirect_uri = 'https://app.example/cb?tenant=1';
      const other = await createApp(server, { client: { callbackURLs: [redirect_uri] } });
      const { location } = await other.visit(new Visitor(server), { redirect_uri }, { username: 'alice' });
      expect(location?.searchParams.get('tenant')).to.equal('1');
      expect(location?.searchParams.has('code')).to.equal(true);
    });

    it('fragment puts all of it behind the hash', async () => {
      const { location } = await app.visit(new Visitor(server), { response_mode: 'fragment' }, { username: 'alice' });
      expect(location?.search).to.equal('');
      const parameters = new URLSearchParams(location?.hash.slice(1));
      expect([...parameters.keys()].sort()).to.deep.equal(['code', 'iss', 'session_state', 'state']);
      const refused = await ask({ response_mode: 'fragment', prompt: 'none' });
      expect(new URLSearchParams(refused.location?.hash.slice(1)).get('error')).to.equal('login_required');
    });

    it('form_post is a page with hidden fields that posts itself, and works without scripts', async () => {
      const state = '"><script>alert(1)</script>';
      const visitor = new Visitor(server);
      const page = await app.visit(visitor, { response_mode: 'form_post', state }, { username: 'alice' });
      expect(page.status).to.equal(200);
      expect(page.headers.get('content-type')).to.match(/^text\/html/);
      expect(page.headers.get('cache-control')).to.equal('no-store');
      expect(page.text).to.match(/<form method="post" action="https:\/\/app\.example\/cb">/);
      expect(page.text).to.match(/<input type="hidden" name="code" value="[\w-]{43}">/);
      expect(page.text).to.match(/<noscript><button type="submit">/);
      expect(page.text).not.to.contain('<script>alert');
      const policy = page.headers.get('content-security-policy') ?? '';
      const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none';
      expect(page.text).to.contain(`<script nonce="${nonce}">`);
      expect(policy).to.contain("form-action 'self' https://app.example;");
    });

    it('form_post carries errors likewise', async () => {
      const page = await ask({ response_mode: 'form_post', prompt: 'none' });
      expect(page.status).to.equal(200);
      for (const part of [
        'name="error" value="login_required"',
        'name="error_description"',
        'name="state" value="s-1"',
      ])
        expect(page.text).to.contain(part);
    });

    it('form_post to an application of a device names the scheme only in its policy', async () => {
      const redirect_uri = 'com.example.app:/cb';
      const native = await createApp(server, { client: { callbackURLs: [redirect_uri] } });
      const page = await ask({ redirect_uri, response_mode: 'form_post', prompt: 'none' }, native);
      expect(page.headers.get('content-security-policy')).to.contain("form-action 'self' com.example.app:;");
    });
  });

  it('takes its parameters by POST as well', async () => {
    const fields = Object.fromEntries(new URL(app.authorizePath(), server.origin).searchParams);
    const { location } = await new Visitor(server).post('/oauth2/authorize', fields);
    expect(location?.pathname).to.equal('/authenticationendpoint/login.do');
  });

  it('writes nothing before the first credential is accepted', async () => {
    const { DatabaseToken } = await import('#core/persistence');
    const { sql } = server.server.container.get(DatabaseToken);
    const count = async () => (await sql.all<{ n: number }>('SELECT COUNT(*) AS n FROM living_state', []))[0]?.n;
    const before = await count();
    const hop = await ask({});
    const sessionDataKey = hop.location?.searchParams.get('sessionDataKey') ?? '';
    await new Visitor(server).post('/commonauth', { sessionDataKey, username: 'alice', password: 'wrong' });
    expect(await count()).to.equal(before);
  });
});
