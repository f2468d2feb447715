import { expect } from 'chai';
import { ConnectionsToken, FederatedAssociationsToken } from '#core/connections';
import { type FederatedSession, SessionServiceToken } from '#core/sessions';
import type { User } from '#core/users';
import { eventually } from '../../support/eventually.js';
import { type HeldClock, heldClock } from '../../support/held-clock.js';
import { MAY_ASK_HERE } from '../../support/key-endpoint.js';
import { createApp, createTenant, createUser, superPlace, type TestApp } from '../../support/oauth-client.js';
import { REACHES_RECEIVERS, Receiver } from '../../support/receiver.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { TrustedIssuer } from '../../support/trusted-issuer.js';
import { Visitor } from '../../support/visitor.js';

const PATH = '/identity/oidc/slo';
const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };
const { orgId } = superPlace;

describe('logout at an identity provider', () => {
  let server: TestServer;
  let clock: HeldClock;
  let partner: TrustedIssuer;
  let other: TrustedIssuer;
  let receiver: Receiver;
  let app: TestApp;
  let alice: User;
  let count = 0;

  before(async function () {
    this.timeout(60_000);
    clock = heldClock();
    receiver = await Receiver.start();
    server = await startTestServer({ clock, toml: `${REACHES_RECEIVERS}\n[outbox]\npoll_interval = "50ms"` });
    [partner, other] = [await TrustedIssuer.start(server, 'partner'), await TrustedIssuer.start(server, 'other')];
    alice = await createUser(server, 'alice');
    app = await createApp(server, { client: { logout: { backChannelLogoutUrl: `${receiver.origin}/out` } } });
  });
  after(async () => {
    partner?.stop();
    other?.stop();
    await server?.stop();
    await receiver?.stop();
  });
  beforeEach(async () => {
    receiver.received.length = 0;
    await sessions().terminateAllOf(orgId, alice.id);
  });

  const sessions = () => server.server.container.get(SessionServiceToken);
  const seconds = () => Math.floor(clock.now() / 1000);
  /** A session that was made from one at an identity provider. */
  const begin = async (federated: FederatedSession[], user = alice) => {
    const passed = [{ idp: 'partner', authenticator: 'OpenIDConnect', at: clock.now() }];
    const browser = { remembered: false, userAgent: 'test', ip: '127.0.0.1' };
    const input = { userId: user.id, applicationId: app.application.id, passed, federated, ...browser };
    return (await sessions().begin(orgId, input)).session.id;
  };
  const at = (sid: string, sub = 'outsider', idp = partner.id) => begin([{ idp, sub, sid }]);
  const isAlive = (id: string) => sessions().isAlive(orgId, id);
  const claimsWith = (claims: Record<string, unknown>) => ({
    iat: seconds(),
    exp: seconds() + 120,
    jti: `jti-${++count}`,
    events: EVENTS,
    ...claims,
  });
  const send = async (token: string | readonly string[], prefix = '') => {
    const fields = [token].flat().map((value): [string, string] => ['logout_token', value]);
    const { status, text, headers } = await new Visitor(server).post(`${prefix}${PATH}`, fields);
    return { status, body: JSON.parse(text) as { error?: string; error_description?: string }, headers };
  };
  const logout = async (claims: Record<string, unknown>, header = {}, by = partner) =>
    send(await by.sign(claimsWith(claims), { typ: 'logout+jwt', ...header }));

  it('ends the session that was made from that session, and tells applications', async () => {
    const [one, two] = [await at('s-1'), await at('s-2')];
    const answer = await logout({ sid: 's-1' });
    expect([answer.status, answer.body]).to.deep.equal([200, {}]);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    expect([await isAlive(one), await isAlive(two)]).to.deep.equal([false, true]);
    await eventually('the application is told', () =>
      receiver.received.find(({ body }) => body.startsWith('logout_token=')),
    );
  });

  it('ends all sessions of an account when no session is named', async () => {
    const [one, two, foreign] = [await at('s-3'), await at('s-4'), await at('s-3', 'outsider', other.id)];
    const somebody = await at('s-5', 'somebody else');
    expect((await logout({ sub: 'outsider' })).status).to.equal(200);
    expect(await Promise.all([one, two, foreign, somebody].map(isAlive))).to.deep.equal([false, false, true, true]);
  });

  it('ends all sessions of the user whose account it is', async () => {
    const carol = await createUser(server, 'carol');
    const idp = await server.server.container.get(ConnectionsToken).find(orgId, partner.id);
    if (!idp) throw new Error('no identity provider');
    await server.server.container.get(FederatedAssociationsToken).link(carol, idp, 'linked');
    const session = await begin([], carol);
    expect((await logout({ sub: 'linked' })).status).to.equal(200);
    expect(await isAlive(session)).to.equal(false);
  });

  it('ends a session in which the user has signed in again, and only with the right account', async () => {
    const id = await at('s-6');
    expect((await logout({ sid: 's-6', sub: 'somebody else' })).status).to.equal(200);
    expect(await isAlive(id)).to.equal(true);
    await logout({ sid: 's-6', sub: 'outsider' });
    expect(await isAlive(id)).to.equal(false);
  });

  it('is fine when there is no such session', async () => {
    expect((await logout({ sid: 'nowhere' })).status).to.equal(200);
  });

  it('counts once for each token', async () => {
    const id = await at('s-7');
    const token = await partner.sign(claimsWith({ sid: 's-7' }));
    const answers = await Promise.all([send(token), send(token), send(token)]);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 400, 400]);
    expect(await isAlive(id)).to.equal(false);
  });

  it('can be sent again when something went wrong here', async () => {
    const id = await at('s-again');
    const token = await partner.sign(claimsWith({ sid: 's-again' }));
    const service = sessions();
    const { terminateFederated } = service;
    service.terminateFederated = () => Promise.reject(new Error('the database is away'));
    try {
      expect((await send(token)).status).to.equal(500);
    } finally {
      service.terminateFederated = terminateFederated;
    }
    expect(await isAlive(id)).to.equal(true);
    expect((await send(token)).status).to.equal(200);
    expect(await isAlive(id)).to.equal(false);
    expect((await send(token)).status, 'and then not again').to.equal(400);
  });

  it('refuses what is no good logout token, with the reason as JSON', async () => {
    const id = await at('s-8');
    const sid = 's-8';
    const bad: Record<string, unknown>[] = [
      { sid, nonce: 'n' },
      { sid, nonce: null },
      { sid, events: undefined },
      { sid, events: {} },
      { sid, events: { 'http://schemas.openid.net/event/backchannel-logout': true } },
      { sid, jti: undefined },
      { sid, iat: seconds() - 302 },
      { sid, iat: seconds() + 60 },
      { sid, iat: 'now' },
      { sid, exp: seconds() - 1 },
      { sid, aud: 'urn:another' },
      { sid, aud: [] },
      { sid, aud: undefined },
      { sid: undefined, sub: undefined },
      { sid: '', sub: 7 },
      { sid, iss: 'https://nobody.example' },
      { sid: { toString: 'x' } },
    ];
    for (const claims of bad) {
      const { status, body } = await logout(claims);
      expect([status, body.error], JSON.stringify(claims)).to.deep.equal([400, 'invalid_request']);
      expect(body.error_description).to.be.a('string');
    }
    expect((await logout({ sid }, { typ: 'at+jwt' })).status).to.equal(400);
    const forged = await other.sign({ ...claimsWith({ sid }), iss: partner.issuer, aud: partner.alias });
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(
      JSON.stringify({ ...claimsWith({ sid }), iss: partner.issuer, aud: partner.alias }),
    ).toString('base64url')}.`;
    const good = await partner.sign(claimsWith({ sid }));
    for (const token of [forged, unsigned, '', 'x', 'a.b.c', 'x'.repeat(20_000), [good, good], []])
      expect((await send(token)).status, String(token).slice(0, 40)).to.equal(400);
    expect(await isAlive(id)).to.equal(true);
    expect((await send(good)).status).to.equal(200);
  });

  it('counts in the organization that trusts the identity provider only', async () => {
    const id = await at('s-9');
    const place = await createTenant(server, 'elsewhere.example');
    const token = await partner.sign(claimsWith({ sid: 's-9' }));
    expect((await send(token, place.prefix)).status).to.equal(400);
    expect(await isAlive(id)).to.equal(true);
  });

  it('does not count after the identity provider is switched off', async () => {
    const off = await TrustedIssuer.start(server, 'off', { isEnabled: false });
    try {
      expect((await logout({ sid: 's' }, {}, off)).status).to.equal(400);
    } finally {
      off.stop();
    }
  });

  it('takes an old token where the operator does not look at the time, and another period', async function () {
    this.timeout(60_000);
    const table = '[authentication.authenticator.oidc.parameters]';
    for (const [setting, status] of [
      ['enableIatValidation = false', 200],
      ['iatValidityPeriod = 900', 200],
      ['iatValidityPeriod = 60', 400],
    ] as const) {
      const lax = await startTestServer({ clock, toml: `${MAY_ASK_HERE}\n${table}\n${setting}` });
      const issuer = await TrustedIssuer.start(lax, 'lax');
      try {
        const token = await issuer.sign(claimsWith({ sid: 's', iat: seconds() - 600 }));
        const { status: answered } = await new Visitor(lax).post(PATH, [['logout_token', token]]);
        expect(answered, setting).to.equal(status);
      } finally {
        issuer.stop();
        await lax.stop();
      }
    }
  });
});
