import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type CryptoKey, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, type JWK } from 'jose';
import * as oidc from 'openid-client';
import { Agent } from 'undici';
import { type ClientCertificate, makeCertificate } from '../support/client-certificate.js';
import { createApp, createUser, type TestApp } from '../support/oauth-client.js';
import { relyingParty, signInBy } from '../support/relying-party.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { Visitor } from '../support/visitor.js';

const grantTypes = ['authorization_code', 'refresh_token'];
const metadata = { id_token_signed_response_alg: 'PS256', authorization_signed_response_alg: 'PS256' };

describe('openid-client under the FAPI profiles', () => {
  let server: TestServer;
  let mine: ClientCertificate;
  let agent: Agent;
  let signing: { readonly key: CryptoKey; readonly kid: string };
  let jwks: { readonly keys: JWK[] };
  before(async () => {
    const authority = await makeCertificate('CN=Partner authority', { isAuthority: true });
    mine = await makeCertificate('CN=bank,O=Acme', { issuer: authority });
    const file = join(tmpdir(), `fapi-authority-${process.pid}-${Date.now()}.pem`);
    writeFileSync(file, authority.cert);
    server = await startTestServer({
      toml: `[transport.https.sslHostConfig.properties]\ncertificateVerification = "want"
[oauth.client_authenticator.tls_client_auth]\ntrusted_ca_files = ["${file}"]`,
    });
    agent = new Agent({ connect: { ca: server.authority, cert: mine.cert, key: mine.key } });
    await createUser(server, 'alice');
    const { privateKey, publicKey } = await generateKeyPair('PS256', { extractable: true });
    signing = { key: privateKey, kid: 'k1' };
    jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'PS256' }] };
  });
  after(async () => {
    await agent?.destroy();
    await server?.stop();
  });

  describe('2.0 Security Profile', () => {
    let app: TestApp;
    let config: oidc.Configuration;
    let DPoP: oidc.DPoPHandle;
    before(async () => {
      app = await createApp(server, {
        client: {
          grantTypes,
          isFAPIApplication: true,
          fapiProfile: 'FAPI2_SECURITY',
          accessToken: { type: 'JWT', bindingType: 'DPoP' },
          registration: { jwks },
        },
      });
      config = await relyingParty(app, { metadata, authentication: oidc.PrivateKeyJwt(signing) });
      oidc.enableNonRepudiationChecks(config);
      DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
    });

    const pushed = (...of: Parameters<typeof oidc.buildAuthorizationUrlWithPAR>) =>
      oidc.buildAuthorizationUrlWithPAR(of[0], of[1], { DPoP });

    it('pushes, authenticates by key, holds tokens by key', async () => {
      const tokens = await signInBy(app, config, { address: pushed, DPoP });
      expect(tokens.token_type).to.equal('dpop');
      expect(decodeProtectedHeader(tokens.id_token ?? '').alg).to.equal('PS256');
      expect(decodeProtectedHeader(tokens.access_token).alg).to.equal('PS256');
      expect(decodeJwt(tokens.access_token)['cnf']).to.deep.equal({ jkt: await DPoP.calculateThumbprint() });
      const { sub = '' } = tokens.claims() ?? {};
      expect((await oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).sub).to.equal(sub);
      const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, { DPoP });
      expect(fresh.token_type).to.equal('dpop');
    });

    it('a request that was not pushed is refused', async () => {
      const refused: unknown = await signInBy(app, config, { DPoP }).catch((error: unknown) => error);
      expect(refused).to.include({ error: 'invalid_request' });
    });

    it('a code that was asked for with a key is good for that key alone', async () => {
      const other = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
      const refused: unknown = await signInBy(app, config, { address: pushed, DPoP: other }).catch(
        (error: unknown) => error,
      );
      expect(refused).to.have.property('error').that.is.oneOf(['invalid_grant', 'invalid_dpop_proof']);
    });

    it('tokens without a key are refused', async () => {
      const plain = oidc.buildAuthorizationUrlWithPAR;
      const refused: unknown = await signInBy(app, config, { address: plain }).catch((error: unknown) => error);
      expect(refused).to.have.property('error').that.is.oneOf(['invalid_request', 'invalid_dpop_proof']);
    });
  });

  describe('1.0 Advanced', () => {
    let app: TestApp;
    before(async () => {
      app = await createApp(server, {
        client: {
          grantTypes,
          isFAPIApplication: true,
          fapiProfile: 'FAPI1_ADVANCED',
          accessToken: { type: 'JWT', bindingType: 'certificate' },
          hybridFlow: { enable: true, responseType: 'code id_token' },
          clientAuthentication: {
            tokenEndpointAuthMethod: 'tls_client_auth',
            tlsClientAuthSubjectDn: 'CN=bank,O=Acme',
          },
          registration: { jwks },
        },
      });
    });

    const configured = (execute: (config: oidc.Configuration) => void) =>
      relyingParty(app, {
        metadata,
        authentication: oidc.TlsClientAuth(),
        dispatcher: agent,
        switches: [execute, oidc.enableNonRepudiationChecks],
      });
    const signed = (...of: Parameters<typeof oidc.buildAuthorizationUrl>) =>
      oidc.buildAuthorizationUrlWithJAR(...of, signing);

    for (const [title, execute] of [
      ['a signed answer (JARM)', oidc.useJwtResponseMode],
      ['an ID token as detached signature (code id_token)', detached],
    ] as const) {
      it(`signed request, mutual TLS and ${title}`, async () => {
        const config = await configured(execute);
        const tokens = await signInBy(app, config, { address: signed });
        expect(decodeProtectedHeader(tokens.id_token ?? '').alg).to.equal('PS256');
        const { sub = '' } = tokens.claims() ?? {};
        expect((await oidc.fetchUserInfo(config, tokens.access_token, sub)).sub).to.equal(sub);
        expect(decodeJwt(tokens.access_token)['cnf']).to.have.property('x5t#S256');
        const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
        const thief = await relyingParty(app);
        const refused: unknown = await oidc
          .fetchUserInfo(thief, fresh.access_token, sub)
          .catch((error: unknown) => error);
        expect(refused).to.have.property('status', 401);
      });
    }

    it('a request that is not signed, or an answer that would not be, is refused', async () => {
      const plain: unknown = await signInBy(app, await configured(oidc.useJwtResponseMode)).catch(
        (error: unknown) => error,
      );
      expect(plain).to.include({ error: 'invalid_request' });
      const config = await configured(() => undefined);
      const open: unknown = await signInBy(app, config, { address: signed }).catch((error: unknown) => error);
      expect(open).to.include({ error: 'invalid_request' });
    });

    it('a signed and pushed request needs no other', async () => {
      const config = await configured(oidc.useJwtResponseMode);
      const tokens = await signInBy(app, config, {
        visitor: new Visitor(server),
        address: async (...of) => oidc.buildAuthorizationUrlWithPAR(config, (await signed(...of)).searchParams),
      });
      expect(tokens.claims()?.aud).to.equal(app.id);
    });
  });
});

function detached(config: oidc.Configuration): void {
  oidc.useCodeIdTokenResponseType(config);
  oidc.enableDetachedSignatureResponseChecks(config);
}
