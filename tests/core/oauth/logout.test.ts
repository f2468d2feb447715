import { expect } from 'chai';
import { type HeldClock, heldClock } from '../../support/held-clock.js';
import {
  CALLBACK,
  createApp,
  createTenant,
  createUser,
  expectErrorPage,
  type TestApp,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type Hop, Visitor, withQuery } from '../../support/visitor.js';

const DONE = '/authenticationendpoint/oauth2_logout.do';
const ASKS = '/authenticationendpoint/oauth2_logout_consent.do';
const skipping = { application: { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } } };

describe('logout', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  let quick: TestApp;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock });
    await createUser(server, 'alice');
    app = await createApp(server);
    quick = await createApp(server, skipping);
  });
  after(() => server?.stop());

  /** A visitor who is signed in, and the hint for the way out. */
  async function signedIn(of: TestApp): Promise<{ visitor: Visitor; hint: string }> {
    const visitor = new Visitor(server);
    return { visitor, hint: (await of.tokens('alice', {}, visitor)).id };
  }
  const leave = (visitor: Visitor, parameters: Record<string, string> = {}, prefix = '') =>
    visitor.get(withQuery(`${prefix}/oidc/logout`, parameters));
  const isSignedIn = async (visitor: Visitor) =>
    (await visitor.twin().get(app.authorizePath({ prompt: 'none' }))).location?.searchParams.has('code') === true;
  const keyOf = ({ location }: Hop) => location?.searchParams.get('sessionDataKey') ?? '';

  it('[O26] matching post_logout_redirect_uri, id_token_hint and skipped consent: there, with state', async () => {
    const { visitor, hint } = await signedIn(quick);
    const before = visitor.twin();
    const hop = await leave(visitor, { id_token_hint: hint, post_logout_redirect_uri: CALLBACK, state: 'a b&c' });
    expect(hop.status).to.equal(302);
    expect(hop.location?.href).to.equal(`${CALLBACK}?state=a+b%26c`);
    expect(hop.cookies.join()).to.match(/commonAuthId=;.*Max-Age=0/);
    expect(await isSignedIn(before)).to.equal(false);
  });

  it('[O26] an unregistered URI ends at the error page, and the session stays', async () => {
    const { visitor, hint } = await signedIn(quick);
    const text = 'Post logout URI does not match with registered callback URI.';
    for (const post_logout_redirect_uri of [
      'https://evil.example/',
      `${CALLBACK}/..`,
      `${CALLBACK}#x`,
      '//evil.example',
    ])
      expectErrorPage(await leave(visitor, { id_token_hint: hint, post_logout_redirect_uri }), 'access_denied', text);
    expect(await isSignedIn(visitor)).to.equal(true);
  });

  it('a post_logout_redirect_uri without a client it could belong to is refused', async () => {
    const { visitor } = await signedIn(quick);
    for (const more of [{}, { client_id: 'nobody_of_that_name' }] as Record<string, string>[])
      expectErrorPage(await leave(visitor, { post_logout_redirect_uri: CALLBACK, ...more }), 'access_denied');
  });

  it('without post_logout_redirect_uri it ends at the page of this server', async () => {
    const { visitor, hint } = await signedIn(quick);
    expect((await leave(visitor, { id_token_hint: hint })).location?.pathname).to.equal(DONE);
    expect(await isSignedIn(visitor)).to.equal(false);
  });

  it('[O28] an expired or missing session: still a redirect to post_logout_redirect_uri', async () => {
    const { hint, visitor } = await signedIn(quick);
    const parameters = { post_logout_redirect_uri: CALLBACK, state: 's' };
    const stranger = await leave(new Visitor(server), { id_token_hint: hint, ...parameters });
    expect(stranger.location?.href).to.equal(`${CALLBACK}?state=s`);
    const byId = await leave(new Visitor(server), { client_id: quick.id, ...parameters });
    expect(byId.location?.href).to.equal(`${CALLBACK}?state=s`);
    clock.advance(3_600_000);
    const late = await leave(visitor, { id_token_hint: hint, ...parameters });
    expect(late.location?.href).to.equal(`${CALLBACK}?state=s`);
    expect((await leave(new Visitor(server))).location?.pathname).to.equal(DONE);
  });

  it('expired hints are accepted', async () => {
    const short = await createApp(server, { ...skipping, client: { idToken: { expiryInSeconds: 1 } } });
    const { visitor, hint } = await signedIn(short);
    clock.advance(10_000);
    const hop = await leave(visitor, { id_token_hint: hint, post_logout_redirect_uri: CALLBACK });
    expect(hop.location?.href).to.equal(CALLBACK);
    expect(await isSignedIn(visitor)).to.equal(false);
  });

  it('a bad hint is access_denied', async () => {
    const { visitor, hint } = await signedIn(quick);
    const [head, payload] = hint.split('.');
    const tenant = await createTenant(server, 'logout.example');
    await createUser(server, 'carol', {}, tenant);
    const foreign = await (await createApp(server, { place: tenant })).tokens('carol');
    for (const id_token_hint of ['garbage', `${head}.${payload}.AAAA`, `${head}.${payload}.`, foreign.id]) {
      const hop = await leave(visitor, { id_token_hint });
      expectErrorPage(hop, 'access_denied', 'ID token signature validation failed.');
    }
    expect(await isSignedIn(visitor)).to.equal(true);
  });

  it('a client_id that is not the one of the hint is refused', async () => {
    const { visitor, hint } = await signedIn(quick);
    expectErrorPage(await leave(visitor, { id_token_hint: hint, client_id: app.id }), 'access_denied');
    expect(await isSignedIn(visitor)).to.equal(true);
  });

  describe('with the question', () => {
    it('asks, and nothing has happened until the answer', async () => {
      const { visitor, hint } = await signedIn(app);
      const hop = await leave(visitor, { id_token_hint: hint, post_logout_redirect_uri: CALLBACK, state: 's' });
      expect(hop.location?.pathname).to.equal(ASKS);
      expect(await isSignedIn(visitor)).to.equal(true);
      const done = await visitor.post('/oidc/logout', { sessionDataKey: keyOf(hop), consent: 'approve' });
      expect(done.location?.href).to.equal(`${CALLBACK}?state=s`);
      expect(await isSignedIn(visitor)).to.equal(false);
    });

    it('denied: back with access_denied, signed in', async () => {
      const { visitor, hint } = await signedIn(app);
      const hop = await leave(visitor, { id_token_hint: hint, post_logout_redirect_uri: CALLBACK, state: 's' });
      for (const answer of [{ consent: 'deny' }, {}] as Record<string, string>[]) {
        const { location } = await visitor.post('/oidc/logout', { sessionDataKey: keyOf(hop), ...answer });
        expect(Object.fromEntries(location?.searchParams ?? [])).to.deep.equal({
          error: 'access_denied',
          error_description: 'End User denied the logout request',
          state: 's',
        });
      }
      expect(await isSignedIn(visitor)).to.equal(true);
    });

    it('denied without an address to return to: the page of this server', async () => {
      const { visitor } = await signedIn(app);
      const hop = await visitor.post('/oidc/logout', { sessionDataKey: keyOf(await leave(visitor)), consent: 'deny' });
      expect(hop.location?.pathname).to.equal(DONE);
      expect(await isSignedIn(visitor)).to.equal(true);
    });

    it('without a hint it is asked even where consent is skipped: a link must not log out', async () => {
      const { visitor } = await signedIn(quick);
      for (const parameters of [
        {},
        { client_id: quick.id },
        { client_id: quick.id, post_logout_redirect_uri: CALLBACK },
      ] as Record<string, string>[])
        expect((await leave(visitor, parameters)).location?.pathname).to.equal(ASKS);
      const attacker = await signedIn(quick);
      expect((await leave(visitor, { id_token_hint: attacker.hint })).location?.pathname).to.equal(ASKS);
      expect(await isSignedIn(visitor)).to.equal(true);
    });

    it('is answered by POST, in time, in the session that was asked', async () => {
      const { visitor } = await signedIn(app);
      const key = keyOf(await leave(visitor));
      expectErrorPage(
        await visitor.get(withQuery('/oidc/logout', { sessionDataKey: key, consent: 'approve' })),
        'access_denied',
      );
      const other = await signedIn(app);
      expectErrorPage(
        await other.visitor.post('/oidc/logout', { sessionDataKey: key, consent: 'approve' }),
        'access_denied',
      );
      expect(await isSignedIn(other.visitor)).to.equal(true);
      clock.advance(10 * 60_000);
      expectErrorPage(await visitor.post('/oidc/logout', { sessionDataKey: key, consent: 'approve' }), 'access_denied');
      expect(await isSignedIn(visitor)).to.equal(true);
    });
  });

  it('a logout ends the session of its own organization only', async () => {
    const tenant = await createTenant(server, 'other.example');
    await createUser(server, 'dora', {}, tenant);
    const there = await createApp(server, { ...skipping, place: tenant });
    const { visitor } = await signedIn(quick);
    const tokens = await there.tokens('dora', {}, visitor.twin());
    expect((await leave(visitor, { id_token_hint: tokens.id }, tenant.prefix)).location?.pathname).to.equal(
      `${tenant.prefix}${DONE}`,
    );
    expect(await isSignedIn(visitor)).to.equal(true);
  });
});

const settings: readonly [string, string, (hop: Hop) => void][] = [
  ['prompt_logout_consent = false', 'no question', (hop) => expect(hop.location?.pathname).to.equal(DONE)],
  ['prompt_login_consent = false', 'no question', (hop) => expect(hop.location?.pathname).to.equal(DONE)],
  ['prompt_logout_consent = true', 'a question', (hop) => expect(hop.location?.pathname).to.equal(ASKS)],
];
for (const [toml, title, check] of settings) {
  it(`${title} with [oauth] ${toml}`, async () => {
    const server = await startTestServer({ toml: `[oauth]\n${toml}` });
    try {
      const app = await createApp(server);
      const visitor = new Visitor(server);
      const { id } = await app.tokens('admin', {}, visitor);
      check(await visitor.get(withQuery('/oidc/logout', { id_token_hint: id })));
    } finally {
      await server.stop();
    }
  });
}

it('a missing session is an error with handle_logout_gracefully=false, and a denial stays here when told so', async () => {
  const oidc = '[oauth.oidc]\nredirect_to_post_logout_uri_on_consent_denial = false';
  const server = await startTestServer({ toml: `[oauth]\nhandle_logout_gracefully = false\n${oidc}` });
  try {
    const app = await createApp(server);
    expectErrorPage(await new Visitor(server).get('/oidc/logout'), 'access_denied');
    const visitor = new Visitor(server);
    const { id } = await app.tokens('admin', {}, visitor);
    const hop = await visitor.get(withQuery('/oidc/logout', { id_token_hint: id, post_logout_redirect_uri: CALLBACK }));
    const sessionDataKey = hop.location?.searchParams.get('sessionDataKey') ?? '';
    const denied = await visitor.post('/oidc/logout', { sessionDataKey, consent: 'deny' });
    expect(denied.location?.pathname).to.equal(DONE);
  } finally {
    await server.stop();
  }
});
