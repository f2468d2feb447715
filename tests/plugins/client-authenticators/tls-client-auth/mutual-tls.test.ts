import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Agent, fetch } from 'undici';
import { type ClientCertificate, makeCertificate } from '../../../support/client-certificate.js';
import {
  type AppOptions,
  createApp,
  expectError,
  type TestApp,
  type TokenBody,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const SUBJECT = 'CN=Client One, O=Acme\\, Ltd, C=NL';
const grant = { grant_type: 'client_credentials' };
const header = 'x-wso2-mtls-cert';
const client = { grantTypes: ['client_credentials'] };

/** A token request with a certificate in the TLS handshake. */
async function withCertificate(app: TestApp, shown: ClientCertificate | undefined, fields = {}, headers = {}) {
  const { server } = app;
  const certificate = shown ? { cert: shown.cert, key: shown.key } : {};
  const dispatcher = new Agent({ connect: { ca: server.authority, ...certificate } });
  try {
    const body = new URLSearchParams({ ...grant, client_id: app.id, ...fields });
    const answer = await fetch(`${server.origin}/oauth2/token`, { method: 'POST', body, dispatcher, headers });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: JSON.parse(text) as TokenBody };
  } finally {
    await dispatcher.destroy();
  }
}

const bySubject = (tlsClientAuthSubjectDn: string, tokenEndpointAuthMethod = 'tls_client_auth'): AppOptions => ({
  client: { ...client, clientAuthentication: { tokenEndpointAuthMethod, tlsClientAuthSubjectDn } },
});
const byCertificate = ({ cert }: ClientCertificate, method = ''): AppOptions => ({
  client: { ...client, clientAuthentication: { tokenEndpointAuthMethod: method } },
  application: { advancedConfigurations: { certificate: { type: 'PEM', value: cert } } },
});

describe('client certificates in the TLS handshake', () => {
  let server: TestServer;
  let authority: ClientCertificate;
  let issued: ClientCertificate;
  let own: ClientCertificate;
  let folder: string;
  before(async () => {
    authority = await makeCertificate('CN=Partner authority', { isAuthority: true });
    [issued, own] = await Promise.all([
      makeCertificate('C=NL,O=Acme\\, Ltd,CN=Client One', { issuer: authority }),
      makeCertificate('CN=Self'),
    ]);
    folder = mkdtempSync(join(tmpdir(), 'authority-'));
    const file = join(folder, 'authority.pem');
    writeFileSync(file, authority.cert);
    server = await startTestServer({
      toml: `[transport.https.sslHostConfig.properties]\ncertificateVerification = "want"
[oauth.client_authenticator.tls_client_auth]\ntrusted_ca_files = ["${file}"]`,
    });
  });
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('tls_client_auth: the subject that the application names, issued by an authority that is trusted', async () => {
    const app = await createApp(server, bySubject(SUBJECT));
    tokensOf(await withCertificate(app, issued));
    for (const written of ['c=nl,o=acme\\2c  ltd,cn=client  one', 'CN=CLIENT ONE,O="Acme, Ltd",C=nl'])
      tokensOf(await withCertificate(await createApp(server, bySubject(written)), issued));
  });

  it('another subject, a part of it, or none is refused', async () => {
    for (const written of [
      'CN=Client Two,O=Acme\\, Ltd,C=NL',
      'CN=Client One',
      'O=Client One,CN=Acme\\, Ltd,C=NL',
      'garbage',
      '=',
      'CN=',
    ])
      expectError(await withCertificate(await createApp(server, bySubject(written)), issued), 401, 'invalid_client');
    const app = await createApp(server, bySubject(SUBJECT));
    expectError(await withCertificate(app, undefined), 401, 'invalid_client');
  });

  it('who writes the right subject into a certificate of their own, or one that has expired, is refused', async () => {
    const app = await createApp(server, bySubject(SUBJECT));
    const forger = await makeCertificate('CN=Partner authority', { isAuthority: true });
    for (const forged of [
      await makeCertificate(issued.subject),
      await makeCertificate(issued.subject, { issuer: forger }),
      await makeCertificate(issued.subject, { issuer: issued }),
      await makeCertificate(issued.subject, { issuer: authority, days: -1 }),
    ])
      expectError(await withCertificate(app, forged), 401, 'invalid_client');
  });

  it('self_signed_tls_client_auth: the very certificate that is registered, alone or in a key set', async () => {
    const app = await createApp(server, byCertificate(own, 'self_signed_tls_client_auth'));
    tokensOf(await withCertificate(app, own));
    expectError(await withCertificate(app, await makeCertificate('CN=Self')), 401, 'invalid_client');
    const jwk = { ...(await crypto.subtle.exportKey('jwk', own.keys.publicKey)), x5c: [own.der] };
    const value = JSON.stringify({ keys: [jwk] });
    const application = { advancedConfigurations: { certificate: { type: 'JWKS', value } } };
    const bySet = await createApp(server, { client, application });
    tokensOf(await withCertificate(bySet, own));
    expectError(await withCertificate(bySet, issued), 401, 'invalid_client');
    const old = await makeCertificate('CN=Old', { days: -1 });
    expectError(await withCertificate(await createApp(server, byCertificate(old)), old), 401, 'invalid_client');
  });

  it('a certificate may stand beside another method, which is the one that counts', async () => {
    const app = await createApp(server, { client });
    tokensOf(await withCertificate(app, own, { client_secret: app.secret }));
    expectError(await withCertificate(app, own, { client_secret: 'wrong' }), 401, 'invalid_client');
    const strict = await createApp(server, byCertificate(own, 'tls_client_auth'));
    expectError(await withCertificate(strict, own, { client_secret: strict.secret }), 401, 'invalid_client');
  });

  it('what stands in the header counts for nothing: no proxy is trusted', async () => {
    const app = await createApp(server, byCertificate(own));
    expectError(await withCertificate(app, undefined, {}, { [header]: own.der }), 401, 'invalid_client');
    expectError(await withCertificate(app, issued, {}, { [header]: own.der }), 401, 'invalid_client');
  });

  it('discovery names the methods and that tokens can be bound', async () => {
    const { body } = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
    expect(body['tls_client_certificate_bound_access_tokens']).to.equal(true);
    expect(body['token_endpoint_auth_methods_supported']).to.include.members([
      'tls_client_auth',
      'self_signed_tls_client_auth',
    ]);
    expect(body).not.to.have.property('mtls_endpoint_aliases');
  });
});

describe('client certificates that a proxy passes on', () => {
  let server: TestServer;
  let own: ClientCertificate;
  before(async () => {
    own = await makeCertificate('CN=Client One,O=Acme\\, Ltd,C=NL');
    server = await startTestServer({
      toml: `[proxy]\ntrusted_proxies = ["127.0.0.1"]\n[oauth.mutualtls]\nclient_certificate_header = "X-Cert"
[oauth.mtls_aliases]\nenabled = true\nhostname = "mtls.example:8443"`,
    });
  });
  after(() => server?.stop());

  const send = (app: TestApp, value: string) =>
    app.send('/oauth2/token', { ...grant, client_id: app.id }, { 'x-cert': value });

  it('as PEM, URL-encoded PEM, or base64 of DER', async () => {
    const app = await createApp(server, byCertificate(own));
    const oneLine = own.cert.replaceAll('\n', ' ');
    for (const value of [own.der, oneLine, own.cert.replaceAll('\n', '\t'), encodeURIComponent(own.cert)])
      tokensOf(await send(app, value));
  });

  it('garbage, two certificates, or a stranger is refused', async () => {
    const app = await createApp(server, byCertificate(own));
    const other = await makeCertificate('CN=Other');
    const values = [
      '',
      'x',
      '%',
      '%00',
      `${own.der}, ${other.der}`,
      own.der + other.der,
      `${own.cert} ${other.cert}`.replaceAll('\n', ' '),
      other.der,
      own.der.slice(0, -8),
    ];
    for (const value of values) expectError(await send(app, value), 401, 'invalid_client');
  });

  it('the proxy has checked the chain, so that the subject alone counts', async () => {
    tokensOf(await send(await createApp(server, bySubject(SUBJECT)), own.der));
    expectError(await send(await createApp(server, bySubject('CN=Other')), own.der), 401, 'invalid_client');
  });

  it('discovery names other addresses, and assertions may be made for them', async () => {
    const { body } = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
    const aliases = body['mtls_endpoint_aliases'] as Record<string, string>;
    expect(aliases['token_endpoint']).to.equal('https://mtls.example:8443/oauth2/token');
  });

  it('tokens are bound to the certificate', async () => {
    const app = await createApp(server, {
      client: { ...client, accessToken: { type: 'JWT', bindingType: 'certificate' } },
    });
    const ask = (headers: Record<string, string>) =>
      app.send('/oauth2/token', grant, { authorization: app.basic, ...headers });
    const { access } = tokensOf(await ask({ 'x-cert': own.der }));
    const claims = JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()) as { cnf?: object };
    const print = await crypto.subtle.digest('SHA-256', Buffer.from(own.der, 'base64'));
    expect(claims.cnf).to.deep.equal({ 'x5t#S256': Buffer.from(print).toString('base64url') });
    expectError(await ask({}), 400, 'invalid_request', 'TLS certificate not found in the request.');
    expectError(await ask({ 'x-cert': 'x' }), 400, 'invalid_request', 'TLS certificate not found in the request.');
  });
});

describe('a server that no certificate reaches', () => {
  it('neither offers these methods nor lets anybody in by them', async () => {
    const server = await startTestServer();
    try {
      const own = await makeCertificate('CN=Self');
      const app = await createApp(server, byCertificate(own));
      expectError(await withCertificate(app, own, {}, { [header]: own.der }), 401, 'invalid_client');
      const { body } = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
      expect(body['tls_client_certificate_bound_access_tokens']).to.equal(false);
      expect(body['token_endpoint_auth_methods_supported']).not.to.include('tls_client_auth');
    } finally {
      await server.stop();
    }
  });

  it('a server that requires certificates talks to nobody without one', async () => {
    const server = await startTestServer({
      toml: '[transport.https.sslHostConfig.properties]\ncertificateVerification = "required"',
    });
    try {
      const own = await makeCertificate('CN=Self');
      const app = await createApp(server, byCertificate(own));
      tokensOf(await withCertificate(app, own));
      const failed = await withCertificate(app, undefined).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failed).to.be.instanceOf(TypeError);
    } finally {
      await server.stop();
    }
  });
});
