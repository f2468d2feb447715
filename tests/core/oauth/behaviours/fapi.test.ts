import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import { assertionClaims, assertionFields, tokenEndpointOf } from '../../../support/client-assertion.js';
import { type DpopKey, dpopKey, proofOf } from '../../../support/dpop-client.js';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import { type IssuerKey, issuerKey } from '../../../support/key-endpoint.js';
import {
  type AppOptions,
  CALLBACK,
  CHALLENGE,
  createApp,
  createUser,
  expectError,
  expectRedirectError,
  type JsonAnswer,
  type TestApp,
  type TokenBody,
  tokensOf,
  VERIFIER,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { type Hop, Visitor, withQuery } from '../../../support/visitor.js';

describe('FAPI', () => {
  let server: TestServer;
  let clock: HeldClock;
  let key: IssuerKey;
  let rsa: IssuerKey;
  let dpop: DpopKey;
  let first: TestApp;
  let second: TestApp;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock });
    await createUser(server, 'alice');
    [key, rsa, dpop] = await Promise.all([issuerKey('PS256', 'ps'), issuerKey('RS256', 'rs'), dpopKey()]);
    first = await makeApp('FAPI1_ADVANCED');
    second = await makeApp('FAPI2_SECURITY');
  });
  after(() => server?.stop());

  const makeApp = (fapiProfile: 'FAPI1_ADVANCED' | 'FAPI2_SECURITY', client: AppOptions['client'] = {}) =>
    createApp(server, {
      client: {
        grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
        callbackURLs: [CALLBACK],
        isFAPIApplication: true,
        fapiProfile,
        accessToken: { type: 'JWT' },
        registration: { jwks: { keys: [key.jwk, rsa.jwk] } },
        ...client,
      },
    });

  const seconds = () => Math.floor(clock.now() / 1000);
  const assertion = async (of: TestApp, by = key) =>
    assertionFields(await by.sign(assertionClaims(of.id, tokenEndpointOf(of), {}, clock.now())));
  const object = (of: TestApp, claims: Record<string, unknown> = {}, by = key) =>
    by.sign({
      iss: of.id,
      aud: tokenEndpointOf(of),
      nbf: seconds(),
      exp: seconds() + 300,
      client_id: of.id,
      response_type: 'code',
      response_mode: 'jwt',
      redirect_uri: CALLBACK,
      scope: 'openid',
      nonce: 'n-1',
      ...claims,
    } as JWTPayload);
  const outside = { redirect_uri: CALLBACK, scope: 'openid', response_type: 'code', state: 'outside' };
  const ask = (of: TestApp, fields: Record<string, string>) =>
    new Visitor(server).get(withQuery('/oauth2/authorize', { client_id: of.id, ...outside, ...fields }));
  const pkce = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };
  async function push(of: TestApp, fields: Record<string, string>, headers: Record<string, string> = {}) {
    const all = { ...outside, ...(await assertion(of)), ...fields };
    return (await of.send('/oauth2/par', all, headers)) as JsonAnswer<TokenBody & { request_uri?: string }>;
  }
  /** The code of a pushed request; `alice` signs in. */
  async function pushedCode(of: TestApp, fields: Record<string, string> = pkce): Promise<string> {
    const { status, body, text } = await push(of, fields);
    expect(status, text).to.equal(201);
    const blank = { redirect_uri: '', response_type: '', scope: '', state: '' };
    const parameters = { ...blank, request_uri: body.request_uri ?? '' };
    const hop = await of.visit(new Visitor(server), parameters, { username: 'alice' });
    return hop.location?.searchParams.get('code') ?? '';
  }
  const redeem = async (of: TestApp, code: string, headers: Record<string, string>) => {
    const fields = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: VERIFIER };
    return of.send('/oauth2/token', { ...fields, ...(await assertion(of)) }, headers);
  };
  const proof = async (of: TestApp) => ({
    dpop: await proofOf(dpop, 'POST', tokenEndpointOf(of), { at: clock.now() }),
  });
  const errorOf = ({ location }: Hop) => location?.searchParams.get('error');

  describe('1.0 Advanced', () => {
    it('[G22] given isFAPIApplication=true, when authorizing without a request object, then an error', async () => {
      const expected = 'Request Object is mandatory for FAPI Conformant Applications.';
      expectRedirectError(await ask(first, {}), 'invalid_request', expected);
      const unnamed = await makeApp('FAPI1_ADVANCED', { fapiProfile: '' });
      expectRedirectError(await ask(unnamed, {}), 'invalid_request', expected);
    });

    it('[G22] given isFAPIApplication=true, with client_secret_basic at the token endpoint, then an error', async () => {
      expectError(await first.token({ grant_type: 'client_credentials' }), 401, 'invalid_client');
      const secret = { client_id: first.id, client_secret: first.secret };
      const answer = await first.send('/oauth2/token', { grant_type: 'client_credentials', ...secret });
      expectError(answer, 401, 'invalid_client');
    });

    it('assertions are signed by PS256 or ES256', async () => {
      const grant = { grant_type: 'client_credentials' };
      const weak = await first.send(
        '/oauth2/token',
        { ...grant, ...(await assertion(first, rsa)) },
        await proof(first),
      );
      expectError(weak, 401, 'invalid_client');
      tokensOf(await first.send('/oauth2/token', { ...grant, ...(await assertion(first)) }, await proof(first)));
    });

    it('a request object that does not do is refused', async () => {
      const bad: Record<string, unknown>[] = [
        { nbf: undefined },
        { exp: undefined },
        { aud: undefined },
        { nbf: seconds() - 3601 },
        { exp: seconds() + 3601 },
        { nonce: undefined },
        { scope: undefined },
        { redirect_uri: undefined },
      ];
      for (const claims of bad) {
        expect(errorOf(await ask(first, { request: await object(first, claims) })), JSON.stringify(claims)).to.equal(
          'invalid_request_object',
        );
      }
      expect(errorOf(await ask(first, { request: await object(first, {}, rsa) }))).to.equal('invalid_request_object');
      const other = await object(second);
      expect(errorOf(await ask(first, { request: other }))).to.equal('invalid_request_object');
    });

    it('the answer has to be signed, or come with an ID token', async () => {
      const hop = await ask(first, { request: await object(first, { response_mode: undefined }) });
      expectRedirectError(hop, 'invalid_request', 'Invalid response mode provided.');
    });

    it('a good request leads to a signed answer, and to bound tokens; what stands beside it does not count', async () => {
      const fields = { request: await object(first, { state: 'inside' }), state: 'outside', ...pkce, claims: '{' };
      const hop = await first.visit(new Visitor(server), fields, { username: 'alice' });
      const { code, state } = decodeJwt(hop.location?.searchParams.get('response') ?? '');
      expect(state).to.equal('inside');
      const redeemed = { grant_type: 'authorization_code', code: String(code), redirect_uri: CALLBACK };
      const answer = await first.send(
        '/oauth2/token',
        { ...redeemed, ...(await assertion(first)) },
        await proof(first),
      );
      expect(tokensOf(answer).body.token_type).to.equal('DPoP');
    });

    it('PKCE is needed where the request is pushed', async () => {
      const request = await object(first, { response_mode: undefined, response_type: 'code' });
      expectError(await push(first, { request }), 400, 'invalid_request');
    });
  });

  describe('2.0 Security Profile', () => {
    it('the request has to be pushed', async () => {
      expectRedirectError(await ask(second, pkce), 'invalid_request', 'PAR request is mandatory for the application.');
    });

    it('the state is that which was pushed', async () => {
      const { body } = await push(second, { ...pkce, prompt: 'none', state: 'pushed' });
      const hop = await ask(second, { request_uri: body.request_uri ?? '', state: 'injected' });
      expect(hop.location?.searchParams.get('state')).to.equal('pushed');
      expect(hop.location?.searchParams.get('iss')).to.equal(`${server.origin}/oauth2/token`);
    });

    it('PKCE is done with S256, and nobody pushes with a secret', async () => {
      expectError(await push(second, {}), 400, 'invalid_request', 'PKCE with S256 is mandatory for FAPI applications.');
      const basic = await second.send('/oauth2/par', { ...outside, ...pkce }, { authorization: second.basic });
      expectError(basic, 401, 'invalid_client');
    });

    it('tokens are bound to who asks: a Bearer token is not issued', async () => {
      const answer = await redeem(second, await pushedCode(second), {});
      expectError(answer, 400, 'invalid_request');
    });

    it('with a proof there are tokens, signed by an algorithm of FAPI', async () => {
      const { access, id, body } = tokensOf(await redeem(second, await pushedCode(second), await proof(second)));
      expect(body.token_type).to.equal('DPoP');
      expect(decodeJwt(access)['cnf']).to.deep.equal({ jkt: dpop.thumbprint });
      expect([access, id].map((token) => decodeProtectedHeader(token).alg)).to.deep.equal(['PS256', 'PS256']);
    });

    it('other response types than code are refused', async () => {
      for (const response_type of ['code id_token', 'token']) {
        const { status, body } = await push(second, { ...pkce, response_type, nonce: 'n-1' });
        expect(status).to.be.oneOf([400, 401]);
        expect(body.error).to.be.oneOf(['invalid_request', 'invalid_client', 'unauthorized_client']);
      }
    });

    it('an assertion names the issuer alone as its audience', async () => {
      const issuer = tokenEndpointOf(second);
      const grant = { grant_type: 'client_credentials' };
      const asked = async (of: TestApp, aud: string | string[]) => {
        const claims = assertionClaims(of.id, issuer, { aud }, clock.now());
        return of.send('/oauth2/token', { ...grant, ...assertionFields(await key.sign(claims)) }, await proof(of));
      };
      tokensOf(await asked(second, issuer));
      for (const aud of [[issuer], [issuer, 'https://other.example'], `${server.origin}/oauth2/par`]) {
        expectError(await asked(second, aud), 401, 'invalid_client');
        tokensOf(await asked(first, aud));
      }
    });

    it('clocks of clients may be off by ten seconds, and not by more than a minute', async () => {
      const ahead = async (by: number) => {
        const at = seconds() + by;
        const claims = { iat: at, nbf: at, exp: at + 60 };
        const signed = await key.sign(assertionClaims(second.id, tokenEndpointOf(second), claims, clock.now()));
        const fields = { grant_type: 'client_credentials', ...assertionFields(signed) };
        return second.send('/oauth2/token', fields, await proof(second));
      };
      tokensOf(await ahead(8));
      expectError(await ahead(61), 401, 'invalid_client');
    });

    it('a code lives for a minute at most', async () => {
      const [soon, late] = [await pushedCode(second), await pushedCode(second)];
      clock.advance(59_000);
      tokensOf(await redeem(second, soon, await proof(second)));
      clock.advance(1000);
      expectError(await redeem(second, late, await proof(second)), 400, 'invalid_grant');
    });

    it('a proof at the push binds the code to its key', async () => {
      const dpopHeader = { dpop: await proofOf(dpop, 'POST', `${server.origin}/oauth2/par`, { at: clock.now() }) };
      const { body, status, text } = await push(second, pkce, dpopHeader);
      expect(status, text).to.equal(201);
      const parameters = {
        redirect_uri: '',
        response_type: '',
        scope: '',
        state: '',
        request_uri: body.request_uri ?? '',
      };
      const hop = await second.visit(new Visitor(server), parameters, { username: 'alice' });
      const other = await dpopKey();
      const wrong = { dpop: await proofOf(other, 'POST', tokenEndpointOf(second), { at: clock.now() }) };
      const answer = await redeem(second, hop.location?.searchParams.get('code') ?? '', wrong);
      expectError(answer, 400, 'invalid_dpop_proof');
    });
  });

  describe('and the application API', () => {
    const put = async (configuration: object) => {
      const path = `/api/server/v1/applications/${first.application.id}/inbound-protocols/oidc`;
      const usual = { grantTypes: ['authorization_code'], callbackURLs: [CALLBACK], isFAPIApplication: true };
      return server.api<{ description?: string }>('PUT', path, {
        ...usual,
        fapiProfile: 'FAPI2_SECURITY',
        ...configuration,
      });
    };
    const contradictions: readonly [string, object][] = [
      ['publicClient', { publicClient: true }],
      [
        'clientAuthentication.tokenEndpointAuthMethod',
        { clientAuthentication: { tokenEndpointAuthMethod: 'client_secret_basic' } },
      ],
      [
        'clientAuthentication.tokenEndpointAuthSigningAlg',
        { clientAuthentication: { tokenEndpointAuthSigningAlg: 'RS384' } },
      ],
      ['idToken.idTokenSignedResponseAlg', { idToken: { idTokenSignedResponseAlg: 'SHA256withRSA' } }],
      ['requestObject.requestObjectSigningAlg', { requestObject: { requestObjectSigningAlg: 'SHA256withRSA' } }],
      ['accessToken.bindingType', { accessToken: { bindingType: 'cookie' } }],
      ['grantTypes', { grantTypes: ['authorization_code', 'password'] }],
      ['hybridFlow.enable', { hybridFlow: { enable: true, responseType: 'code id_token' } }],
      ['pkce.supportPlainTransformAlgorithm', { pkce: { supportPlainTransformAlgorithm: true } }],
    ];
    for (const [member, configuration] of contradictions)
      it(`refuses a contradictory ${member}`, async () => {
        const { status, body } = await put(configuration);
        expect(status).to.equal(400);
        expect(body.description).to.match(new RegExp(`^${member.replace('.', '\\.')}: `));
      });

    it('takes one that fits', async () => {
      const fitting = {
        clientAuthentication: { tokenEndpointAuthMethod: 'private_key_jwt', tokenEndpointAuthSigningAlg: 'PS256' },
        idToken: { idTokenSignedResponseAlg: 'PS256' },
        accessToken: { bindingType: 'DPoP' },
      };
      const { status, body } = await put(fitting);
      expect(status, JSON.stringify(body)).to.equal(200);
    });
  });

  it('is not enforced where the operator has switched it off, and for everybody where that was asked for', async () => {
    const off = await startTestServer({ toml: '[oauth.oidc.fapi]\nenable_validation = false' });
    const all = await startTestServer({ toml: '[oauth.oidc.fapi]\nenable_security_profile = true' });
    try {
      const lax = await createApp(off, { client: { callbackURLs: [CALLBACK], isFAPIApplication: true } });
      expect((await new Visitor(off).get(lax.authorizePath())).location?.pathname).to.match(/login\.do$/);
      const strict = await createApp(all);
      expectRedirectError(await new Visitor(all).get(strict.authorizePath()), 'invalid_request');
    } finally {
      await Promise.all([off.stop(), all.stop()]);
    }
  }).timeout(60_000);
});
