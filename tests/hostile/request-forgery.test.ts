import { expect } from 'chai';
import {
  CALLBACK,
  createApp,
  createTenant,
  createUser,
  expectErrorPage,
  type TestApp,
  USER_PASSWORD,
} from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { type Hop, Visitor } from '../support/visitor.js';

const isRetry = ({ location }: Hop) => location?.pathname.endsWith('/retry.do') === true;
const key = ({ location }: Hop, name = 'sessionDataKey') => location?.searchParams.get(name) ?? '';

describe('requests that somebody else makes a browser send', () => {
  let server: TestServer;
  let app: TestApp;
  let asking: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    await createUser(server, 'mallory');
    app = await createApp(server);
    asking = await createApp(server, { asksConsent: true });
    await asking.authorize('NO_POLICY', ['api:read']);
  });
  after(() => server?.stop());

  const begin = (visitor: Visitor, of = app) => visitor.get(of.authorizePath({ scope: 'openid api:read' }));
  const login = (visitor: Visitor, page: Hop, username = 'alice') =>
    visitor.post('/commonauth', { sessionDataKey: key(page), username, password: USER_PASSWORD });

  describe('to the login form', () => {
    it('without the cookie of the attempt nothing happens', async () => {
      const page = await begin(new Visitor(server));
      const victim = new Visitor(server);
      const hop = await login(victim, page);
      expect(isRetry(hop)).to.equal(true);
      expect(victim.cookie('commonAuthId')).to.equal(undefined);
    });

    it('with the cookie of another attempt nothing happens: nobody is signed in as the attacker', async () => {
      const theirs = await begin(new Visitor(server));
      const victim = new Visitor(server);
      await begin(victim);
      expect(isRetry(await login(victim, theirs, 'mallory'))).to.equal(true);
      const value = victim.cookie('sessionNonceCookie-') ?? '';
      const attacker = new Visitor(server);
      await begin(attacker);
      const name = attacker.cookieNames.find((one) => one.startsWith('sessionNonceCookie-')) ?? '';
      victim.setCookie(name, value);
      expect(isRetry(await login(victim, theirs, 'mallory'))).to.equal(true);
      expect(victim.cookie('commonAuthId')).to.equal(undefined);
    });

    it('a key of another organization is no key', async () => {
      const tenant = await createTenant(server, 'csrf.example');
      await createUser(server, 'alice', {}, tenant);
      const there = await createApp(server, { place: tenant });
      const visitor = new Visitor(server);
      const page = await visitor.get(there.authorizePath());
      const name = visitor.cookieNames[0] ?? '';
      visitor.setCookie(name, visitor.cookie(name) ?? '', '/');
      expect(isRetry(await login(visitor, page))).to.equal(true);
    });
  });

  describe('to the consent form', () => {
    async function question(): Promise<{ visitor: Visitor; sessionDataKeyConsent: string }> {
      const visitor = new Visitor(server);
      const hop = await visitor.follow(await login(visitor, await begin(visitor, asking)));
      return { visitor, sessionDataKeyConsent: key(hop, 'sessionDataKeyConsent') };
    }

    it('without the session, or in another, nobody agrees to anything', async () => {
      const { sessionDataKeyConsent } = await question();
      const other = (await question()).visitor;
      for (const visitor of [new Visitor(server), other]) {
        const hop = await visitor.post('/oauth2/authorize', { sessionDataKeyConsent, consent: 'approveAlways' });
        expectErrorPage(hop, 'invalid_request');
      }
    });

    it('after the user has logged out it is over', async () => {
      const { visitor, sessionDataKeyConsent } = await question();
      visitor.forget('commonAuthId');
      const hop = await visitor.post('/oauth2/authorize', { sessionDataKeyConsent, consent: 'approve' });
      expectErrorPage(hop, 'invalid_request');
    });

    it('when another user has signed in meanwhile it is over', async () => {
      const { visitor, sessionDataKeyConsent } = await question();
      await app.visit(visitor, { prompt: 'login' }, { username: 'mallory' });
      const hop = await visitor.post('/oauth2/authorize', { sessionDataKeyConsent, consent: 'approve' });
      expectErrorPage(hop, 'invalid_request');
    });

    it('an address that anybody can make is no answer', async () => {
      const { visitor, sessionDataKeyConsent } = await question();
      const query = new URLSearchParams({ sessionDataKeyConsent, consent: 'approve' });
      expectErrorPage(await visitor.get(`/oauth2/authorize?${query}`), 'invalid_request');
    });

    it('what was asked cannot be widened by the answer', async () => {
      const { visitor, sessionDataKeyConsent } = await question();
      const more = {
        scope: 'openid everything',
        redirect_uri: 'https://evil.example',
        client_id: app.id,
        consent_5: 'on',
      };
      const hop = await visitor.post('/oauth2/authorize', { sessionDataKeyConsent, consent: 'approve', ...more });
      expect(hop.location?.href.startsWith(CALLBACK)).to.equal(true);
      const { body } = await asking.redeem(key(hop, 'code'));
      expect(body.scope).to.equal('openid api:read');
    });
  });

  it('a session that was planted is not the one that a sign-in ends with', async () => {
    const attacker = new Visitor(server);
    await app.visit(attacker, {}, { username: 'mallory' });
    const planted = attacker.cookie('commonAuthId') ?? '';
    for (const value of [planted, 'of-the-attackers-choice']) {
      const victim = new Visitor(server);
      victim.setCookie('commonAuthId', value);
      await app.visit(victim, { prompt: 'login' }, { username: 'alice' });
      expect(victim.cookie('commonAuthId')).not.to.equal(value);
      const thief = new Visitor(server);
      thief.setCookie('commonAuthId', value);
      const hop = await thief.get(app.authorizePath({ prompt: 'none' }));
      expect(hop.location?.searchParams.get('error')).to.equal('login_required');
    }
  });

  it('pages of this server cannot be framed, and tell no other page where they come from', async () => {
    const page = await new Visitor(server).get(app.authorizePath({ response_mode: 'form_post', prompt: 'none' }));
    expect(page.headers.get('x-frame-options')).to.equal('DENY');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy)
      .to.contain("frame-ancestors 'none'")
      .and.to.contain("default-src 'none'")
      .and.to.contain("base-uri 'none'");
    expect(policy).not.to.contain('unsafe-inline');
    expect(page.headers.get('referrer-policy')).to.equal('no-referrer');
    const hop = await begin(new Visitor(server));
    expect(hop.headers.get('referrer-policy')).to.equal('no-referrer');
    expect(hop.headers.get('cache-control')).to.equal('no-store');
  });

  it('the token endpoint takes no cookie for a credential', async () => {
    const visitor = new Visitor(server);
    await app.visit(visitor, {}, { username: 'alice' });
    const hop = await visitor.post('/oauth2/token', { grant_type: 'client_credentials', client_id: app.id });
    expect(hop.status).to.equal(401);
    expect((await visitor.get('/oauth2/userinfo')).status).to.equal(400);
  });
});
