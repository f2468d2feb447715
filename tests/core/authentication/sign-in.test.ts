import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { DatabaseToken } from '#core/persistence';
import { type HeldClock, heldClock } from '../../support/held-clock.js';
import {
  CALLBACK,
  createApp,
  createTenant,
  createUser,
  type TestApp,
  USER_PASSWORD,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type Hop, Visitor } from '../../support/visitor.js';

const LOGIN = '/authenticationendpoint/login.do';
const RETRY = '/authenticationendpoint/retry.do';

describe('signing in', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock });
    await createUser(server, 'alice');
    app = await createApp(server, { name: 'The shop' });
  });
  after(() => server?.stop());

  const begin = (visitor: Visitor, parameters: Record<string, string> = {}) =>
    visitor.get(app.authorizePath(parameters));
  const keyOf = ({ location }: Hop) => location?.searchParams.get('sessionDataKey') ?? '';
  const answer = (visitor: Visitor, page: Hop, fields: Record<string, string> = {}, prefix = '') =>
    visitor.post(`${prefix}/commonauth`, {
      sessionDataKey: keyOf(page),
      username: 'alice',
      password: USER_PASSWORD,
      ...fields,
    });

  it('begins with a redirect to the login page that tells it what to show', async () => {
    const hop = await begin(new Visitor(server));
    expect(hop.status).to.equal(302);
    expect(hop.location?.pathname).to.equal(LOGIN);
    const { sessionDataKey, ...query } = Object.fromEntries(hop.location?.searchParams ?? []);
    expect(sessionDataKey).to.match(/^[\w.-]+$/);
    expect(query).to.deep.equal({
      relyingParty: app.id,
      type: 'oidc',
      sp: 'The shop',
      tenantDomain: 'carbon.super',
      authenticators: 'BasicAuthenticator:LOCAL',
      isSaaSApp: 'false',
      commonAuthCallerPath: '/oauth2/authorize',
      forceAuth: 'false',
      passiveAuth: 'false',
    });
  });

  it('passes ui_locales and prompt=login on to the page', async () => {
    const { location } = await begin(new Visitor(server), { prompt: 'login', ui_locales: 'de fr' });
    expect(location?.searchParams.get('forceAuth')).to.equal('true');
    expect(location?.searchParams.get('ui_locales')).to.equal('de fr');
  });

  it('shows neither the password nor the state of the application in any address', async () => {
    const visitor = new Visitor(server);
    const page = await begin(visitor, { state: 'state-of-the-app', nonce: 'nonce-of-the-app' });
    const back = await answer(visitor, page);
    for (const { location } of [page, back]) {
      for (const word of ['state-of-the-app', 'nonce-of-the-app', USER_PASSWORD, 'alice'])
        expect(location?.href).not.to.contain(word);
    }
  });

  it('4. a wrong password: back to the login page with authFailure=true and the same sessionDataKey', async () => {
    const visitor = new Visitor(server);
    const page = await begin(visitor);
    for (let attempt = 0; attempt < 3; attempt++) {
      const hop = await answer(visitor, page, { password: 'wrong' });
      expect(hop.status).to.equal(302);
      expect(hop.location?.pathname).to.equal(LOGIN);
      expect(hop.location?.searchParams.get('authFailure')).to.equal('true');
      expect(hop.location?.searchParams.get('authFailureMsg')).to.equal('login.fail.message');
      expect(keyOf(hop)).to.equal(keyOf(page));
      expect(visitor.cookie('commonAuthId')).to.equal(undefined);
    }
    expect((await answer(visitor, page)).location?.pathname).to.equal('/oauth2/authorize');
  });

  it('missing, empty and oversized fields are a failure like any other', async () => {
    const visitor = new Visitor(server);
    const page = await begin(visitor);
    for (const fields of [
      { username: '' },
      { password: '' },
      { username: 'x'.repeat(300) },
      { password: 'x'.repeat(2000) },
    ] as Record<string, string>[])
      expect((await answer(visitor, page, fields)).location?.searchParams.get('authFailureMsg')).to.equal(
        'login.fail.message',
      );
  });

  it('the right password leads back to the application by the protocol endpoint', async () => {
    const visitor = new Visitor(server);
    const page = await begin(visitor);
    const back = await answer(visitor, page, { username: ' ALICE ' });
    expect(back.location?.pathname).to.equal('/oauth2/authorize');
    const done = await visitor.follow(back);
    expect(done.location?.href.startsWith(`${CALLBACK}?code=`)).to.equal(true);
  });

  it('sets the session in a cookie that scripts cannot read and other sites cannot lose', async () => {
    const visitor = new Visitor(server);
    const { cookies } = await answer(visitor, await begin(visitor));
    const line = cookies.find((text) => text.startsWith('commonAuthId=')) ?? '';
    expect(line.split('; ').slice(1)).to.have.members(['Path=/', 'Secure', 'HttpOnly', 'SameSite=None']);
    expect(line).to.match(/^commonAuthId=[\w-]{43};/);
  });

  it('clears the cookie of the attempt when it has succeeded', async () => {
    const visitor = new Visitor(server);
    const page = await begin(visitor);
    expect(visitor.cookieNames.filter((name) => name.startsWith('sessionNonceCookie-'))).to.have.length(1);
    expect(page.cookies[0]).to.match(/Secure; HttpOnly; SameSite=None/);
    await answer(visitor, page);
    expect(visitor.cookieNames).to.deep.equal(['commonAuthId']);
  });

  it('in a tenant has cookies of its own path', async () => {
    const tenant = await createTenant(server, 'paths.example');
    await createUser(server, 'carol', {}, tenant);
    const there = await createApp(server, { place: tenant });
    const visitor = new Visitor(server);
    const page = await visitor.get(there.authorizePath());
    expect(page.location?.pathname).to.equal(`/t/paths.example${LOGIN}`);
    expect(page.location?.searchParams.get('commonAuthCallerPath')).to.equal('/t/paths.example/oauth2/authorize');
    const { cookies, location } = await answer(visitor, page, { username: 'carol' }, tenant.prefix);
    expect(location?.pathname).to.equal('/t/paths.example/oauth2/authorize');
    for (const line of cookies) expect(line).to.contain('; Path=/t/paths.example/;');
  });

  it('remember me makes the cookie outlive the browser', async () => {
    const visitor = new Visitor(server);
    const { cookies } = await answer(visitor, await begin(visitor), { chkRemember: 'on' });
    expect(cookies.find((text) => text.startsWith('commonAuthId='))).to.contain(`; Max-Age=${14 * 86_400}`);
  });

  it('a remembered wish survives a wrong password', async () => {
    const visitor = new Visitor(server);
    const page = await begin(visitor);
    await answer(visitor, page, { password: 'wrong', chkRemember: 'on' });
    const { cookies } = await answer(visitor, page, { chkRemember: 'on' });
    expect(cookies.find((text) => text.startsWith('commonAuthId='))).to.contain('; Max-Age=');
  });

  it('with an unknown sessionDataKey ends at the retry page', async () => {
    const visitor = new Visitor(server);
    for (const sessionDataKey of ['', 'unknown', 's.unknown', 'x'.repeat(10_000)]) {
      const hop = await visitor.post('/commonauth', { sessionDataKey, username: 'alice', password: USER_PASSWORD });
      expect(hop.location?.pathname).to.equal(RETRY);
      expect(hop.location?.searchParams.get('status')).to.equal('authentication.attempt.failed');
      expect(hop.location?.searchParams.get('statusMsg')).to.equal('authentication.attempt.expired');
    }
  });

  it('may take 40 minutes', async () => {
    const visitor = new Visitor(server);
    const page = await begin(visitor);
    clock.advance(40 * 60_000 - 1);
    expect((await answer(visitor, page)).location?.pathname).to.equal('/oauth2/authorize');
    const late = await begin(new Visitor(server));
    clock.advance(40 * 60_000);
    expect((await answer(visitor, late)).location?.pathname).to.equal(RETRY);
  });

  it('its result is to be fetched within five minutes, by the same browser', async () => {
    const visitor = new Visitor(server);
    const back = await answer(visitor, await begin(visitor));
    const foreign = await new Visitor(server).follow(back);
    expect(foreign.location?.searchParams.get('oauthErrorCode')).to.equal('invalid_request');
    clock.advance(5 * 60_000);
    const late = await visitor.follow(back);
    expect(late.location?.searchParams.get('oauthErrorCode')).to.equal('invalid_request');
  });

  it('credentials by GET are not looked at', async () => {
    const visitor = new Visitor(server);
    const page = await begin(visitor);
    const query = new URLSearchParams({ sessionDataKey: keyOf(page), username: 'alice', password: USER_PASSWORD });
    await visitor.get(`/commonauth?${query}`);
    expect(visitor.cookie('commonAuthId')).to.equal(undefined);
  });

  it('successes and failures stand in the audit log, without passwords', async () => {
    const visitor = new Visitor(server);
    const page = await begin(visitor);
    await answer(visitor, page, { password: 'a-wrong-password-1' });
    await answer(visitor, page);
    const rows = await server.server.container
      .get(DatabaseToken)
      .sql.all<Record<string, unknown>>('SELECT * FROM audit_record', []);
    const text = JSON.stringify(rows);
    expect(text)
      .to.match(/LoginStepFailed/)
      .and.to.match(/Login\b/);
    expect(text).not.to.contain('a-wrong-password-1').and.not.to.contain(USER_PASSWORD);
    expect(await server.server.container.get(AuditLogToken).verify()).not.to.have.property('brokenAt');
  });
});
