import { expect } from 'chai';
import * as oidc from 'openid-client';
import { createApp, createUser } from '../support/oauth-client.js';
import { relyingParty } from '../support/relying-party.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { CIBA, DEVICE_CODE, enterUserCode, expectEnd, openLink } from '../support/waiting-clients.js';

describe('openid-client lets users approve elsewhere', function () {
  // The library waits for an interval before each of its polls.
  this.timeout(30_000);
  let server: TestServer;
  before(async () => {
    const device = '[oauth.grant_type.device_code]\npolling_interval = "1s"';
    server = await startTestServer({ toml: device });
    await createUser(server, 'alice', { givenname: ['Alice'] });
  });
  after(() => server?.stop());

  it('a device without a browser polls until the user has typed its code', async () => {
    const app = await createApp(server, { client: { grantTypes: [DEVICE_CODE, 'refresh_token'], callbackURLs: [] } });
    const config = await relyingParty(app);
    const codes = await oidc.initiateDeviceAuthorization(config, { scope: 'openid' });
    expect(codes.verification_uri_complete).to.contain(codes.user_code);
    const polling = oidc.pollDeviceAuthorizationGrant(config, codes);
    expectEnd(await enterUserCode(app, codes.user_code, { username: 'alice' }));
    const tokens = await polling;
    const { sub = '' } = tokens.claims() ?? {};
    expect((await oidc.fetchUserInfo(config, tokens.access_token, sub)).sub).to.equal(sub);
    expect((await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).claims()?.sub).to.equal(sub);
  });

  it('a public device that the user denies learns it', async () => {
    const client = { publicClient: true, grantTypes: [DEVICE_CODE], callbackURLs: [] };
    const app = await createApp(server, { client, asksConsent: true, claims: ['givenname'] });
    const config = await relyingParty(app, { authentication: oidc.None() });
    const codes = await oidc.initiateDeviceAuthorization(config, { scope: 'openid profile' });
    const polling: Promise<unknown> = oidc.pollDeviceAuthorizationGrant(config, codes).catch((error: unknown) => error);
    await enterUserCode(app, codes.user_code, { username: 'alice', consent: { consent: 'deny' } });
    expect(await polling).to.include({ error: 'access_denied' });
  });

  it('a client asks the user by a link, and polls until it was opened (CIBA)', async () => {
    const app = await createApp(server, {
      client: {
        grantTypes: [CIBA, 'refresh_token'],
        callbackURLs: [],
        cibaAuthenticationRequest: { notificationChannels: ['external'], authReqExpiryTime: 120 },
      },
    });
    const config = await relyingParty(app);
    const asked = await oidc.initiateBackchannelAuthentication(config, {
      scope: 'openid',
      login_hint: 'alice',
      binding_message: 'W4SCT',
    });
    const polling = oidc.pollBackchannelAuthenticationGrant(config, asked);
    await openLink(app, { auth_url: String(asked['auth_url']) }, { username: 'alice' });
    const tokens = await polling;
    expect(tokens.claims()?.aud).to.equal(app.id);
    expect(await app.isActive(tokens.access_token)).to.equal(true);
  });
});
