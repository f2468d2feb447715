import { createPublicKey, X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { CompactEncrypt, decodeJwt, type JWTPayload, UnsecuredJWT } from 'jose';
import { KeySetsToken } from '#core/crypto';
import { type IssuerKey, issuerKey, KeyEndpoint, MAY_ASK_HERE } from '../../support/key-endpoint.js';
import {
  CALLBACK,
  createApp,
  createUser,
  expectError,
  expectErrorPage,
  expectRedirectError,
  superPlace,
  type TestApp,
  type TokenBody,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type Hop, Visitor, withQuery } from '../../support/visitor.js';

describe('request objects', () => {
  let server: TestServer;
  let key: IssuerKey;
  let app: TestApp;
  /** A client whose objects have to be signed. */
  let strict: TestApp;
  let peer: KeyEndpoint;
  before(async () => {
    server = await startTestServer({ toml: MAY_ASK_HERE });
    peer = await KeyEndpoint.start();
    await createUser(server, 'alice');
    key = await issuerKey('PS256', 'k1');
    const registration = { jwks: { keys: [key.jwk] } };
    app = await createApp(server, { client: { callbackURLs: [CALLBACK], registration } });
    strict = await createApp(server, {
      client: { callbackURLs: [CALLBACK], registration, validateRequestObjectSignature: true },
    });
  });
  after(async () => {
    peer?.stop();
    await server?.stop();
  });

  const outside = { response_type: 'code', scope: 'openid' };
  const ask = (of: TestApp, fields: Record<string, string>) =>
    new Visitor(server).get(withQuery('/oauth2/authorize', { client_id: of.id, ...outside, ...fields }));
  const object = (of: TestApp, claims: JWTPayload = {}) =>
    key.sign({ iss: of.id, aud: `${server.origin}/oauth2/token`, client_id: of.id, redirect_uri: CALLBACK, ...claims });
  const none = (of: TestApp, claims: JWTPayload = {}) =>
    new UnsecuredJWT({ client_id: of.id, redirect_uri: CALLBACK, ...claims }).encode();
  /** What became of a request that must not ask: it is answered at the redirect URI. */
  const stateOf = ({ location }: Hop) => location?.searchParams.get('state');
  const silent = { prompt: 'none' };
  async function encrypted(text: string, header: Record<string, string> = {}): Promise<string> {
    const { keys } = await server.server.container.get(KeySetsToken).jwks(superPlace.orgId);
    const certificate = new X509Certificate(
      Buffer.from(keys.find(({ alg }) => alg === 'RS256')?.x5c?.[0] ?? '', 'base64'),
    );
    return new CompactEncrypt(new TextEncoder().encode(text))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT', ...header })
      .encrypt(createPublicKey(certificate.publicKey.export({ type: 'spki', format: 'pem' })));
  }

  it('signed by the client: its parameters count, over those beside it', async () => {
    const request = await object(app, { ...silent, state: 'inside', nonce: 'n-1' });
    const hop = await ask(app, { request, state: 'outside', redirect_uri: 'https://evil.example/cb' });
    expectRedirectError(hop, 'login_required');
    expect(stateOf(hop)).to.equal('inside');
  });

  it('leads to tokens with what it asked for', async () => {
    const claims = { id_token: { auth_time: { essential: true } } };
    const request = await object(app, {
      nonce: 'n-2',
      max_age: 600,
      acr_values: 'acr2,acr1',
      claims,
      scope: 'openid profile',
    });
    const { id, body } = await app.tokens('alice', { request, redirect_uri: '', nonce: 'outside' });
    expect(body.scope).to.equal('openid profile');
    expect(decodeJwt(id)).to.include({ nonce: 'n-2', acr: 'acr1' }).and.have.property('auth_time');
  });

  it('unsigned ones count where they need not be signed', async () => {
    expect(stateOf(await ask(app, { request: none(app, { ...silent, state: 'plain' }) }))).to.equal('plain');
  });

  it('encrypted for the server', async () => {
    const request = await encrypted(await object(strict, { ...silent, state: 'secret' }));
    expect(stateOf(await ask(strict, { request }))).to.equal('secret');
  });

  it('do not count without the scope openid', async () => {
    const fields = {
      request: none(app, { state: 'inside' }),
      scope: 'profile',
      state: 'outside',
      redirect_uri: CALLBACK,
    };
    expect(stateOf(await ask(app, { ...fields, ...silent }))).to.equal('outside');
  });

  it('can be pushed, and then stand for all parameters', async () => {
    const request = await object(strict, { ...outside, ...silent, state: 'in par' });
    const { status, body, text } = await strict.send<TokenBody & { request_uri?: string }>(
      '/oauth2/par',
      { request },
      { authorization: strict.basic },
    );
    expect(status, text).to.equal(201);
    const hop = await new Visitor(server).get(
      withQuery('/oauth2/authorize', { client_id: strict.id, request_uri: body.request_uri ?? '' }),
    );
    expectRedirectError(hop, 'login_required');
    expect(stateOf(hop)).to.equal('in par');
  });

  it('that are no good cannot be pushed', async () => {
    const request = none(strict, { ...outside });
    const answer = await strict.send('/oauth2/par', { request }, { authorization: strict.basic });
    expectError(answer, 400, 'invalid_request_object');
  });

  describe('are refused', () => {
    const refused = async (of: TestApp, request: string, error = 'invalid_request_object') =>
      expectRedirectError(await ask(of, { request, redirect_uri: CALLBACK }), error);

    it('without a signature where one is required', async () => {
      await refused(strict, none(strict));
      const chosen = await createApp(server, {
        client: { callbackURLs: [CALLBACK], requestObject: { requestObjectSigningAlg: 'PS256' } },
      });
      await refused(chosen, none(chosen));
    });

    it('signed by an algorithm that the client has not chosen', async () => {
      const rsa = await issuerKey('RS256', 'k2');
      const registration = { jwks: { keys: [key.jwk, rsa.jwk] } };
      const chosen = await createApp(server, {
        client: { callbackURLs: [CALLBACK], registration, requestObject: { requestObjectSigningAlg: 'PS256' } },
      });
      await refused(chosen, await rsa.sign({ client_id: chosen.id }));
      const hop = await ask(chosen, { request: await object(chosen, { ...silent, state: 'ok' }) });
      expect(stateOf(hop)).to.equal('ok');
    });

    it('signed with another key, or of a client without keys', async () => {
      const wrong = await issuerKey('PS256', 'k1');
      await refused(app, await wrong.sign({ client_id: app.id }));
      const keyless = await createApp(server);
      await refused(keyless, await object(keyless));
    });

    it('changed after they were signed', async () => {
      const [head, , signature] = (await object(app)).split('.');
      const body = Buffer.from(JSON.stringify({ client_id: app.id, redirect_uri: CALLBACK })).toString('base64url');
      await refused(app, `${head}.${body}.${signature}`);
    });

    it('of another client', async () => {
      await refused(app, await object(strict));
      await refused(app, await object(app, { client_id: strict.id }));
      await refused(app, await object(app, { iss: strict.id }));
    });

    it('for another server, or too late, or too early', async () => {
      const now = Math.floor(Date.now() / 1000);
      await refused(app, await object(app, { aud: 'https://other.example' }));
      await refused(app, await object(app, { exp: now - 10 }));
      await refused(app, await object(app, { nbf: now + 600 }));
      await refused(app, none(app, { exp: now - 10 }));
    });

    it('that ask for another response type than the request', async () => {
      await refused(app, await object(app, { response_type: 'token' }));
    });

    it('with a request, or credentials, in them', async () => {
      await refused(app, await object(app, { request_uri: 'https://app.example/r' }));
      await refused(app, await object(app, { request: none(app) }));
      await refused(app, await object(app, { client_secret: app.secret }));
    });

    it('that authenticate the client, or are tokens of ours', async () => {
      await refused(app, await object(app, { sub: app.id }));
      const { id } = await app.tokens('alice');
      await refused(app, id);
    });

    it('that are no JWT at all', async () => {
      for (const request of ['x', '..', 'a.b.c', 'a.b.c.d.e', '{}']) await refused(app, request);
      const long = { ...outside, redirect_uri: CALLBACK, request: 'a'.repeat(40_000) };
      expectError(await app.send('/oauth2/par', long, { authorization: app.basic }), 400, 'invalid_request_object');
    });

    it('not encrypted where they have to be, or by other algorithms', async () => {
      const secret = await createApp(server, {
        client: {
          callbackURLs: [CALLBACK],
          registration: { jwks: { keys: [key.jwk] } },
          requestObject: { encryption: { algorithm: 'RSA-OAEP-256', method: 'A256GCM' } },
        },
      });
      await refused(secret, await object(secret));
      await refused(secret, await encrypted(await object(secret), { alg: 'RSA-OAEP' }));
      await refused(secret, await encrypted(await object(secret), { enc: 'A128GCM' }));
      const good = await encrypted(await object(secret, { ...silent, state: 'ok' }));
      expect(stateOf(await ask(secret, { request: good }))).to.equal('ok');
    });

    it('at the error page, where nobody says where errors go', async () => {
      expectErrorPage(await ask(app, { request: 'x' }), 'invalid_request_object');
      expectErrorPage(await ask(app, { request: none(app), client_id: 'nobody_of_that_name' }), 'invalid_client');
      const evil = await ask(app, { request: none(app, { redirect_uri: 'https://evil.example/cb' }) });
      expectErrorPage(evil, 'invalid_callback');
    });

    it('together with a request_uri', async () => {
      const fields = { request: none(app), request_uri: peer.url, redirect_uri: CALLBACK };
      expectRedirectError(await ask(app, fields), 'invalid_request');
    });
  });

  describe('at a request_uri', () => {
    const at = (of: TestApp, request_uri: string) => ask(of, { request_uri, redirect_uri: CALLBACK });

    it('are fetched', async () => {
      peer.body = await object(app, { ...silent, state: 'fetched' });
      expect(stateOf(await at(app, peer.url))).to.equal('fetched');
    });

    it('are refused when they are no good, too long, or not there', async () => {
      peer.body = none(strict);
      expectRedirectError(await at(strict, peer.url), 'invalid_request_object');
      peer.body = 'x'.repeat(40_000);
      expectRedirectError(await at(app, peer.url), 'invalid_request_uri');
      peer.status = 404;
      expectRedirectError(await at(app, peer.url), 'invalid_request_uri');
      peer.status = 302;
      expectRedirectError(await at(app, peer.url), 'invalid_request_uri');
      peer.status = 200;
    });

    it('are not fetched from networks within, nor by anything but the web', async () => {
      const port = new URL(peer.url).port;
      peer.body = await object(app, { ...silent, state: 'fetched' });
      peer.count = 0;
      const inner = ['localhost', '[::1]', '10.0.0.1', '169.254.169.254', '0x7f.1'].map(
        (host) => `https://${host}:${port}/r`,
      );
      for (const uri of [...inner, 'file:///etc/passwd', 'http://example.com/', 'urn:x', 'x', ''])
        expectRedirectError(await at(app, uri), 'invalid_request_uri');
      expect(peer.count).to.equal(0);
    });

    it('only from addresses that the client has registered, when it has', async () => {
      const registration = { jwks: { keys: [key.jwk] }, request_uris: [`${peer.url}#sha`] };
      const known = await createApp(server, { client: { callbackURLs: [CALLBACK], registration } });
      peer.body = await object(known, { ...silent, state: 'registered' });
      expect(stateOf(await at(known, peer.url))).to.equal('registered');
      expectRedirectError(await at(known, `${peer.url}/other`), 'invalid_request_uri');
    });
  });

  it('discovery tells what can be done', async () => {
    const { body } = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
    expect(body).to.include({ request_parameter_supported: true, request_uri_parameter_supported: true });
    expect(body['request_object_signing_alg_values_supported']).to.deep.equal(['none', 'PS256', 'ES256', 'RS256']);
  });
});
