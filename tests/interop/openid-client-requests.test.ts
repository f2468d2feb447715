import { expect } from 'chai';
import { decodeJwt, exportJWK, generateKeyPair } from 'jose';
import * as oidc from 'openid-client';
import { createApp, createUser, type TestApp } from '../support/oauth-client.js';
import { relyingParty, signInBy } from '../support/relying-party.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { Visitor } from '../support/visitor.js';

describe('openid-client with requests of other kinds', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice', { givenname: ['Alice'] });
  });
  after(() => server?.stop());

  it('pushes its request, and nothing else is taken (PAR)', async () => {
    const app = await createApp(server, {
      client: { pushAuthorizationRequest: { requirePushAuthorizationRequest: true } },
      claims: ['givenname'],
    });
    const config = await relyingParty(app);
    const tokens = await signInBy(app, config, { address: oidc.buildAuthorizationUrlWithPAR });
    expect(tokens.claims()?.['given_name']).to.equal('Alice');
    const plain: unknown = await signInBy(app, config).catch((error: unknown) => error);
    expect(plain).to.include({ error: 'invalid_request' });
  });

  it('understands why a pushed request is refused', async () => {
    const app = await createApp(server);
    const config = await relyingParty(app);
    const parameters = { redirect_uri: 'https://evil.example/cb', scope: 'openid' };
    const refused: unknown = await oidc
      .buildAuthorizationUrlWithPAR(config, parameters)
      .catch((error: unknown) => error);
    expect(refused).to.include({ status: 400, error: 'invalid_request' });
  });

  for (const alg of ['PS256', 'ES256', 'RS256']) {
    it(`signs its request with ${alg} (JAR)`, async () => {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
      const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] };
      const client = {
        registration: { jwks },
        validateRequestObjectSignature: true,
        requestObject: { requestObjectSigningAlg: alg },
      };
      const app = await createApp(server, { client, claims: ['givenname'] });
      const config = await relyingParty(app);
      const signed = { key: privateKey, kid: 'k1' };
      const tokens = await signInBy(app, config, {
        address: (...of) => oidc.buildAuthorizationUrlWithJAR(...of, signed),
        parameters: { max_age: '600' },
      });
      expect(tokens.claims()).to.include({ aud: app.id, given_name: 'Alice' }).and.have.property('auth_time');
      const pushed = await signInBy(app, config, {
        address: async (...of) => {
          const { searchParams } = await oidc.buildAuthorizationUrlWithJAR(...of, signed);
          return oidc.buildAuthorizationUrlWithPAR(config, searchParams);
        },
      });
      expect(pushed.claims()?.aud).to.equal(app.id);
    });
  }

  it('a request that somebody else has signed leads nowhere', async () => {
    const [mine, other] = await Promise.all([
      generateKeyPair('PS256', { extractable: true }),
      generateKeyPair('PS256'),
    ]);
    const jwks = { keys: [await exportJWK(mine.publicKey)] };
    const app = await createApp(server, { client: { registration: { jwks } } });
    const refused: unknown = await signInBy(app, await relyingParty(app), {
      address: (...of) => oidc.buildAuthorizationUrlWithJAR(...of, other.privateKey),
    }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error);
    expect(refused).not.to.have.property('access_token');
  });

  for (const nonces of [false, true]) {
    it(`holds tokens by a key${nonces ? ', with nonces of the server' : ''} (DPoP)`, async () => {
      const other = nonces
        ? await startTestServer({ toml: '[event.default_listener.dpop]\nrequire_nonce = true' })
        : server;
      try {
        if (nonces) await createUser(other, 'alice');
        const app = await createApp(other, { client: { accessToken: { type: 'JWT', bindingType: 'DPoP' } } });
        await holdByKey(app);
      } finally {
        if (nonces) await other.stop();
      }
    });
  }

  /** Sign-in, userinfo, refresh and an API, all with proofs. The library retries by itself when a nonce is asked for. */
  async function holdByKey(app: TestApp): Promise<void> {
    const config = await relyingParty(app);
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
    const dpop_jkt = await DPoP.calculateThumbprint();
    const tokens = await signInBy(app, config, { DPoP, parameters: { dpop_jkt } });
    expect(tokens.token_type).to.equal('dpop');
    expect(decodeJwt(tokens.access_token)['cnf']).to.deep.equal({ jkt: dpop_jkt });
    const { sub = '' } = tokens.claims() ?? {};
    expect((await oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).sub).to.equal(sub);
    const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, { DPoP });
    expect(fresh.token_type).to.equal('dpop');
    const url = new URL(`${app.server.origin}/oauth2/userinfo`);
    const call = (options: oidc.DPoPOptions) =>
      oidc.fetchProtectedResource(config, fresh.access_token, url, 'GET', undefined, undefined, options);
    expect((await call({ DPoP })).status).to.equal(200);
    const thief = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
    for (const options of [{ DPoP: thief }, {}]) {
      const refused: unknown = await call(options).catch((error: unknown) => error);
      expect(refused).to.have.property('status', 401);
    }
    const stolen: unknown = await oidc
      .refreshTokenGrant(config, fresh.refresh_token ?? '', undefined, { DPoP: thief })
      .catch((error: unknown) => error);
    expect(stolen).to.have.property('error').that.is.oneOf(['invalid_grant', 'invalid_dpop_proof']);
  }

  it('asks for single claims, and for consent', async () => {
    const app = await createApp(server, { claims: ['givenname'], asksConsent: true });
    const claims = JSON.stringify({ id_token: { given_name: { essential: true } } });
    const visitor = new Visitor(server);
    const consent = { consent_0: 'on' };
    const parameters = { scope: 'openid', claims };
    const tokens = await signInBy(app, await relyingParty(app), { visitor, parameters, consent });
    expect(tokens.claims()?.['given_name']).to.equal('Alice');
  });
});
