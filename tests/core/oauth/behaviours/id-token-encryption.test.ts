import { expect } from 'chai';
import {
  type CryptoKey,
  compactDecrypt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWK,
  jwtVerify,
} from 'jose';
import { makeCertificate } from '../../../support/client-certificate.js';
import { createApp, createUser, expectError, type TestApp, tokensOf } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const algorithms = [
  'RSA-OAEP',
  'RSA-OAEP-256',
  'RSA-OAEP-384',
  'RSA-OAEP-512',
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A192KW',
  'ECDH-ES+A256KW',
];
const methods = ['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256', 'A128CBC+HS256', 'A192CBC-HS384', 'A256CBC-HS512'];

describe('behaviours of encrypted ID tokens', () => {
  let server: TestServer;
  const keys: Record<string, { jwk: JWK; privateKey: CryptoKey }> = {};
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    for (const alg of ['RSA-OAEP-256', 'ECDH-ES']) {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, crv: 'P-256' });
      keys[alg] = { jwk: { ...(await exportJWK(publicKey)), use: 'enc', kid: alg }, privateKey };
    }
  });
  after(() => server?.stop());

  const appWith = (jwks: readonly JWK[], encryption: { algorithm?: string; method?: string } = {}) => {
    const certificate = { type: 'JWKS', value: JSON.stringify({ keys: jwks }) };
    const idToken = { encryption: { enabled: true, ...encryption } };
    return createApp(server, {
      client: { idToken },
      application: { advancedConfigurations: { certificate, skipLoginConsent: true } },
    });
  };
  const keyFor = (algorithm: string) =>
    keys[algorithm.startsWith('ECDH') ? 'ECDH-ES' : 'RSA-OAEP-256'] as { jwk: JWK; privateKey: CryptoKey };
  const opened = async (app: TestApp, token: string, algorithm: string) => {
    const { privateKey } = keyFor(algorithm);
    // The same RSA key for each hash: as a JWK it fits them all.
    const key = algorithm.startsWith('ECDH') ? privateKey : await crypto.subtle.exportKey('jwk', privateKey);
    const { alg: _, key_ops: __, ...bare } = key as JWK;
    const { plaintext, protectedHeader } = await compactDecrypt(
      token,
      algorithm.startsWith('ECDH') ? privateKey : (bare as JWK),
    );
    const inner = new TextDecoder().decode(plaintext);
    const set = (await server.api<{ keys: JWK[] }>('GET', '/oauth2/jwks')).body;
    const jwk = set.keys.find(({ kid }) => kid === decodeProtectedHeader(inner).kid) as JWK;
    const { payload } = await jwtVerify(inner, jwk, { audience: app.id });
    return { payload, protectedHeader };
  };

  it('[O30] given ID token encryption on, then five parts, alg and enc as configured, and the inner JWT is signed', async () => {
    for (const algorithm of algorithms) {
      const { jwk } = keyFor(algorithm);
      const { kid, ...key } = jwk;
      const app = await appWith([{ ...key, kid: kid ?? '' }], { algorithm, method: 'A256GCM' });
      const { id } = await app.tokens('alice');
      expect(id.split('.')).to.have.length(5);
      const { protectedHeader, payload } = await opened(app, id, algorithm);
      expect(protectedHeader).to.include({ alg: algorithm, enc: 'A256GCM', cty: 'JWT', kid });
      expect(payload.sub).to.be.a('string');
    }
  });

  it('[O30] every method of content encryption; A128CBC+HS256 is another name of A128CBC-HS256', async () => {
    for (const method of methods) {
      const app = await appWith([keyFor('RSA-OAEP').jwk], { algorithm: 'RSA-OAEP', method });
      const { protectedHeader } = await opened(app, (await app.tokens('alice')).id, 'RSA-OAEP');
      expect(protectedHeader).to.include({ alg: 'RSA-OAEP', enc: method.replace('+', '-') });
    }
  });

  it('[O30] given nothing but that it is on, then RSA-OAEP and A128GCM, also in a refresh', async () => {
    const app = await appWith([keyFor('RSA-OAEP').jwk]);
    const { refresh } = await app.tokens('alice');
    const { id } = tokensOf(await app.refresh(refresh));
    expect((await opened(app, id, 'RSA-OAEP')).protectedHeader).to.include({ alg: 'RSA-OAEP', enc: 'A128GCM' });
  });

  it('[O30] given no key that fits, then a server error, and the log says for which application', async () => {
    const { use: _, ...signing } = keyFor('RSA-OAEP').jwk;
    const curve = await makeCertificate('CN=curve');
    const curveKey = await exportJWK(curve.keys.publicKey);
    for (const jwk of [{ ...signing, use: 'sig' }, curveKey, { ...signing, n: 'AQAB' }]) {
      const app = await appWith([jwk]);
      const code = await app.code('alice');
      server.forgetLogs();
      expectError(await app.redeem(code), 500, 'server_error', 'The application has no usable key to encrypt for it.');
      expect(JSON.stringify(server.logs)).to.include(app.id);
    }
  });
});

describe('encryption that cannot be', () => {
  it('RSA1_5 is not offered: a server that names it does not start', async () => {
    const toml = '[oauth.oidc.id_token]\nsupported_encryption_algorithms = ["RSA1_5"]';
    const failed = await startTestServer({ toml }).then((server) => server.stop(), String);
    expect(failed).to.include('supported_encryption_algorithms');
  });
});
