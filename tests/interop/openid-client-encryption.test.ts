import { expect } from 'chai';
import { exportJWK, generateKeyPair } from 'jose';
import * as oidc from 'openid-client';
import { createApp, createUser } from '../support/oauth-client.js';
import { relyingParty, signInBy } from '../support/relying-party.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('openid-client opens encrypted ID tokens', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
  });
  after(() => server?.stop());

  for (const [algorithm, method] of [
    ['RSA-OAEP', 'A128GCM'],
    ['RSA-OAEP-256', 'A256GCM'],
    ['ECDH-ES', 'A128CBC-HS256'],
    ['ECDH-ES+A256KW', 'A256CBC-HS512'],
  ] as const) {
    it(`by ${algorithm} and ${method}`, async () => {
      const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true, crv: 'P-256' });
      const value = JSON.stringify({
        keys: [{ ...(await exportJWK(publicKey)), kid: 'e1', use: 'enc', alg: algorithm }],
      });
      const app = await createApp(server, {
        client: { idToken: { encryption: { enabled: true, algorithm, method } } },
        application: { advancedConfigurations: { certificate: { type: 'JWKS', value }, skipLoginConsent: true } },
      });
      const open = (config: oidc.Configuration) =>
        oidc.enableDecryptingResponses(config, [method], { key: privateKey, alg: algorithm, kid: 'e1' });
      const config = await relyingParty(app, { switches: [open] });
      const tokens = await signInBy(app, config);
      expect(tokens.id_token?.split('.')).to.have.length(5);
      expect(tokens.claims()?.aud).to.equal(app.id);
      const end = oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token ?? '' });
      expect(end.searchParams.get('id_token_hint')).to.equal(tokens.id_token);
      const unable: unknown = await signInBy(app, await relyingParty(app)).catch((error: unknown) => error);
      expect(unable).to.be.instanceOf(Error);
    });
  }
});
