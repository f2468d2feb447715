import { expect } from 'chai';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { DatabaseToken } from '#core/persistence';
import { SessionServiceToken } from '#core/sessions';
import { UserServiceToken } from '#core/users';
import { StateSweeperToken } from '../../../core/persistence/state/state-sweeper.js';
import { eventually } from '../../support/eventually.js';
import { heldClock } from '../../support/held-clock.js';
import { createApp, createUser, type TestApp } from '../../support/oauth-client.js';
import { REACHES_RECEIVERS, Receiver } from '../../support/receiver.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor, withQuery } from '../../support/visitor.js';

describe('back-channel logout', () => {
  let server: TestServer;
  let receiver: Receiver;
  let first: TestApp;
  let second: TestApp;

  before(async () => {
    receiver = await Receiver.start();
    server = await startTestServer({ toml: `${REACHES_RECEIVERS}[outbox]\npoll_interval = "50ms"` });
    const application = { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } };
    const logout = (path: string) => ({ logout: { backChannelLogoutUrl: `${receiver.origin}${path}` } });
    first = await createApp(server, { application });
    second = await createApp(server, { application, client: logout('/second') });
  });
  beforeEach(() => {
    server.forgetLogs();
    receiver.received.length = 0;
    receiver.answers(() => undefined);
  });
  after(async () => {
    await server.stop();
    await receiver.stop();
  });

  /** A visitor of both applications: with the hint for the way out of the first, and the ID token of the second. */
  async function signedIn(username: string) {
    await createUser(server, username);
    const visitor = new Visitor(server);
    const hint = (await first.tokens(username, {}, visitor)).id;
    return { visitor, hint, id: decodeJwt((await second.tokens(username, {}, visitor)).id) };
  }
  const logoutToken = async () => {
    const { body } = await eventually('a logout token', () => receiver.received[0]);
    return new URLSearchParams(body).get('logout_token') ?? '';
  };

  it('[O27] given two applications in one session and one logs out, then the other gets a token with its aud and sid', async () => {
    const { visitor, hint, id } = await signedIn('anna');
    await visitor.get(withQuery('/oidc/logout', { id_token_hint: hint }));
    const token = await logoutToken();
    const keys = await (await server.fetch('/oauth2/jwks')).text();
    expect(receiver.received[0]).to.include({ method: 'POST' });
    expect(receiver.received[0]?.headers['content-type']).to.equal('application/x-www-form-urlencoded');
    expect(keys).to.contain(String(decodeProtectedHeader(token).kid));
    const { aud, sub, sid, iss, events, iat = 0, exp, jti, ...rest } = decodeJwt(token);
    expect({ aud, sub, sid, iss }).to.deep.equal({ aud: second.id, sub: id.sub, sid: id['sid'], iss: id.iss });
    expect(events).to.deep.equal({ 'http://schemas.openid.net/event/backchannel-logout': {} });
    expect(exp).to.equal(iat + 120);
    expect(jti).to.match(/^[0-9a-f-]{36}$/);
    expect(rest).to.deep.equal({});
    expect(decodeProtectedHeader(token)).to.include({ typ: 'logout+jwt', alg: 'RS256' });
  });

  it('is signed with the key of the organization', async () => {
    const { visitor, hint } = await signedIn('bert');
    await visitor.get(withQuery('/oidc/logout', { id_token_hint: hint }));
    const token = await logoutToken();
    const jwks = (await (await server.fetch('/oauth2/jwks')).json()) as JSONWebKeySet;
    await jwtVerify(token, createLocalJWKSet(jwks), { audience: second.id });
  });

  it('is tried again when the application is not there, with a fresh token', async () => {
    const { visitor, hint } = await signedIn('carl');
    receiver.answers(() => (receiver.received.length === 1 ? { status: 503 } : undefined));
    await visitor.get(withQuery('/oidc/logout', { id_token_hint: hint }));
    await eventually('a second attempt', () => receiver.received.length === 2);
    const [one, two] = receiver.received.map(({ body }) =>
      decodeJwt(new URLSearchParams(body).get('logout_token') ?? ''),
    );
    expect(one?.['sid']).to.equal(two?.['sid']);
    expect(one?.jti).not.to.equal(two?.jti);
  });

  it('is not tried again when the application says that it cannot', async () => {
    const { visitor, hint } = await signedIn('dora');
    receiver.answers(() => ({ status: 400 }));
    await visitor.get(withQuery('/oidc/logout', { id_token_hint: hint }));
    await eventually('the warning', () =>
      server.logs.some(({ msg }) => msg === 'an application did not take a logout token'),
    );
    expect(receiver.received).to.have.length(1);
  });

  it('comes too when the session ends in another way: by an administrator, by a new password, with the user', async () => {
    const { container } = server.server;
    const users = container.get(UserServiceToken);
    const ends = {
      emil: (orgId: string, id: string) => container.get(SessionServiceToken).terminateAllOf(orgId, id),
      fred: (orgId: string, id: string) => users.setPassword(orgId, id, 'Another-pass-1', 'administrator'),
      gina: (orgId: string, id: string) => users.delete(orgId, id),
    };
    for (const [name, end] of Object.entries(ends)) {
      receiver.received.length = 0;
      const { id } = await signedIn(name);
      const user = await users.findByUsername(second.place.orgId, name);
      await end(second.place.orgId, user?.id ?? '');
      const { sid, sub } = decodeJwt(await logoutToken());
      expect({ sid, sub }).to.deep.equal({ sid: id['sid'], sub: id.sub });
    }
  });

  it('does not keep a session from ending when the store of the user is away, and comes when that is back', async () => {
    const users = server.server.container.get(UserServiceToken);
    const { findById } = users;
    const { visitor, hint, id } = await signedIn('jana');
    let asked = 0;
    users.findById = () => {
      asked++;
      throw new Error('the store is away');
    };
    try {
      const { status, location } = await visitor.get(withQuery('/oidc/logout', { id_token_hint: hint }));
      expect(status, location?.href).to.equal(302);
      expect(location?.pathname).to.equal('/authenticationendpoint/oauth2_logout.do');
      await eventually('an attempt', () => asked > 0);
      expect(receiver.received).to.deep.equal([]);
    } finally {
      users.findById = findById;
    }
    const token = decodeJwt(await logoutToken());
    expect({ sid: token['sid'], sub: token.sub }).to.deep.equal({ sid: id['sid'], sub: id.sub });
  });

  it('goes to nobody who was not in the session', async () => {
    await createUser(server, 'hans');
    const visitor = new Visitor(server);
    const hint = (await first.tokens('hans', {}, visitor)).id;
    await visitor.get(withQuery('/oidc/logout', { id_token_hint: hint }));
    const { visitor: other, hint: otherHint } = await signedIn('ida');
    await other.get(withQuery('/oidc/logout', { id_token_hint: otherHint }));
    await logoutToken();
    expect(receiver.received).to.have.length(1);
  });
});

describe('back-channel logout when the time of a session is over', function () {
  this.timeout(30_000);
  const clock = heldClock();
  let server: TestServer;
  let receiver: Receiver;
  let app: TestApp;
  before(async () => {
    receiver = await Receiver.start();
    const toml = `${REACHES_RECEIVERS}[outbox]\npoll_interval = "50ms"\n[state_store]\ncleanup_interval = "1h"`;
    server = await startTestServer({ clock, toml });
    const logout = { backChannelLogoutUrl: `${receiver.origin}/ended` };
    app = await createApp(server, { client: { logout, accessToken: { revokeTokensWhenIDPSessionTerminated: true } } });
  });
  after(async () => {
    await server?.stop();
    await receiver?.stop();
  });

  const sweep = () => server.server.container.get(StateSweeperToken).sweep();

  it('tells the applications of the session, once, and ends the tokens that end with it', async () => {
    const plain = await createApp(server);
    await createUser(server, 'anna');
    const visitor = new Visitor(server);
    const { id, access } = await app.tokens('anna', {}, visitor);
    const other = await plain.tokens('anna', {}, visitor);
    clock.advance(14 * 60_000);
    await sweep();
    expect((await app.introspect(access)).body['active']).to.equal(true);
    clock.advance(60_000);
    await sweep();
    await sweep();
    await eventually('a logout token', () => receiver.received[0]);
    await eventually('an empty outbox', async () => {
      const rows = await server.server.container.get(DatabaseToken).sql.all('SELECT id FROM outbox_message', []);
      return rows.length === 0;
    });
    expect(receiver.received).to.have.length(1);
    const token = new URLSearchParams(receiver.received[0]?.body).get('logout_token') ?? '';
    const { sub, sid, aud } = decodeJwt(token);
    const own = decodeJwt(id);
    expect({ sub, sid, aud }).to.deep.equal({ sub: own.sub, sid: own['sid'], aud: app.id });
    expect((await app.introspect(access)).text).to.equal('{"active":false}');
    expect((await plain.introspect(other.access)).body['active'], 'others do not depend on it').to.equal(true);
  });

  it('tells nobody of a session that goes on', async () => {
    receiver.received.length = 0;
    await createUser(server, 'bert');
    const visitor = new Visitor(server);
    await app.tokens('bert', {}, visitor);
    clock.advance(10 * 60_000);
    const { id, access } = await app.tokens('bert', {}, visitor);
    clock.advance(10 * 60_000);
    await sweep();
    expect((await app.introspect(access)).body['active']).to.equal(true);
    clock.advance(5 * 60_000);
    await sweep();
    await eventually('its own logout token', () => receiver.received[0]);
    const token = new URLSearchParams(receiver.received[0]?.body).get('logout_token') ?? '';
    expect(decodeJwt(token)['sid']).to.equal(decodeJwt(id)['sid']);
    expect(receiver.received).to.have.length(1);
  });
});
