import { expect } from 'chai';
import * as oauth from 'oauth4webapi';
import { fetchOf } from '../support/http-client.js';
import { CALLBACK, createApp, type TestApp } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { Visitor } from '../support/visitor.js';

for (const required of [false, true]) {
  describe(`oauth4webapi with DPoP ${required ? 'and nonces' : 'without nonces'}`, () => {
    let server: TestServer;
    let app: TestApp;
    let as: oauth.AuthorizationServer;
    let dpop: oauth.DPoPHandle;
    let options: { [oauth.customFetch]: ReturnType<typeof fetchOf>; DPoP: oauth.DPoPHandle };
    before(async () => {
      server = await startTestServer({ toml: `[event.default_listener.dpop]\nrequire_nonce = ${required}` });
      app = await createApp(server, { client: { accessToken: { type: 'JWT', bindingType: 'DPoP' } } });
      dpop = oauth.DPoP({}, await oauth.generateKeyPair('ES256'));
      options = { [oauth.customFetch]: fetchOf(server), DPoP: dpop };
      const issuer = new URL(`${server.origin}/oauth2/token`);
      as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
    });
    after(() => server?.stop());

    const client = () => ({ client_id: app.id });
    const authentication = () => oauth.ClientSecretBasic(app.secret);

    /** Does it, and once more when the server has asked for a nonce. */
    async function withNonce<T>(work: () => Promise<T>): Promise<T> {
      try {
        return await work();
      } catch (error) {
        if (!required || !oauth.isDPoPNonceError(error)) throw error;
        return work();
      }
    }

    it('binds a code by dpop_jkt, redeems it, calls userinfo and refreshes', async () => {
      expect(as.dpop_signing_alg_values_supported).to.include('ES256');
      const verifier = oauth.generateRandomCodeVerifier();
      const done = await app.visit(new Visitor(server), {
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        dpop_jkt: await dpop.calculateThumbprint(),
        state: 's',
      });
      const answer = oauth.validateAuthResponse(as, client(), done.location as URL, 's');
      const first = await withNonce(async () => {
        const by = authentication();
        const asked = await oauth.authorizationCodeGrantRequest(as, client(), by, answer, CALLBACK, verifier, options);
        return oauth.processAuthorizationCodeResponse(as, client(), asked);
      });
      expect(first.token_type).to.equal('dpop');
      const info = await withNonce(async () => {
        const asked = await oauth.userInfoRequest(as, client(), first.access_token, options);
        return oauth.processUserInfoResponse(as, client(), oauth.skipSubjectCheck, asked);
      });
      expect(info.sub).to.be.a('string');
      const second = await withNonce(async () => {
        const token = first.refresh_token ?? '';
        const asked = await oauth.refreshTokenGrantRequest(as, client(), authentication(), token, options);
        return oauth.processRefreshTokenResponse(as, client(), asked);
      });
      expect(second.token_type).to.equal('dpop');
      const url = new URL(`${server.origin}/oauth2/userinfo?a=b`);
      const response = await withNonce(() =>
        oauth.protectedResourceRequest(second.access_token, 'POST', url, undefined, null, options),
      );
      expect(response.status).to.equal(200);
    });

    it('takes our bound tokens as a resource server (RFC 9449 §7)', async () => {
      const { access_token } = await withNonce(async () => {
        const asked = await oauth.clientCredentialsGrantRequest(as, client(), authentication(), {}, options);
        return oauth.processClientCredentialsResponse(as, client(), asked);
      });
      let sent: Request | undefined;
      const api = new URL('https://api.example/things');
      await oauth.protectedResourceRequest(access_token, 'GET', api, undefined, null, {
        DPoP: dpop,
        [oauth.customFetch]: async (url, init) => {
          sent = new Request(url, init as RequestInit);
          return new Response('{}');
        },
      });
      const claims = await oauth.validateJwtAccessToken(as, sent as Request, app.id, {
        requireDPoP: true,
        [oauth.customFetch]: fetchOf(server),
      });
      expect(claims.cnf).to.deep.equal({ jkt: await dpop.calculateThumbprint() });
    });
  });
}
