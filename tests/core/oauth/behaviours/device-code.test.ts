import { expect } from 'chai';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import { createApp, createUser, expectError, type TestApp, tokensOf } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';
import { DEVICE_CODE, deviceCodes, enterUserCode, expectEnd, pollDevice } from '../../../support/waiting-clients.js';

const grantTypes = [DEVICE_CODE, 'refresh_token'];

describe('device authorization', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock });
    await createUser(server, 'alice');
    app = await createApp(server, { client: { grantTypes, callbackURLs: [] } });
  });
  after(() => server?.stop());

  it('gives a device its codes, as RFC 8628 has it', async () => {
    const codes = await deviceCodes(app);
    expect(codes).to.have.keys(
      'device_code',
      'user_code',
      'verification_uri',
      'verification_uri_complete',
      'expires_in',
      'interval',
    );
    expect(codes.device_code).to.match(/^[0-9a-f-]{36}$/);
    expect(codes.user_code).to.match(/^[BCDFGHJKLMNPQRSTVWXYZ2-9]{6}$/);
    expect(codes).to.include({ expires_in: 600, interval: 5 });
    const page = `${server.origin}/authenticationendpoint/device.do`;
    expect(codes.verification_uri).to.equal(page);
    expect(codes.verification_uri_complete).to.equal(`${page}?user_code=${codes.user_code}`);
  });

  it('[G3] given polling before approval, then 400 authorization_pending; faster than the interval slow_down; after expiry expired_token', async () => {
    const { device_code } = await deviceCodes(app);
    expectError(await pollDevice(app, device_code), 400, 'authorization_pending', 'Precondition required');
    clock.advance(4999);
    expectError(await pollDevice(app, device_code), 400, 'slow_down', 'Forbidden');
    clock.advance(5000);
    expectError(await pollDevice(app, device_code), 400, 'authorization_pending');
    clock.advance(10 * 60_000);
    expectError(await pollDevice(app, device_code), 400, 'expired_token', 'Forbidden');
  });

  it('[G28] given no client id, then 401 invalid_request; given an exchanged device code, then 400 expired_token', async () => {
    const none = await app.send('/oauth2/device_authorize', { scope: 'openid' });
    expectError(none, 401, 'invalid_request', 'Client ID not found in the request.');
    expect(none.headers.get('www-authenticate')).to.match(/^Basic realm=/);
    const unknown = await app.send('/oauth2/device_authorize', { client_id: 'nobody_of_that_name' });
    expectError(unknown, 401, 'invalid_request', 'Client credentials are invalid.');
    expect(unknown.headers.get('www-authenticate')).to.match(/^Basic realm=/);
    const { device_code, user_code } = await deviceCodes(app);
    expectEnd(await enterUserCode(app, user_code, { username: 'alice' }));
    tokensOf(await pollDevice(app, device_code));
    expectError(await pollDevice(app, device_code), 400, 'expired_token', 'Forbidden');
  });

  it('does not tell whether a client id is known that comes without its secret', async () => {
    const known = await app.send('/oauth2/device_authorize', { client_id: app.id });
    const unknown = await app.send('/oauth2/device_authorize', { client_id: 'nobody_of_that_name' });
    expect([known.status, known.text]).to.deep.equal([unknown.status, unknown.text]);
  });

  it('refuses a wrong secret, a client without the grant, and parameters that come twice', async () => {
    const authorization = `Basic ${Buffer.from(`${app.id}:wrong`).toString('base64')}`;
    expectError(await app.send('/oauth2/device_authorize', {}, { authorization }), 401, 'invalid_client');
    const other = await createApp(server);
    const answer = await other.send('/oauth2/device_authorize', {}, { authorization: other.basic });
    expectError(answer, 400, 'unauthorized_client');
    const twice = [
      ['scope', 'openid'],
      ['scope', 'email'],
    ] as const;
    const repeated = await app.send('/oauth2/device_authorize', twice, { authorization: app.basic });
    expectError(repeated, 400, 'invalid_request');
  });

  it('after the sign-in the device gets tokens for the user, with scopes that the policy grants', async () => {
    const { device_code, user_code } = await deviceCodes(app, 'openid not:authorized device_tv');
    const end = await enterUserCode(app, user_code, { username: 'alice' });
    expectEnd(end);
    expect(end.location?.searchParams.get('app_name')).to.equal(app.application.name);
    const { access, id, refresh, body } = tokensOf(await pollDevice(app, device_code));
    expect(body.scope).to.equal('openid device_tv');
    expect(id).not.to.equal('');
    expect(await app.isActive(access)).to.equal(true);
    expect((await app.introspect(access)).body['username']).to.equal('alice');
    tokensOf(await app.refresh(refresh));
  });

  it('a public client needs no secret', async () => {
    const tv = await createApp(server, { client: { grantTypes, callbackURLs: [], publicClient: true } });
    const { device_code, user_code } = await deviceCodes(tv);
    await enterUserCode(tv, user_code, { username: 'alice' });
    tokensOf(await pollDevice(tv, device_code));
  });

  it('a denied consent ends the device code', async () => {
    const asking = await createApp(server, { client: { grantTypes, callbackURLs: [] }, asksConsent: true });
    const { device_code, user_code } = await deviceCodes(asking, 'openid device_tv');
    const end = await enterUserCode(asking, user_code, { username: 'alice', consent: { consent: 'deny' } });
    expectEnd(end, 'access_denied');
    expectError(await pollDevice(asking, device_code), 400, 'access_denied');
  });

  it('a code can be typed with dashes and in either case, and is good once', async () => {
    const { user_code } = await deviceCodes(app);
    const typed = ` ${user_code.slice(0, 3)}-${user_code.slice(3)} `.toLowerCase();
    const visitor = new Visitor(server);
    const hop = await visitor.post('/oauth2/device', { user_code: typed });
    expect(hop.location?.pathname).to.match(/\/login\.do$/);
    const again = await visitor.post('/oauth2/device', { user_code });
    expect(again.location?.pathname).to.equal('/authenticationendpoint/device.do');
    expect(again.location?.searchParams.get('error')).to.equal('invalid.code');
  });

  it('a wrong, an absent and a late code lead back to the page', async () => {
    const { user_code } = await deviceCodes(app);
    clock.advance(10 * 60_000);
    for (const fields of [{ user_code }, { user_code: 'BBBBBB' }, { user_code: '' }, {}]) {
      const { location } = await new Visitor(server).post('/oauth2/device', fields as Record<string, string>);
      expect(location?.pathname).to.equal('/authenticationendpoint/device.do');
      expect(location?.searchParams.get('error')).to.equal('invalid.code');
    }
  });

  it('what is approved too late is not approved', async () => {
    const { device_code, user_code } = await deviceCodes(app);
    const visitor = new Visitor(server);
    const hop = await visitor.post('/oauth2/device', { user_code });
    clock.advance(10 * 60_000);
    const sessionDataKey = hop.location?.searchParams.get('sessionDataKey') ?? '';
    const signedIn = await visitor.post('/commonauth', {
      sessionDataKey,
      username: 'alice',
      password: 'Correct-horse-1',
    });
    expectEnd(await visitor.follow(signedIn), 'invalid_request');
    expectError(await pollDevice(app, device_code), 400, 'expired_token');
  });

  it('a session alone approves nothing: the user is asked, by the code that the device shows', async () => {
    const visitor = new Visitor(server);
    const first = await deviceCodes(app);
    await enterUserCode(app, first.user_code, { username: 'alice' }, visitor);
    const { device_code, user_code } = await deviceCodes(app);
    const question = await visitor.post('/oauth2/device', { user_code });
    expect(question.location?.pathname).to.equal('/authenticationendpoint/oauth2_consent.do');
    expectError(await pollDevice(app, device_code), 400, 'authorization_pending');
    const page = await visitor.follow(question);
    expect(page.text).to.include(user_code).and.include(app.application.name);
    expect(page.text).not.to.include('approveAlways');
    const sessionDataKeyConsent = question.location?.searchParams.get('sessionDataKeyConsent') ?? '';
    const answer = { sessionDataKeyConsent, consent: 'approve' };
    expectEnd(await visitor.post('/oauth2/authorize', answer));
    tokensOf(await pollDevice(app, device_code));
  });

  it('tokens are bound to the device flow when the application asks for it', async () => {
    const bound = await createApp(server, {
      client: { grantTypes, callbackURLs: [], accessToken: { type: 'JWT', bindingType: 'device-flow' } },
    });
    const { device_code, user_code } = await deviceCodes(bound);
    await enterUserCode(bound, user_code, { username: 'alice' });
    const { access } = tokensOf(await pollDevice(bound, device_code));
    const claims = JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >;
    expect(claims).to.include({ binding_type: 'device-flow' });
    expect(claims['binding_ref']).to.match(/^[0-9a-f]{32}$/);
  });

  it('is in the discovery document, and leaves it with its grant', async () => {
    const { body } = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
    expect(body['device_authorization_endpoint']).to.equal(`${server.origin}/oauth2/device_authorize`);
    expect(body['response_types_supported']).to.include('device');
    const without = await startTestServer({ toml: '[oauth.grant_type.device_code]\nenable = false' });
    try {
      const { body: less } = await without.api('GET', '/oauth2/token/.well-known/openid-configuration');
      expect(less).not.to.have.property('device_authorization_endpoint');
      expect(less['response_types_supported']).not.to.include('device');
      expect((await without.fetch('/oauth2/device_authorize', { method: 'POST' })).status).to.equal(404);
      expect((await without.fetch('/authenticationendpoint/device.do')).headers.get('location')).to.include('retry.do');
    } finally {
      await without.stop();
    }
  });

  it('keeps to its settings', async () => {
    const toml = `[oauth.grant_type.device_code]
key_length = 9
key_set = "BCDFGHJKLM"
expiry_time = "2m"
polling_interval = "7s"`;
    const other = await startTestServer({ toml });
    try {
      const tv = await createApp(other, { client: { grantTypes, callbackURLs: [] } });
      const codes = await deviceCodes(tv);
      expect(codes.user_code).to.match(/^[BCDFGHJKLM]{9}$/);
      expect(codes).to.include({ expires_in: 120, interval: 7 });
    } finally {
      await other.stop();
    }
  });

  it('leaves its traces in the audit log, without codes', async () => {
    const { device_code, user_code } = await deviceCodes(app);
    await enterUserCode(app, user_code, { username: 'alice' });
    await new Visitor(server).post('/oauth2/device', { user_code: 'ZZZZZZ' });
    const { AuditLogToken } = await import('#core/audit');
    const records = await server.server.container.get(AuditLogToken).list(app.place.orgId, 50);
    const actions = records.map((record) => record['action']);
    expect(actions).to.include.members(['issue-device-code', 'approve-device-request', 'refuse-user-code']);
    expect(JSON.stringify(records)).not.to.include(device_code).and.not.include(user_code);
  });
});
