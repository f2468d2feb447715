import { expect } from 'chai';
import {
  type CryptoKey,
  compactDecrypt,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWK,
  jwtVerify,
} from 'jose';
import { createApplication } from '../../support/applications.js';
import { createApp, createUser } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

describe('userinfo in the form that the client has registered', () => {
  let server: TestServer;
  let jwk: JWK;
  let privateKey: CryptoKey;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice', { emailaddress: ['alice@example.com'] });
    const pair = await generateKeyPair('RSA-OAEP-256', { extractable: true });
    privateKey = pair.privateKey;
    jwk = { ...(await exportJWK(pair.publicKey)), use: 'enc' };
  });
  after(() => server?.stop());

  const ask = async (registration: Record<string, unknown>) => {
    const app = await createApp(server, { claims: ['emailaddress'], client: { registration } });
    const { access, id } = await app.tokens('alice', { scope: 'openid email' });
    const answer = await app.userinfo(access);
    expect(answer.status, answer.text).to.equal(200);
    return { app, answer, sub: decodeJwt(id).sub, type: answer.headers.get('content-type') };
  };
  const verified = async (jwt: string) => {
    const { keys } = (await server.api<{ keys: JWK[] }>('GET', '/oauth2/jwks')).body;
    const { kid, alg } = decodeProtectedHeader(jwt);
    const { payload } = await jwtVerify(jwt, keys.find((key) => key.kid === kid) as JWK);
    return { payload, alg };
  };

  it('JSON when nothing is registered', async () => {
    const { answer, sub } = await ask({});
    expect(answer.body).to.deep.equal({ sub, email: 'alice@example.com' });
  });

  it('signed, with issuer and audience', async () => {
    for (const [name, expected] of [
      ['RS256', 'RS256'],
      ['PS256', 'PS256'],
      ['ES256', 'ES256'],
      ['SHA256withRSA', 'RS256'],
    ] as const) {
      const { app, answer, sub, type } = await ask({ userinfo_signed_response_alg: name });
      expect(type).to.equal('application/jwt');
      const { payload, alg } = await verified(answer.text);
      expect(alg).to.equal(expected);
      const iss = `${server.origin}/oauth2/token`;
      expect(payload).to.deep.equal({ sub, email: 'alice@example.com', aud: app.id, iss });
    }
  });

  it('signed and encrypted, and encrypted alone', async () => {
    const encrypted = { jwks: { keys: [jwk] }, userinfo_encrypted_response_alg: 'RSA-OAEP-256' };
    const both = await ask({
      ...encrypted,
      userinfo_signed_response_alg: 'ES256',
      userinfo_encrypted_response_enc: 'A256GCM',
    });
    const outer = await compactDecrypt(both.answer.text, privateKey);
    expect(outer.protectedHeader).to.include({ enc: 'A256GCM', cty: 'JWT' });
    expect((await verified(new TextDecoder().decode(outer.plaintext))).payload.sub).to.equal(both.sub);
    const alone = await ask(encrypted);
    expect(alone.type).to.equal('application/jwt');
    const { plaintext, protectedHeader } = await compactDecrypt(alone.answer.text, privateKey);
    expect(protectedHeader).to.include({ enc: 'A128CBC-HS256' }).and.not.to.have.property('cty');
    expect(JSON.parse(new TextDecoder().decode(plaintext))).to.deep.equal({
      sub: alone.sub,
      email: 'alice@example.com',
    });
  });
});

describe('unsigned ID tokens', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
  });
  after(() => server?.stop());

  it('only from the token endpoint: not for applications that get ID tokens through the browser', async () => {
    const unsigned = { idTokenSignedResponseAlg: 'none' };
    const { id } = await (await createApp(server, { client: { idToken: unsigned } })).tokens('alice');
    expect(decodeProtectedHeader(id)).to.deep.equal({ alg: 'none' });
    const hybrid = await createApp(server, {
      client: { idToken: unsigned, hybridFlow: { enable: true, responseType: 'code id_token' } },
    });
    expect(decodeProtectedHeader((await hybrid.tokens('alice')).id)['alg']).to.equal('RS256');
    const path = `/api/server/v1/applications/${await createApplication(server, { name: 'hybrid' })}/inbound-protocols/oidc`;
    const { status, body } = await server.api('PUT', path, {
      grantTypes: ['authorization_code'],
      callbackURLs: ['https://app.example/cb'],
      idToken: { idTokenSignedResponseAlg: 'NONE' },
      hybridFlow: { enable: true, responseType: 'code id_token' },
    });
    expect(status).to.equal(400);
    expect(body['description']).to.include('NONE');
  });
});
