import { expect } from 'chai';
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose';
import { createImplicitApp, formOf } from '../support/answers.js';
import { Apache, type ApacheSite } from '../support/apache.js';
import { eventually } from '../support/eventually.js';
import { createApp, createUser, type TestApp } from '../support/oauth-client.js';
import { REACHES_RECEIVERS, Receiver } from '../support/receiver.js';
import { skipWithout } from '../support/services.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { type Hop, Visitor } from '../support/visitor.js';

/** What the module tells of a session at its own address. */
interface SessionInfo {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: Record<string, unknown>;
  readonly userinfo: Record<string, unknown>;
}

const CALLBACK_PATH = '/secret/callback';

describe('mod_auth_openidc of Apache', function () {
  this.timeout(30_000);
  let server: TestServer;
  let page: Receiver;
  let apache: Apache;
  let app: TestApp;
  before(async function () {
    skipWithout(this, 'apache');
    server = await startTestServer({ toml: REACHES_RECEIVERS });
    page = await Receiver.start(() => ({ body: 'the secret page' }));
    await createUser(server, 'alice', { givenname: ['Alice'], emailaddress: ['alice@example.com'] });
    app = await createApp(server, {
      claims: ['givenname', 'emailaddress'],
      application: { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } },
    });
    apache = await Apache.start((site) =>
      [
        ...siteOf(site, app),
        `OIDCClientSecret ${app.secret}`,
        'OIDCPKCEMethod S256',
        'OIDCRemoteUserClaim email',
        '<Location /secret/admins>',
        'AuthType openid-connect',
        'Require claim email:root@example.com',
        '</Location>',
      ].join('\n'),
    );
    await app.configure({
      callbackURLs: [`${apache.origin}${CALLBACK_PATH}`, `${apache.origin}/bye`],
      logout: { backChannelLogoutUrl: `${apache.origin}${CALLBACK_PATH}?logout=backchannel` },
    });
  });
  after(async () => {
    await apache?.stop();
    await page?.stop();
    await server?.stop();
  });

  /** Directives of every site: the pages below `/secret/` are for those who have signed in. */
  const siteOf = ({ origin, file }: ApacheSite, of: TestApp) => [
    `OIDCProviderMetadataURL ${server.origin}/oauth2/token/.well-known/openid-configuration`,
    `OIDCCABundlePath ${file('ca.pem', server.authority)}`,
    `OIDCClientID ${of.id}`,
    `OIDCRedirectURI ${origin}${CALLBACK_PATH}`,
    'OIDCCryptoPassphrase a-passphrase-of-the-test',
    'OIDCScope "openid profile email"',
    'OIDCInfoHook access_token refresh_token id_token userinfo',
    `ProxyPass ${CALLBACK_PATH} !`,
    `ProxyPass /secret/ ${page.origin}/secret/`,
    '<Location /secret/>',
    'AuthType openid-connect',
    'Require valid-user',
    '</Location>',
  ];

  /** A browser: each site has cookies of its own. */
  const browser = () => ({ site: new Visitor(apache), idp: new Visitor(server) });

  /** Opens a page, is sent to sign in, and comes back. */
  async function open({ site, idp }: ReturnType<typeof browser>, path = '/secret/page'): Promise<Hop> {
    const sent = await site.get(path);
    expect(sent.location?.origin, `${sent.status} ${apache.log}`).to.equal(server.origin);
    const { location } = await app.open(idp, sent.location?.href ?? '', { username: 'alice' });
    expect(`${location?.origin}${location?.pathname}`).to.equal(`${apache.origin}${CALLBACK_PATH}`);
    const back = await site.get(location?.href ?? '');
    expect(back.location?.href, apache.log).to.equal(`${apache.origin}${path}`);
    return site.follow(back);
  }

  async function sessionOf(site: Visitor): Promise<SessionInfo> {
    const { status, text } = await site.get(`${CALLBACK_PATH}?info=json`);
    expect(status).to.equal(200);
    return JSON.parse(text) as SessionInfo;
  }

  it('shows the page only after the sign-in, and tells it who the user is', async () => {
    page.received.length = 0;
    const at = browser();
    const { status, text } = await open(at);
    expect({ status, text }).to.deep.equal({ status: 200, text: 'the secret page' });
    expect(page.received).to.have.length(1);
    expect(page.received[0]?.headers).to.include({
      oidc_claim_given_name: 'Alice',
      oidc_claim_email: 'alice@example.com',
      oidc_claim_aud: app.id,
      oidc_claim_iss: `${server.origin}/oauth2/token`,
    });
    const { id_token, userinfo, access_token } = await sessionOf(at.site);
    expect(userinfo).to.include({ given_name: 'Alice', sub: id_token['sub'] });
    expect(await app.isActive(access_token)).to.equal(true);
    expect((await at.site.get('/secret/admins')).status).to.equal(401);
  });

  it('gets new tokens for a session', async () => {
    const at = browser();
    await open(at);
    const before = await sessionOf(at.site);
    const query = new URLSearchParams({ refresh: `${apache.origin}/secret/page`, access_token: before.access_token });
    const refreshed = await at.site.get(`${CALLBACK_PATH}?${query}`);
    expect(refreshed.location?.href, apache.log).to.equal(`${apache.origin}/secret/page`);
    const after = await sessionOf(at.site);
    expect(after.access_token).not.to.equal(before.access_token);
    expect(await app.isActive(after.access_token)).to.equal(true);
    expect(await app.isActive(before.access_token)).to.equal(false);
  });

  it('logs out at the server, and takes its tokens back', async () => {
    const at = browser();
    await open(at);
    const { refresh_token, access_token } = await sessionOf(at.site);
    for (const token of [access_token, refresh_token]) expect(await app.isActive(token)).to.equal(true);
    const query = new URLSearchParams({ logout: `${apache.origin}/bye` });
    const { location } = await at.site.get(`${CALLBACK_PATH}?${query}`);
    expect(`${location?.origin}${location?.pathname}`, apache.log).to.equal(`${server.origin}/oidc/logout`);
    const gone = await at.idp.get(location?.href ?? '');
    expect(gone.location?.href).to.equal(`${apache.origin}/bye`);
    expect(await app.isActive(access_token)).to.equal(false);
    expect(await app.isActive(refresh_token)).to.equal(false);
    const again = await at.site.get('/secret/page');
    const asked = await at.idp.get(again.location?.href ?? '');
    expect(asked.location?.pathname).to.match(/\/login\.do$/);
  });

  it('forgets a session that was ended at another application (back-channel logout)', async () => {
    const at = browser();
    await open(at);
    expect((await at.site.get('/secret/page')).status).to.equal(200);
    const application = { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } };
    const other = await createApp(server, { application });
    const { id } = await other.tokens('alice', {}, at.idp);
    await at.idp.get(`/oidc/logout?${new URLSearchParams({ id_token_hint: id })}`);
    await eventually('Apache has forgotten the session', async () => {
      const { location } = await at.site.get('/secret/page');
      return location?.origin === server.origin;
    });
  });

  it('somebody without a session of this browser cannot use the answer to another', async () => {
    page.received.length = 0;
    const at = browser();
    const sent = await at.site.get('/secret/page');
    const { location } = await app.open(at.idp, sent.location?.href ?? '', { username: 'alice' });
    const victim = new Visitor(apache);
    await victim.get(location?.href ?? '');
    expect((await victim.get('/secret/page')).location?.origin).to.equal(server.origin);
    expect(page.received).to.have.length(0);
  });

  it('takes code and ID token by a form, for a signed request that it keeps at an address', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'm1', use: 'sig' }] };
    const strict = await createImplicitApp(server, {
      client: {
        clientAuthentication: { tokenEndpointAuthMethod: 'client_secret_post' },
        validateRequestObjectSignature: true,
        registration: { jwks },
      },
    });
    const pem = await exportPKCS8(privateKey);
    const object = {
      copy_from_request: ['client_id', 'response_type', 'response_mode', 'redirect_uri', 'scope', 'nonce', 'state'],
      crypto: { sign_alg: 'RS256' },
      request_object_type: 'request_uri',
    };
    const other = await Apache.start((site) =>
      [
        ...siteOf(site, strict),
        'OIDCResponseType "code id_token"',
        'OIDCResponseMode form_post',
        `OIDCPrivateKeyFiles m1#${site.file('key.pem', pem)}`,
        'OIDCProviderTokenEndpointAuth client_secret_post',
        `OIDCClientSecret ${strict.secret}`,
        `OIDCRequestObject ${JSON.stringify(JSON.stringify(object))}`,
      ].join('\n'),
    );
    try {
      const action = `${other.origin}${CALLBACK_PATH}`;
      await strict.configure({ callbackURLs: [action] });
      const [site, idp] = [new Visitor(other), new Visitor(server)];
      const { location } = await site.get('/secret/page');
      expect(location?.searchParams.get('request_uri'), other.log).to.be.a('string');
      const answer = await strict.open(idp, location?.href ?? '', { username: 'alice' });
      const back = await site.post(CALLBACK_PATH, formOf(answer, action));
      expect(back.location?.href, other.log).to.equal(`${other.origin}/secret/page`);
      expect((await site.follow(back)).text).to.equal('the secret page');
    } finally {
      await other.stop();
    }
  });
});
