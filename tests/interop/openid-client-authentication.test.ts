import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { exportJWK, generateKeyPair } from 'jose';
import * as oidc from 'openid-client';
import { Agent } from 'undici';
import { type ClientCertificate, makeCertificate } from '../support/client-certificate.js';
import { type AppOptions, createApp, createUser, type TestApp } from '../support/oauth-client.js';
import { relyingParty, signInBy } from '../support/relying-party.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials'];

describe('openid-client authenticates', () => {
  let server: TestServer;
  let authority: ClientCertificate;
  const agents: Agent[] = [];
  before(async () => {
    authority = await makeCertificate('CN=Partner authority', { isAuthority: true });
    const file = join(tmpdir(), `interop-authority-${process.pid}-${Date.now()}.pem`);
    writeFileSync(file, authority.cert);
    server = await startTestServer({
      toml: `[oauth]\nhash_client_secret = false
[transport.https.sslHostConfig.properties]\ncertificateVerification = "want"
[oauth.client_authenticator.tls_client_auth]\ntrusted_ca_files = ["${file}"]`,
    });
    await createUser(server, 'alice');
  });
  after(async () => {
    await Promise.all(agents.map((agent) => agent.destroy()));
    await server?.stop();
  });

  /** An application held to one method. */
  const createHeld = (tokenEndpointAuthMethod: string, more: AppOptions = {}): Promise<TestApp> =>
    createApp(server, {
      ...more,
      client: {
        grantTypes,
        ...more.client,
        clientAuthentication: { tokenEndpointAuthMethod, ...more.client?.clientAuthentication },
      },
    });

  /** Everything a client does with its credentials: code, refresh, introspection, revocation, a pushed request. */
  async function useEverywhere(app: TestApp, config: oidc.Configuration): Promise<void> {
    const tokens = await signInBy(app, config, { address: oidc.buildAuthorizationUrlWithPAR });
    expect(tokens.claims()?.aud).to.equal(app.id);
    const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(await oidc.tokenIntrospection(config, fresh.access_token)).to.include({ active: true, client_id: app.id });
    await oidc.tokenRevocation(config, fresh.access_token);
    expect((await oidc.tokenIntrospection(config, fresh.access_token)).active).to.equal(false);
    expect((await oidc.clientCredentialsGrant(config)).access_token).to.be.a('string');
  }

  /** Expects that the client is not let in. */
  async function expectRefused(config: oidc.Configuration): Promise<void> {
    const refused: unknown = await oidc.clientCredentialsGrant(config).catch((error: unknown) => error);
    // The library reads the challenge of the answer, not its body.
    expect(refused).to.have.property('status', 401);
    expect(refused).to.have.nested.property('cause.0.scheme', 'basic');
  }

  for (const alg of ['PS256', 'ES256', 'RS256']) {
    it(`by private_key_jwt with ${alg}`, async () => {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
      const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg, use: 'sig' }] };
      const app = await createHeld('private_key_jwt', { client: { registration: { jwks } } });
      const authentication = oidc.PrivateKeyJwt({ key: privateKey, kid: 'k1' });
      await useEverywhere(app, await relyingParty(app, { authentication }));
      const stranger = await generateKeyPair(alg);
      const wrong = oidc.PrivateKeyJwt({ key: stranger.privateKey, kid: 'k1' });
      await expectRefused(await relyingParty(app, { authentication: wrong }));
    });
  }

  it('by client_secret_jwt', async () => {
    const app = await createHeld('client_secret_jwt');
    const config = await relyingParty(app, { authentication: oidc.ClientSecretJwt(app.secret) });
    await useEverywhere(app, config);
    await expectRefused(await relyingParty(app, { authentication: oidc.ClientSecretJwt('x'.repeat(43)) }));
    await expectRefused(await relyingParty(app, { authentication: oidc.ClientSecretPost(app.secret) }));
  });

  /** The library with a certificate on each of its connections. */
  async function withCertificate(app: TestApp, { cert, key }: ClientCertificate): Promise<oidc.Configuration> {
    const dispatcher = new Agent({ connect: { ca: server.authority, cert, key } });
    agents.push(dispatcher);
    return relyingParty(app, { authentication: oidc.TlsClientAuth(), dispatcher });
  }

  it('by tls_client_auth, the tokens bound to the certificate', async () => {
    const [mine, other] = (await Promise.all(
      ['CN=mine,O=Acme', 'CN=other,O=Acme'].map((subject) => makeCertificate(subject, { issuer: authority })),
    )) as [ClientCertificate, ClientCertificate];
    const app = await createHeld('tls_client_auth', {
      client: {
        accessToken: { bindingType: 'certificate', validateTokenBinding: true },
        clientAuthentication: { tlsClientAuthSubjectDn: 'CN=mine,O=Acme' },
      },
    });
    const config = await withCertificate(app, mine);
    await useEverywhere(app, config);
    const tokens = await signInBy(app, config);
    const { sub = '' } = tokens.claims() ?? {};
    expect((await oidc.fetchUserInfo(config, tokens.access_token, sub)).sub).to.equal(sub);
    const thief = await withCertificate(app, other);
    await expectRefused(thief);
    const refused: unknown = await oidc.fetchUserInfo(thief, tokens.access_token, sub).catch((error: unknown) => error);
    expect(refused).to.have.property('status', 401);
  });

  it('by self_signed_tls_client_auth', async () => {
    const mine = await makeCertificate('CN=Self');
    const application = {
      advancedConfigurations: { certificate: { type: 'PEM', value: mine.cert }, skipLoginConsent: true },
    };
    const app = await createHeld('self_signed_tls_client_auth', { application });
    await useEverywhere(app, await withCertificate(app, mine));
    await expectRefused(await withCertificate(app, await makeCertificate('CN=Self')));
  });
});
