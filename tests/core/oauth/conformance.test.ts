import { expect } from 'chai';
import { decodeJwt, UnsecuredJWT } from 'jose';
import { assertionClaims, assertionFields, tokenEndpointOf } from '../../support/client-assertion.js';
import { dpopKey, proofOf, tokenWithProof } from '../../support/dpop-client.js';
import { type HeldClock, heldClock } from '../../support/held-clock.js';
import { issuerKey, KeyEndpoint, MAY_ASK_HERE } from '../../support/key-endpoint.js';
import {
  CALLBACK,
  createApp,
  createUser,
  expectError,
  expectErrorPage,
  expectRedirectError,
  type TestApp,
  tokensOf,
  USER_PASSWORD,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor, withQuery } from '../../support/visitor.js';

/** Modules of the conformance suite of the OpenID Foundation that no other test covers, by their names. */
describe('what the conformance suite asks of a provider', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  /** A web server of the client. */
  let place: KeyEndpoint;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ toml: MAY_ASK_HERE, clock });
    place = await KeyEndpoint.start();
    await createUser(server, 'alice');
    const application = { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } };
    app = await createApp(server, { application });
  });
  after(async () => {
    place?.stop();
    await server?.stop();
  });

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

  it('oidcc-idtoken-unsigned: an ID token without signature, where the client has asked for it', async () => {
    const plain = await createApp(server, { client: { idToken: { idTokenSignedResponseAlg: 'none' } } });
    const { id } = await plain.tokens('alice', { nonce: 'n-1' });
    const { payload } = UnsecuredJWT.decode(id, { issuer: `${server.origin}/oauth2/token`, audience: plain.id });
    expect(payload['nonce']).to.equal('n-1');
  });

  it('oidcc-request-uri-unsigned: an unsigned request object at an address', async () => {
    const request_uri = `${place.url}?of=${app.id}`;
    place.body = new UnsecuredJWT({ client_id: app.id, redirect_uri: CALLBACK, state: 'at the address' }).encode();
    const parameters = { request_uri, state: '', redirect_uri: '' };
    const { location } = await app.visit(new Visitor(server), parameters, { username: 'alice' });
    expect(location?.searchParams.get('state')).to.equal('at the address');
    expect(location?.searchParams.get('code')).to.be.a('string');
  });

  it('oidcc-registration-sector-uri and -bad: the file of the sector has to name the address', async () => {
    const register = (client_name: string) =>
      server.api<{ error?: string }>('POST', '/api/identity/oauth2/dcr/v1.1/register', {
        client_name,
        redirect_uris: [CALLBACK],
        subject_type: 'pairwise',
        sector_identifier_uri: place.url,
      });
    place.body = JSON.stringify([CALLBACK]);
    const good = await register('of the sector');
    expect(good.status, JSON.stringify(good.body)).to.equal(201);
    place.body = JSON.stringify(['https://other.example/cb']);
    const bad = await register('not of the sector');
    expect({ status: bad.status, error: bad.body.error }).to.deep.equal({
      status: 400,
      error: 'invalid_client_metadata',
    });
  });

  it('oidcc-refresh-token-rp-key-rotation: a client changes its keys at their address, half a minute after they were read', async () => {
    const [old, next] = await Promise.all([issuerKey('PS256', 'old'), issuerKey('PS256', 'next')]);
    place.publish(old.jwk);
    const rotating = await createApp(server, {
      client: {
        registration: { jwks_uri: place.url },
        clientAuthentication: { tokenEndpointAuthMethod: 'private_key_jwt' },
      },
    });
    const asked = async (by: typeof old, fields: Record<string, string>) => {
      const claims = assertionClaims(rotating.id, tokenEndpointOf(rotating), {}, clock.now());
      return rotating.send('/oauth2/token', { ...fields, ...assertionFields(await by.sign(claims)) });
    };
    const code = await rotating.code('alice');
    const { refresh } = tokensOf(await asked(old, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK }));
    place.publish(next.jwk);
    clock.advance(30_000);
    tokensOf(await asked(next, { grant_type: 'refresh_token', refresh_token: refresh }));
  });

  it('ensure-request-object-with-multiple-aud-succeeds, and one for the PAR endpoint does not', async () => {
    const key = await issuerKey('PS256', 'k1');
    const signing = await createApp(server, { client: { registration: { jwks: { keys: [key.jwk] } } } });
    const ask = async (aud: string | string[]) => {
      const claims = { iss: signing.id, client_id: signing.id, redirect_uri: CALLBACK, response_type: 'code' };
      const request = await key.sign({ ...claims, aud, prompt: 'none' });
      return new Visitor(server).get(signing.authorizePath({ request }));
    };
    const issuer = `${server.origin}/oauth2/token`;
    expectRedirectError(await ask([issuer, 'https://other.example']), 'login_required');
    expectRedirectError(await ask(`${server.origin}/oauth2/par`), 'invalid_request_object');
  });

  it('check-dpop-proof-nbf-exp: proofs may say more about their time', async () => {
    const bound = await createApp(server, { client: { accessToken: { type: 'JWT', bindingType: 'DPoP' } } });
    const now = Math.floor(clock.now() / 1000);
    const key = await dpopKey();
    const proof = (claims: object) =>
      proofOf(key, 'POST', `${server.origin}/oauth2/token`, { claims: { ...claims }, at: clock.now() });
    const grant = { grant_type: 'client_credentials' };
    const good = await tokenWithProof(bound, grant, await proof({ nbf: now - 10, exp: now + 60 }));
    expect(tokensOf(good).body.token_type).to.equal('DPoP');
    for (const claims of [{ exp: now - 10 }, { nbf: now + 300 }])
      expectError(await tokenWithProof(bound, grant, await proof(claims)), 400, 'invalid_dpop_proof');
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
