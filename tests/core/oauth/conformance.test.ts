import { expect } from 'chai';
import { decodeJwt, UnsecuredJWT } from 'jose';
import {
  CALLBACK,
  createApp,
  createUser,
  expectErrorPage,
  expectRedirectError,
  type TestApp,
  USER_PASSWORD,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor, withQuery } from '../../support/visitor.js';

/** Modules of the conformance suite of the OpenID Foundation that no other test covers, by their names. */
describe('what the conformance suite asks of a provider', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    const application = { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } };
    app = await createApp(server, { application });
  });
  after(() => server?.stop());

  /** Parameters that must not hinder a sign-in. */
  const tolerated: readonly [string, Record<string, string>][] = [
    ['oidcc-display-page', { display: 'page' }],
    ['oidcc-display-popup', { display: 'popup' }],
    ['oidcc-ui-locales', { ui_locales: 'se' }],
    ['oidcc-claims-locales', { claims_locales: 'se' }],
    ['oidcc-login-hint', { login_hint: 'buffy@op.example' }],
    ['oidcc-ensure-request-with-acr-values-succeeds', { acr_values: '1 2' }],
    ['oidcc-ensure-request-with-unknown-parameter-succeeds', { extra: 'foobar' }],
    ['oidcc-alternate-happy-flow', { scope: 'phone email address profile openid' }],
    ['oidcc-ensure-request-without-nonce-succeeds-for-code-flow', {}],
  ];
  for (const [module, parameters] of tolerated)
    it(`${module}: the sign-in succeeds`, async () => {
      const { id } = await app.tokens('alice', parameters);
      expect(decodeJwt(id).aud).to.equal(app.id);
    });

  it('oidcc-ensure-post-request-succeeds: the request may be a POST', async () => {
    const visitor = new Visitor(server);
    const fields = { client_id: app.id, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid' };
    const { location } = await visitor.post('/oauth2/authorize', fields);
    const sessionDataKey = location?.searchParams.get('sessionDataKey') ?? '';
    const back = await visitor.post('/commonauth', { sessionDataKey, username: 'alice', password: USER_PASSWORD });
    expect((await visitor.follow(back)).location?.searchParams.get('code')).to.be.a('string');
  });

  it('a nonce of 64 and of 384 characters, and a state of 1000, come back as they were', async () => {
    for (const length of [64, 384]) {
      const nonce = 'n'.repeat(length);
      expect(decodeJwt((await app.tokens('alice', { nonce })).id)['nonce']).to.equal(nonce);
    }
    const state = 's'.repeat(1000);
    const { location } = await app.visit(new Visitor(server), { state }, { username: 'alice' });
    expect(location?.searchParams.get('state')).to.equal(state);
    const without = await app.visit(new Visitor(server), { state: '' }, { username: 'alice' });
    expect(without.location?.searchParams.has('code')).to.equal(true);
    expect(without.location?.searchParams.has('state')).to.equal(false);
  });

  it('oidcc-redirect-uri-query-OK, -mismatch and -added: the query belongs to the address', async () => {
    const registered = `${CALLBACK}?foo=bar`;
    const withQueryOnly = await createApp(server, { client: { callbackURLs: [registered] } });
    const good = await withQueryOnly.visit(new Visitor(server), { redirect_uri: registered }, { username: 'alice' });
    expect(Object.fromEntries(good.location?.searchParams ?? []))
      .to.include({ foo: 'bar' })
      .and.to.have.property('code');
    for (const [of, redirect_uri] of [
      [withQueryOnly, `${CALLBACK}?foo=baz`],
      [withQueryOnly, CALLBACK],
      [app, `${CALLBACK}?foo=bar`],
    ] as const)
      expectErrorPage(await new Visitor(server).get(of.authorizePath({ redirect_uri })), 'invalid_callback');
  });

  it('oidcc-ensure-redirect-uri-in-authorization-request: of two addresses one has to be named', async () => {
    const two = await createApp(server, { client: { callbackURLs: [CALLBACK, `${CALLBACK}/other`] } });
    const { status, location } = await new Visitor(server).get(two.authorizePath({ redirect_uri: '' }));
    expect(status).to.equal(302);
    expect(location?.pathname).to.match(/\/oauth2_error\.do$/);
  });

  it('the name of the scheme in Authorization is not case-sensitive', async () => {
    const { access } = await app.tokens('alice');
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const answer = await server.fetch('/oauth2/userinfo', { headers: { authorization: `${scheme} ${access}` } });
      expect(answer.status, scheme).to.equal(200);
    }
  });

  it('par-attempt-invalid-http-method: requests are pushed by POST alone', async () => {
    for (const method of ['GET', 'PUT']) {
      const answer = await server.fetch('/oauth2/par', { method, headers: { authorization: app.basic } });
      expect(answer.status, method).to.be.oneOf([404, 405]);
    }
  });

  describe('of a logout', () => {
    const logOut = async (make: (idToken: string) => Record<string, string>) => {
      const visitor = new Visitor(server);
      const { id } = await app.tokens('alice', {}, visitor);
      const hop = await visitor.get(withQuery('/oidc/logout', make(id)));
      const after = await visitor.get(app.authorizePath({ prompt: 'none' }));
      return { hop, visitor, signedOut: after.location?.searchParams.get('error') === 'login_required' };
    };
    const back = { post_logout_redirect_uri: CALLBACK };

    it('oidcc-rp-initiated-logout-no-state: back without a state', async () => {
      const { hop, signedOut } = await logOut((id_token_hint) => ({ id_token_hint, ...back }));
      expect({ address: hop.location?.href, signedOut }).to.deep.equal({ address: CALLBACK, signedOut: true });
    });

    it('oidcc-rp-initiated-logout-no-params and -only-state: the user is asked, and then signed out', async () => {
      for (const parameters of [{}, { state: 'x' }] as Record<string, string>[]) {
        const { hop, visitor, signedOut } = await logOut(() => parameters);
        expect(hop.location?.pathname).to.match(/\/oauth2_logout_consent\.do$/);
        expect(signedOut).to.equal(false);
        const sessionDataKey = hop.location?.searchParams.get('sessionDataKey') ?? '';
        const done = await visitor.post('/oidc/logout', { sessionDataKey, consent: 'approve' });
        expect(done.location?.pathname).to.match(/\/oauth2_logout\.do$/);
        expectRedirectError(await visitor.get(app.authorizePath({ prompt: 'none' })), 'login_required');
      }
    });

    it('oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri: not there', async () => {
      const post_logout_redirect_uri = `${CALLBACK}?foo=bar`;
      const { hop, signedOut } = await logOut((id_token_hint) => ({ id_token_hint, post_logout_redirect_uri }));
      expectErrorPage(hop, 'access_denied');
      expect(signedOut).to.equal(false);
    });

    it('oidcc-rp-initiated-logout-modified-id-token-hint: an unsigned hint is none', async () => {
      const { hop, signedOut } = await logOut((id) => ({
        id_token_hint: new UnsecuredJWT(decodeJwt(id)).encode(),
        ...back,
      }));
      expectErrorPage(hop, 'access_denied');
      expect(signedOut).to.equal(false);
    });

    it('oidcc-rp-initiated-logout-no-id-token-hint: an address of nobody known is refused', async () => {
      const { hop, signedOut } = await logOut(() => back);
      expectErrorPage(hop, 'access_denied');
      expect(signedOut).to.equal(false);
    });
  });
});
