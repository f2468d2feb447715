import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { AuditLogToken } from '#core/audit';
import { StateStoreToken } from '#core/persistence';
import { type User, UserServiceToken } from '#core/users';
import { ClientServiceToken } from '../../../../core/oauth/clients/client.service.js';
import { AccessTokenMakerToken } from '../../../../core/oauth/token/access-token-maker.js';
import type { Bound } from '../../../../core/oauth/tokens/records.js';
import { dpopKey, proofOf } from '../../../support/dpop-client.js';
import { eventually } from '../../../support/eventually.js';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import { type MailServer, startMailServer } from '../../../support/mail-server.js';
import {
  type AppOptions,
  createApp,
  createUser,
  expectError,
  type TestApp,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';
import { askElsewhere, askedElsewhere, CIBA, expectEnd, openLink, pollCiba } from '../../../support/waiting-clients.js';
import { peersAllowed } from '../../notifications/notification-calls.js';

describe('client-initiated backchannel authentication', () => {
  let server: TestServer;
  let clock: HeldClock;
  let mail: MailServer;
  let alice: User;
  let app: TestApp;
  let agents = 0;
  before(async () => {
    clock = heldClock();
    mail = await startMailServer({ authentication: 'NONE' });
    const adapter = `[output_adapter.email]
from_address = "no-reply@shop.example"
hostname = "localhost"
port = ${mail.port}
enable_authentication = false
`;
    server = await startTestServer({ clock, toml: peersAllowed(mail.authorityFile) + adapter });
    alice = await createUser(server, 'alice', { emailaddress: ['alice@shop.example'] });
    await createUser(server, 'bob');
    app = await make(['external']);
  });
  after(async () => {
    await server?.stop();
    await mail?.stop();
  });

  const make = (notificationChannels: string[], more: AppOptions['client'] = {}, options: AppOptions = {}) =>
    createApp(server, {
      ...options,
      client: {
        grantTypes: [CIBA, 'refresh_token', 'authorization_code'],
        cibaAuthenticationRequest: { notificationChannels, authReqExpiryTime: 120 },
        ...more,
      },
    });
  /** A token of an agent as this server gives them, or of a user. */
  async function agentToken(of: TestApp, isAgent = true, bound?: Bound): Promise<string> {
    const { container } = server.server;
    const agent = await createUser(server, `agent-${++agents}`);
    const client = await container.get(ClientServiceToken).find(of.place.orgId, of.id);
    if (!client) throw new Error('the client is gone');
    const subjectType = isAgent ? ('AGENT' as const) : undefined;
    const organization = { id: of.place.orgId, handle: 'carbon.super', name: 'Super', prefix: '' };
    const http = { organization, baseUrl: server.origin } as Parameters<ReturnType<typeof maker>['make']>[0]['http'];
    const terms = bound ? { bound } : {};
    const order = { http, client, person: agent, scopes: [], terms, subjectType, grantType: 'x', now: clock.now() };
    const { token, changes, grantId = '' } = await maker().make(order);
    const grant = {
      clientId: of.id,
      userId: agent.id,
      scopes: [],
      authentication: { time: 0, methods: [] },
      createdAt: 0,
    };
    const put = {
      orgId: of.place.orgId,
      kind: 'oauth-grant',
      id: grantId,
      value: grant,
      expiresAt: clock.now() + 60_000,
    };
    await container.get(StateStoreToken).apply([...changes, { put }]);
    return token;
  }
  const maker = () => server.server.container.get(AccessTokenMakerToken);

  it('[G4] given the external channel, then auth_url is in the answer; polling before login is authorization_pending; after success a second poll fails', async () => {
    const asked = await askedElsewhere(app);
    expect(asked).to.have.keys('auth_req_id', 'expires_in', 'interval', 'auth_url');
    expect(asked).to.include({ expires_in: 120, interval: 2 });
    expect(asked.auth_url).to.match(new RegExp(`^${server.origin}/oauth2/ciba_authorize\\?authCodeKey=`));
    expectError(await pollCiba(app, asked.auth_req_id), 400, 'authorization_pending');
    expectEnd(await openLink(app, asked, { username: 'alice' }));
    const { access, id, refresh } = tokensOf(await pollCiba(app, asked.auth_req_id));
    expect((await app.introspect(access)).body['username']).to.equal('alice');
    expect(decodeJwt(id).sub).to.equal(alice.id);
    tokensOf(await app.refresh(refresh));
    expectError(await pollCiba(app, asked.auth_req_id), 400, 'invalid_grant');
  });

  it('[G5] given the actor token of an agent, then the access token has act.sub of the agent and sub of the user', async () => {
    const jwt = await make(['external'], { accessToken: { type: 'JWT' } });
    const actor_token = await agentToken(jwt);
    const agent = decodeJwt(actor_token).sub;
    const asked = await askedElsewhere(jwt, { actor_token });
    const visitor = new Visitor(server);
    let hop = await visitor.get(asked.auth_url ?? '');
    const sessionDataKey = hop.location?.searchParams.get('sessionDataKey') ?? '';
    hop = await visitor.post('/commonauth', { sessionDataKey, username: 'alice', password: 'Correct-horse-1' });
    hop = await visitor.follow(hop);
    expect((await visitor.follow(hop)).text).to.include(agent);
    const sessionDataKeyConsent = hop.location?.searchParams.get('sessionDataKeyConsent') ?? '';
    expectEnd(await visitor.post('/oauth2/authorize', { sessionDataKeyConsent, consent: 'approve' }));
    const { access } = tokensOf(await pollCiba(jwt, asked.auth_req_id));
    const claims = decodeJwt(access);
    expect(claims).to.include({ sub: alice.id, aut: 'APPLICATION_USER' });
    expect(claims['act']).to.deep.equal({ sub: agent });
  });

  it('an actor token that is broken, of a user, or of another making is refused', async () => {
    const jwt = await make(['external'], { accessToken: { type: 'JWT' } });
    const good = await agentToken(jwt);
    const [header, payload] = good.split('.');
    const unsigned = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.`;
    const bad = ['x', 'a.b.c', `${header}.${payload}.AAAA`, unsigned, await agentToken(jwt, false)];
    for (const actor_token of bad) {
      const answer = await askElsewhere(jwt, { actor_token });
      expectError(answer, 400, 'invalid_request');
      expect(answer.body.error_description).to.match(/^Invalid actor_token: /);
    }
  });

  it('an actor token that is bound to a key is refused without a proof of that key', async () => {
    const bound = await make(['external'], { accessToken: { type: 'JWT' } });
    const key = await dpopKey();
    const actor_token = await agentToken(bound, true, { type: 'DPoP', value: key.thumbprint });
    const fields = { scope: 'openid', login_hint: 'alice', actor_token };
    const ask = (headers: Record<string, string>) =>
      bound.send('/oauth2/ciba', fields, { authorization: bound.basic, ...headers });
    const url = `${server.origin}/oauth2/ciba`;
    expectError(await ask({}), 400, 'invalid_request');
    expectError(
      await ask({ dpop: await proofOf(await dpopKey(), 'POST', url, { at: clock.now() }) }),
      400,
      'invalid_request',
    );
    expect((await ask({ dpop: await proofOf(key, 'POST', url, { at: clock.now() }) })).status).to.equal(200);
  });

  it('[G18] given requested_expiry above the limit of the application, then expires_in is the limit', async () => {
    expect((await askedElsewhere(app, { requested_expiry: '5000' })).expires_in).to.equal(120);
    expect((await askedElsewhere(app, { requested_expiry: '60' })).expires_in).to.equal(60);
    const free = await make(['external'], { cibaAuthenticationRequest: { notificationChannels: ['external'] } });
    expect((await askedElsewhere(free)).expires_in).to.equal(3600);
    for (const requested_expiry of ['0', '-1', '1.5', 'soon', '1e3'])
      expectError(await askElsewhere(app, { requested_expiry }), 400, 'invalid_request');
  });

  it('[G19] given a channel that the application does not have, then 400 invalid_request', async () => {
    const text = 'Requested notification channel is not allowed for this application.';
    expectError(await askElsewhere(app, { notification_channel: 'email' }), 400, 'invalid_request', text);
    expectError(await askElsewhere(app, { notification_channel: 'pigeon' }), 400, 'invalid_request');
  });

  it('polling faster than the interval gives slow_down and makes the interval longer; at the interval authorization_pending', async () => {
    const { auth_req_id } = await askedElsewhere(app);
    const steps: [number, string][] = [
      [0, 'authorization_pending'],
      [2000, 'authorization_pending'],
      [1999, 'slow_down'],
      [4999, 'slow_down'],
      [8000, 'authorization_pending'],
    ];
    for (const [wait, error] of steps) {
      clock.advance(wait);
      expectError(await pollCiba(app, auth_req_id), 400, error);
    }
    clock.advance(120_000);
    expectError(await pollCiba(app, auth_req_id), 400, 'expired_token', 'Token expired');
  });

  it('what the user denies is denied', async () => {
    const asking = await make(['external'], {}, { asksConsent: true });
    const asked = await askedElsewhere(asking, { scope: 'openid device_x' });
    const denied = { username: 'alice', consent: { consent: 'deny' } };
    expectEnd(await openLink(asking, asked, denied), 'access_denied');
    expectError(await pollCiba(asking, asked.auth_req_id), 400, 'access_denied', 'User denied authentication');
    const late = await openLink(asking, asked, { username: 'alice' });
    expectEnd(late, 'ciba.key.invalid');
  });

  it('the binding message is always shown before the answer, and has to be harmless', async () => {
    const asked = await askedElsewhere(app, { binding_message: 'Pay 10 € & go, ref "4711"' });
    const visitor = new Visitor(server);
    let hop = await visitor.get(asked.auth_url ?? '');
    const sessionDataKey = hop.location?.searchParams.get('sessionDataKey') ?? '';
    hop = await visitor.post('/commonauth', { sessionDataKey, username: 'alice', password: 'Correct-horse-1' });
    hop = await visitor.follow(hop);
    expect(hop.location?.pathname).to.match(/oauth2_consent\.do$/);
    expect((await visitor.follow(hop)).text).to.include('Pay 10 € &amp; go, ref &quot;4711&quot;');
    for (const binding_message of ['<b>', ' ', 'a\nb', 'a\u202eb', 'x'.repeat(251), 'a\0'])
      expectError(await askElsewhere(app, { binding_message }), 400, 'invalid_binding_message');
  });

  it('only the user that was asked can answer', async () => {
    const asked = await askedElsewhere(app);
    expectEnd(await openLink(app, asked, { username: 'bob' }), 'ciba.user.mismatch');
    expectError(await pollCiba(app, asked.auth_req_id), 400, 'access_denied');
  });

  it('an unknown user, no user and too many hints are refused', async () => {
    expectError(await askElsewhere(app, { login_hint: 'nobody' }), 400, 'unknown_user_id');
    const missing = "Missing required parameters. Either 'request' JWT or (scope, login_hint) are required.";
    expectError(await askElsewhere(app, { login_hint: '' }), 400, 'invalid_request', missing);
    expectError(await askElsewhere(app, { scope: '' }), 400, 'invalid_request', missing);
    expectError(await askElsewhere(app, { login_hint_token: 'x' }), 400, 'invalid_request');
    expectError(await askElsewhere(app, { id_token_hint: 'x' }), 400, 'invalid_request');
  });

  it('a user that is not looked up before has to be the one that signs in', async () => {
    const notificationChannels = ['external'];
    const blind = await make([], { cibaAuthenticationRequest: { notificationChannels, skipUserValidation: true } });
    const nobody = await askedElsewhere(blind, { login_hint: 'nobody' });
    expectEnd(await openLink(blind, nobody, { username: 'bob' }), 'ciba.user.mismatch');
    const asked = await askedElsewhere(blind);
    expectEnd(await openLink(blind, asked, { username: 'alice' }));
    tokensOf(await pollCiba(blind, asked.auth_req_id));
  });

  it('by e-mail the user gets the link, and the client does not', async () => {
    const mailing = await make(['external', 'email']);
    const asked = await askedElsewhere(mailing, { binding_message: 'Order 4711' });
    expect(asked).not.to.have.property('auth_url');
    const received = await eventually('the mail arrives', () => mail.received.at(-1));
    expect(received.recipients).to.deep.equal(['alice@shop.example']);
    const text = received.mail.text ?? received.mail.html ?? '';
    expect(text).to.include('Order 4711');
    const auth_url = /https:\/\/localhost:\d+\/oauth2\/ciba_authorize\?authCodeKey=[\w-]+/.exec(text)?.[0] ?? '';
    expectEnd(await openLink(mailing, { auth_url }, { username: 'alice' }));
    tokensOf(await pollCiba(mailing, asked.auth_req_id));
  });

  it('external is chosen without being asked for only when it is the sole channel', async () => {
    const both = await make(['external', 'email']);
    const external = await askedElsewhere(both, { notification_channel: 'external' });
    expect(external).to.have.property('auth_url');
    expectError(await askElsewhere(both, { login_hint: 'bob' }), 400, 'invalid_request');
    const sms = await make(['sms']);
    expectError(await askElsewhere(sms), 400, 'invalid_request');
  });

  it('a link that is wrong, missing or too late leads to a page that says so', async () => {
    const visitor = new Visitor(server);
    expectEnd(await visitor.get('/oauth2/ciba_authorize'), 'ciba.key.missing');
    expectEnd(await visitor.get('/oauth2/ciba_authorize?authCodeKey=x'), 'ciba.key.invalid');
    const { auth_url = '' } = await askedElsewhere(app);
    clock.advance(120_000);
    const hop = await visitor.get(auth_url);
    expectEnd(hop, 'ciba.key.invalid');
    expect((await visitor.follow(hop)).status).to.equal(200);
  });

  it('is not for clients without a secret, and not for those without the grant', async () => {
    const open = await make(['external'], { publicClient: true, grantTypes: ['authorization_code', CIBA] });
    const fields = { client_id: open.id, scope: 'openid', login_hint: 'alice' };
    expectError(await open.send('/oauth2/ciba', fields), 400, 'unauthorized_client');
    const without = await make(['external'], { grantTypes: ['authorization_code'] });
    expectError(await askElsewhere(without), 400, 'unauthorized_client');
    expectError(await app.send('/oauth2/ciba', { ...fields, client_id: app.id }), 401, 'invalid_client');
  });

  it('is in the discovery document with what it can do', async () => {
    const { body } = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
    expect(body).to.deep.include({
      backchannel_authentication_endpoint: `${server.origin}/oauth2/ciba`,
      backchannel_token_delivery_modes_supported: ['poll'],
      backchannel_authentication_request_signing_alg_values_supported: ['PS256', 'ES256'],
      backchannel_user_code_parameter_supported: false,
    });
    expect(body['response_types_supported']).to.include('cibaAuthCode');
  });

  it('leaves its traces in the audit log, without links and ids', async () => {
    const asked = await askedElsewhere(app);
    await openLink(app, asked, { username: 'alice' });
    const records = await server.server.container.get(AuditLogToken).list(app.place.orgId, 20);
    const actions = records.map((record) => record['action']);
    expect(actions).to.include.members(['begin-ciba-request', 'approve-ciba-request']);
    expect(JSON.stringify(records)).not.to.include(asked.auth_req_id).and.not.include('authCodeKey');
  });

  it('an approval is worth nothing once the password of the user has changed', async () => {
    const carol = await createUser(server, 'carol');
    const asked = await askedElsewhere(app, { login_hint: 'carol' });
    await openLink(app, asked, { username: 'carol' });
    await server.server.container.get(UserServiceToken).setPassword(carol.orgId, carol.id, 'Another-horse-2', 'user');
    expectError(await pollCiba(app, asked.auth_req_id), 400, 'access_denied');
  });
});
