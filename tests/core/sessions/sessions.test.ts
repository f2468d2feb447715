import { expect } from 'chai';
import { EventBusToken } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { type Session, type SessionService, SessionServiceToken, SessionTerminated } from '#core/sessions';
import { claimUri, type UserService, UserServiceToken } from '#core/users';
import { heldClock } from '../../support/held-clock.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const ORG = SUPER_ORGANIZATION.id;
const [MINUTE, DAY] = [60_000, 86_400_000];

describe('sessions', () => {
  const clock = heldClock();
  let server: TestServer;
  let sessions: SessionService;
  let users: UserService;
  let ended: Session[] = [];
  before(async () => {
    server = await startTestServer({ clock });
    const { container } = server.server;
    [sessions, users] = [container.get(SessionServiceToken), container.get(UserServiceToken)];
    container.get(EventBusToken).subscribe(SessionTerminated, (session) => void ended.push(session));
  });
  beforeEach(() => {
    ended = [];
  });
  after(() => server.stop());

  const begin = (userId: string, more: { remembered?: boolean; replaces?: string; authenticator?: string } = {}) =>
    sessions.begin(ORG, {
      userId,
      applicationId: 'app-0',
      passed: [{ idp: 'LOCAL', authenticator: more.authenticator ?? 'basic', at: clock.now() }],
      remembered: more.remembered ?? false,
      userAgent: 'x'.repeat(1000),
      ip: '192.0.2.1',
      replaces: more.replaces,
    });

  it('are found by the secret, which is kept nowhere', async () => {
    const { session, secret } = await begin('u1');
    expect(secret.length).to.be.greaterThan(40);
    expect((await sessions.find(ORG, secret))?.id).to.equal(session.id);
    expect(session.userAgent).to.have.length(300);
    const rows = await server.server.container.get(DatabaseToken).sql.all('SELECT * FROM living_state', []);
    expect(JSON.stringify(rows)).not.to.contain(secret);
    for (const wrong of [undefined, '', session.id, `${secret}x`, secret.slice(1)]) {
      expect(await sessions.find(ORG, wrong)).to.equal(undefined);
    }
    expect(await sessions.find('another-organization', secret)).to.equal(undefined);
  });

  it('end after fifteen minutes without use; use makes them last', async () => {
    const { secret } = await begin('u2');
    clock.advance(14 * MINUTE);
    await sessions.use(ORG, secret, 'app');
    clock.advance(14 * MINUTE);
    expect((await sessions.find(ORG, secret))?.applications).to.deep.equal(['app-0', 'app']);
    clock.advance(MINUTE);
    expect(await sessions.find(ORG, secret)).to.equal(undefined);
    expect(await sessions.use(ORG, secret, 'app'), 'use brings none back').to.equal(undefined);
  });

  it('last fourteen days when remembered', async () => {
    const { session, secret } = await begin('u3', { remembered: true });
    expect(await sessions.cookieAge(session)).to.equal((14 * DAY) / 1000);
    clock.advance(14 * DAY - 1);
    expect(await sessions.find(ORG, secret)).not.to.equal(undefined);
    clock.advance(1);
    expect(await sessions.find(ORG, secret)).to.equal(undefined);
    expect(await sessions.cookieAge((await begin('u3')).session), 'others end with the browser').to.equal(undefined);
  });

  it('get a new secret at each sign-in; the old one is void (fixation)', async () => {
    const first = await begin('u4');
    const second = await begin('u4', { replaces: first.secret, authenticator: 'totp' });
    expect(second.secret).not.to.equal(first.secret);
    expect(await sessions.find(ORG, first.secret)).to.equal(undefined);
    expect(second.session.id, 'still the same session').to.equal(first.session.id);
    expect(second.session.passed.map(({ authenticator }) => authenticator)).to.deep.equal(['basic', 'totp']);
    expect(ended).to.deep.equal([]);
    const planted = await begin('u4', { replaces: 'chosen-by-an-attacker' });
    expect(planted.secret).not.to.equal('chosen-by-an-attacker');
    expect(await sessions.find(ORG, 'chosen-by-an-attacker')).to.equal(undefined);
  });

  it('take nothing over when another user signs in', async () => {
    const first = await begin('u5');
    await sessions.use(ORG, first.secret, 'app');
    const second = await begin('u6', { replaces: first.secret });
    expect(second.session.id).not.to.equal(first.session.id);
    expect(second.session).to.deep.include({ applications: ['app-0'], userId: 'u6' });
    expect(await sessions.find(ORG, first.secret)).to.equal(undefined);
    expect(ended.map(({ id }) => id)).to.deep.equal([first.session.id]);
  });

  it('end by logout, once, and are announced', async () => {
    const { session, secret } = await begin('u7');
    expect((await sessions.terminate(ORG, secret))?.id).to.equal(session.id);
    expect(await sessions.terminate(ORG, secret)).to.equal(undefined);
    expect(ended.map(({ id }) => id)).to.deep.equal([session.id]);
    expect(await sessions.listOf(ORG, 'u7')).to.deep.equal([]);
  });

  it('all end when the password changes, the account is locked or the user is deleted; those of others stay', async () => {
    const bystander = await begin('bystander');
    const ends: ((id: string) => Promise<unknown>)[] = [
      (id) => users.setPassword(ORG, id, 'Another-pass-1', 'user'),
      (id) => users.writeClaims(ORG, id, { [claimUri('identity/accountLocked')]: ['true'] }),
      (id) => users.delete(ORG, id),
    ];
    for (const [index, end] of ends.entries()) {
      const user = await users.create(ORG, { username: `sessions${index}`, password: 'Correct-horse-1' });
      const begun = [await begin(user.id), await begin(user.id, { remembered: true })];
      expect(await sessions.listOf(ORG, user.id)).to.have.length(2);
      await end(user.id);
      expect(await sessions.listOf(ORG, user.id)).to.deep.equal([]);
      for (const { secret } of begun) expect(await sessions.find(ORG, secret)).to.equal(undefined);
    }
    expect(ended).to.have.length(6);
    expect(await sessions.find(ORG, bystander.secret)).not.to.equal(undefined);
  });
});

it('sessions end at their maximum age however much they are used', async () => {
  const clock = heldClock();
  const toml =
    '[session.timeout]\nidle_session_timeout = "1h"\nenable_maximum_session_timeout = true\nmaximum_session_timeout = "2h"';
  const server = await startTestServer({ clock, toml });
  try {
    const sessions = server.server.container.get(SessionServiceToken);
    const { secret } = await sessions.begin(ORG, {
      userId: 'u',
      applicationId: 'app-0',
      passed: [],
      remembered: false,
      userAgent: '',
      ip: '',
    });
    for (const _ of [1, 2, 3]) {
      clock.advance(39 * MINUTE);
      expect(await sessions.use(ORG, secret, 'app')).not.to.equal(undefined);
    }
    clock.advance(3 * MINUTE);
    expect(await sessions.find(ORG, secret)).to.equal(undefined);
  } finally {
    await server.stop();
  }
});
