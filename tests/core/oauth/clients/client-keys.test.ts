import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { exportJWK, SignJWT } from 'jose';
import { type ClientKeys, ClientKeysToken } from '#core/oauth';
import { ClientServiceToken } from '../../../../core/oauth/clients/client.service.js';
import { createApplication } from '../../../support/applications.js';
import { type ClientCertificate, makeCertificate } from '../../../support/client-certificate.js';
import { failureOf } from '../../../support/failures.js';
import { type IssuerKey, issuerKey, KeyEndpoint, MAY_ASK_HERE } from '../../../support/key-endpoint.js';
import { type AppOptions, createApp } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const algorithms = ['RS256', 'ES256'];

describe('the keys of clients', () => {
  let server: TestServer;
  let keys: ClientKeys;
  let signing: IssuerKey;
  let other: IssuerKey;
  let certificate: ClientCertificate;
  before(async () => {
    server = await startTestServer({ toml: MAY_ASK_HERE });
    keys = server.server.container.get(ClientKeysToken);
    [signing, other] = await Promise.all([issuerKey('RS256', 'one'), issuerKey('RS256', 'two')]);
    certificate = await makeCertificate('CN=client');
  });
  after(() => server?.stop());

  const clientOf = async (options: AppOptions) => {
    const app = await createApp(server, options);
    const client = await server.server.container.get(ClientServiceToken).find(app.place.orgId, app.id);
    if (!client) throw new Error('there is no client');
    return client;
  };
  const registered = (type: string, value: string) =>
    clientOf({ application: { advancedConfigurations: { certificate: { type, value } } } });
  const byValue = (...jwks: readonly object[]) => registered('JWKS', JSON.stringify({ keys: jwks }));
  const certificateSigned = (header: object = {}) =>
    new SignJWT({ sub: 'c' }).setProtectedHeader({ alg: 'ES256', ...header }).sign(certificate.keys.privateKey);
  const subjectOf = async (client: Awaited<ReturnType<typeof clientOf>>, jwt: string) =>
    (await keys.verify(client, jwt, { algorithms })).payload.sub;
  const codeOf = async (work: () => Promise<unknown>) => ((await failureOf(work)) as Error & { code: string }).code;

  it('a key set by value', async () => {
    const client = await byValue(signing.jwk);
    expect(await subjectOf(client, await signing.sign({ sub: 'a' }))).to.equal('a');
    expect(await codeOf(async () => subjectOf(client, await other.sign({})))).to.equal('ERR_JWKS_NO_MATCHING_KEY');
    const named = await other.sign({}, { kid: 'one' });
    expect(await codeOf(() => subjectOf(client, named))).to.equal('ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
  });

  it('a certificate, whatever the client calls its key', async () => {
    const client = await registered('PEM', certificate.cert);
    expect(await subjectOf(client, await certificateSigned())).to.equal('c');
    expect(await subjectOf(client, await certificateSigned({ kid: 'mine' }))).to.equal('c');
    expect(await codeOf(async () => subjectOf(client, await signing.sign({})))).to.equal('ERR_JOSE_NOT_SUPPORTED');
    const print = createHash('sha256').update(Buffer.from(certificate.der, 'base64')).digest('base64url');
    expect(await keys.thumbprints(client)).to.deep.equal([print]);
  });

  it('keys that came by dynamic registration, by value and by address', async () => {
    const value = await clientOf({ client: { registration: { jwks: { keys: [signing.jwk] } } } });
    expect(await subjectOf(value, await signing.sign({ sub: 'a' }))).to.equal('a');
    const endpoint = await KeyEndpoint.start(signing.jwk);
    try {
      const client = await clientOf({ client: { registration: { jwks_uri: endpoint.url } } });
      expect(await subjectOf(client, await signing.sign({ sub: 'b' }))).to.equal('b');
      expect(await subjectOf(client, await signing.sign({ sub: 'b' }))).to.equal('b');
      expect(endpoint.count).to.equal(1);
    } finally {
      endpoint.stop();
    }
  });

  it('an address in a private network is not asked', async () => {
    const client = await registered('JWKS', 'https://10.0.0.1/jwks');
    expect(await codeOf(async () => subjectOf(client, await signing.sign({})))).to.equal('key_set_unavailable');
  });

  it('a client without keys', async () => {
    const client = await clientOf({});
    expect(keys.has(client)).to.equal(false);
    expect(await codeOf(async () => subjectOf(client, await signing.sign({})))).to.equal('key_set_unavailable');
    expect(await keys.encryptionKey(client, 'RSA-OAEP')).to.equal(undefined);
    expect(await keys.thumbprints(client)).to.deep.equal([]);
  });

  it('a public key is no secret: HS256 and none are never taken, even when they are asked for', async () => {
    const client = await registered('PEM', certificate.cert);
    const forged = await new SignJWT({ sub: 'x' })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(certificate.cert));
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`;
    for (const jwt of [forged, none])
      expect(await codeOf(() => keys.verify(client, jwt, { algorithms: ['HS256', 'none', 'ES256'] }))).to.equal(
        'ERR_JOSE_ALG_NOT_ALLOWED',
      );
  });

  it('the key for encryption is one that is not for signatures, and fits the algorithm', async () => {
    const curve = await exportJWK(certificate.keys.publicKey);
    const signs = { ...signing.jwk, use: 'sig' };
    const open = { ...other.jwk, kid: 'open' };
    const encrypts = { ...other.jwk, kid: 'enc', use: 'enc' };
    const kidFor = async (algorithm: string, ...jwks: readonly object[]) =>
      (await keys.encryptionKey(await byValue(...jwks), algorithm))?.kid;
    expect(await kidFor('RSA-OAEP', signs)).to.equal(undefined);
    expect(await kidFor('RSA-OAEP', signs, open, encrypts)).to.equal('enc');
    expect(await kidFor('RSA-OAEP', open, { ...encrypts, alg: 'RSA-OAEP-256' })).to.equal('open');
    expect(await kidFor('RSA-OAEP-256', open, { ...encrypts, alg: 'RSA-OAEP-256' })).to.equal('enc');
    expect(await kidFor('ECDH-ES+A256KW', open, { ...curve, kid: 'curve' })).to.equal('curve');
    expect(await kidFor('ECDH-ES', { kty: 'OKP', crv: 'Ed25519', x: 'x'.repeat(43) })).to.equal(undefined);
    expect(await kidFor('ECDH-ES', { ...curve, kid: 'v', key_ops: ['verify'] })).to.equal(undefined);
  });

  it('keys that are none, secret or private cannot be registered', async () => {
    const refused = async (certificateGiven: object) => {
      const model = { name: `k${Math.random()}`, advancedConfigurations: { certificate: certificateGiven } };
      const { status, body } = await server.api('POST', '/api/server/v1/applications', model);
      expect(status, JSON.stringify(certificateGiven)).to.equal(400);
      return String(body['description']);
    };
    expect(await refused({ type: 'JWKS', value: '{"keys":[]}' })).to.include('JSON Web Key Set');
    expect(await refused({ type: 'JWKS', value: '{"keys":' })).to.include('JSON Web Key Set');
    expect(await refused({ type: 'JWKS', value: '{"keys":[{"kty":"oct","k":"AAAA"}]}' })).to.include('public keys');
    const withPrivate = JSON.stringify({ keys: [{ ...signing.jwk, d: 'AQAB' }] });
    expect(await refused({ type: 'JWKS', value: withPrivate })).to.include('private key');
    expect(await refused({ type: 'PEM', value: withPrivate })).to.include('PEM');
    const value = JSON.stringify({ keys: [signing.jwk] });
    const certificateTaken = { type: 'JWKS', value };
    await createApplication(server, { name: 'takes', advancedConfigurations: { certificate: certificateTaken } });
  });
});

it('key sets of clients are not fetched when the operator forbids it', async () => {
  const server = await startTestServer({ toml: `${MAY_ASK_HERE}\n[oauth.jwks_endpoint]\nenable = false` });
  const endpoint = await KeyEndpoint.start();
  try {
    const app = await createApp(server, { client: { registration: { jwks_uri: endpoint.url } } });
    const client = await server.server.container.get(ClientServiceToken).find(app.place.orgId, app.id);
    const keys = server.server.container.get(ClientKeysToken);
    const error = client && (await failureOf(() => keys.certificates(client)));
    expect(String(error)).to.include('[oauth.jwks_endpoint]');
    expect(endpoint.count).to.equal(0);
  } finally {
    endpoint.stop();
    await server.stop();
  }
});
