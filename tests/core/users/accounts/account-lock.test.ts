import { expect } from 'chai';
import { type User, type UserService, UserServiceToken } from '#core/users';
import { failureOf } from '../../../support/failures.js';
import { CONNECTORS, govern, lockOn } from '../../../support/governance.js';
import { heldClock } from '../../../support/held-clock.js';
import { createApp, createUser, type TestApp, USER_PASSWORD } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';
import { attempt as attemptOf, failing, identityClaim as of, stateOf as stateNow } from './account-parts.js';

const MINUTE = 60_000;
const STATE = [
  'accountLocked',
  'accountState',
  'lockedReason',
  'unlockTime',
  'failedLoginAttempts',
  'failedLoginLockoutCount',
];

const reasons =
  '[authentication.authenticator.basic.parameters]\nshowAuthFailureReason = true\nshowAuthFailureReasonOnLoginPage = true\n' +
  '[oauth.grant_type.password]\nshow_auth_failure_reason = true';

describe('account locks', function () {
  this.timeout(20_000);
  const clock = heldClock();
  let server: TestServer;
  let users: UserService;
  let app: TestApp;
  let count = 0;
  before(async () => {
    server = await startTestServer({ clock, toml: reasons });
    users = server.server.container.get(UserServiceToken);
    app = await createApp(server, { client: { grantTypes: ['password', 'authorization_code', 'refresh_token'] } });
    await lockOn(server);
  });
  after(() => server?.stop());

  const make = () => createUser(server, `lock-user-${++count}`);
  const attempt = (user: User, password: string) => attemptOf(users, user, password);
  const wrong = (user: User, times: number) => failing(users, user, times);
  const stateOf = (user: User) => stateNow(users, user, STATE);
  /** Parameters of the login page after a sign-in that fails. */
  const page = async (username: string, password: string) =>
    (await app.visit(new Visitor(server), {}, { username, password })).location?.searchParams;

  it('[A3] come after five wrong passwords, hold against the right one until their time is over, and say why', async () => {
    const user = await make();
    await wrong(user, 4);
    expect(await stateOf(user)).to.include({ accountState: 'UNLOCKED', failedLoginAttempts: '4' });
    const before = await page(user.username, 'wrong');
    expect(before?.get('errorCode')).to.equal('17002');
    const unlockTime = clock.now() + 5 * MINUTE;
    expect(await stateOf(user)).to.deep.equal({
      accountLocked: 'true',
      accountState: 'LOCKED',
      lockedReason: 'MAX_ATTEMPTS_EXCEEDED',
      unlockTime: String(unlockTime),
      failedLoginAttempts: '0',
      failedLoginLockoutCount: '1',
    });
    for (const password of [USER_PASSWORD, 'wrong']) {
      const shown = await page(user.username, password);
      expect(shown?.get('errorCode'), password).to.equal('17003:MAX_ATTEMPTS_EXCEEDED');
      expect(shown?.get('authFailureMsg')).to.equal('account.locked');
    }
    const grant = await app.token({ grant_type: 'password', username: user.username, password: USER_PASSWORD });
    expect(grant.body.error_description).to.contain('17003:MAX_ATTEMPTS_EXCEEDED');
    clock.set(unlockTime - 1);
    expect(await attempt(user, USER_PASSWORD)).to.equal('locked');
    clock.set(unlockTime + 1);
    expect(await attempt(user, USER_PASSWORD)).to.equal('authenticated');
    expect(await stateOf(user)).to.deep.equal({
      accountLocked: 'false',
      accountState: 'UNLOCKED',
      lockedReason: undefined,
      unlockTime: undefined,
      failedLoginAttempts: '0',
      failedLoginLockoutCount: '0',
    });
  });

  it('last twice as long each further time, until a right password', async () => {
    const user = await make();
    for (const minutes of [5, 10, 20]) {
      await wrong(user, 5);
      const { unlockTime } = await stateOf(user);
      expect(Number(unlockTime) - clock.now()).to.equal(minutes * MINUTE);
      clock.set(Number(unlockTime) + 1);
    }
    expect(await attempt(user, USER_PASSWORD)).to.equal('authenticated');
    await wrong(user, 5);
    expect(Number((await stateOf(user))['unlockTime']) - clock.now()).to.equal(5 * MINUTE);
  });

  it('come and last as the organization says, with no end where it says so', async () => {
    const set = (attempts: string, time: string, ratio: string) =>
      govern(server, CONNECTORS.lock, {
        'account.lock.handler.lock.on.max.failed.attempts.enable': 'true',
        'account.lock.handler.On.Failure.Max.Attempts': attempts,
        'account.lock.handler.Time': time,
        'account.lock.handler.login.fail.timeout.ratio': ratio,
      });
    const [user, other] = [await make(), await make()];
    await set('2', '7', '3');
    try {
      for (const minutes of [7, 21]) {
        await wrong(user, 2);
        const { unlockTime } = await stateOf(user);
        expect(Number(unlockTime) - clock.now()).to.equal(minutes * MINUTE);
        clock.set(Number(unlockTime) + 1);
      }
      await set('2', '0', '3');
      await wrong(other, 2);
      clock.advance(1000 * 24 * 60 * MINUTE);
      expect(await attempt(other, USER_PASSWORD)).to.equal('locked');
      expect(await stateOf(other)).to.include({ unlockTime: undefined, lockedReason: 'MAX_ATTEMPTS_EXCEEDED' });
    } finally {
      await set('5', '5', '2');
    }
  });

  it('do not come when a right password is in between', async () => {
    const user = await make();
    await wrong(user, 4);
    expect(await attempt(user, USER_PASSWORD)).to.equal('authenticated');
    await wrong(user, 4);
    expect(await attempt(user, USER_PASSWORD)).to.equal('authenticated');
    const kept = await users.readClaims(user.orgId, user.id, [of('failedLoginAttemptsBeforeSuccess')]);
    expect(kept[of('failedLoginAttemptsBeforeSuccess')]).to.deep.equal(['4']);
  });

  it('let no more passwords be looked at than are allowed, however many come at once', async () => {
    const user = await make();
    const tries = await Promise.all(Array.from({ length: 40 }, (_, n) => attempt(user, `wrong-${n}`)));
    expect(tries.filter((reason) => reason === 'bad_credential')).to.have.length(5);
    expect(tries.filter((reason) => reason === 'locked')).to.have.length(35);
    expect(await stateOf(user)).to.include({ failedLoginLockoutCount: '1', accountState: 'LOCKED' });
  });

  it('do not stand in the way of many right passwords at once', async () => {
    const user = await make();
    const tries = await Promise.all(Array.from({ length: 20 }, () => attempt(user, USER_PASSWORD)));
    expect(new Set(tries)).to.deep.equal(new Set(['authenticated']));
  });

  it('[A4] of an administrator say so, have no end, and are taken away with all counters', async () => {
    const user = await make();
    const set = (value: string) =>
      users.writeClaims(user.orgId, user.id, { [of('accountLocked')]: [value] }, 'administrator');
    await wrong(user, 5);
    await set('true');
    expect(await stateOf(user)).to.include({ lockedReason: 'ADMIN_INITIATED', accountState: 'LOCKED' });
    clock.advance(100 * 86_400_000);
    const shown = await page(user.username, USER_PASSWORD);
    expect(shown?.get('errorCode')).to.equal('17003:ADMIN_INITIATED');
    expect(shown?.get('lockedReason')).to.equal('ADMIN_INITIATED');
    await set('false');
    expect(await stateOf(user)).to.deep.equal({
      accountLocked: 'false',
      accountState: 'UNLOCKED',
      lockedReason: undefined,
      unlockTime: undefined,
      failedLoginAttempts: '0',
      failedLoginLockoutCount: '0',
    });
    await wrong(user, 4);
    expect(await attempt(user, USER_PASSWORD), 'counting has begun anew').to.equal('authenticated');
  });

  it('do not end what was granted before, but nothing is granted meanwhile', async () => {
    const user = await make();
    const { refresh } = await app.tokens(user.username);
    await wrong(user, 5);
    expect((await app.refresh(refresh)).status).to.equal(400);
    clock.advance(6 * MINUTE);
    expect((await app.refresh(refresh)).status).to.equal(200);
  });

  it('and disabling need the connector; a disabled account says 17004', async () => {
    const user = await make();
    const disable = () =>
      users.writeClaims(user.orgId, user.id, { [of('accountDisabled')]: ['true'] }, 'administrator');
    await govern(server, CONNECTORS.disable, { 'account.disable.handler.enable': 'false' });
    expect(await failureOf(disable)).to.include({ code: 'SUO-60010', status: 400 });
    await govern(server, CONNECTORS.disable, { 'account.disable.handler.enable': 'true' });
    await disable();
    expect(await stateOf(user)).to.include({ accountState: 'DISABLED' });
    expect((await page(user.username, USER_PASSWORD))?.get('errorCode')).to.equal('17004');
    await users.writeClaims(user.orgId, user.id, { [of('accountDisabled')]: ['false'] }, 'administrator');
    expect(await stateOf(user)).to.include({ accountState: 'UNLOCKED' });
    expect(await attempt(user, USER_PASSWORD)).to.equal('authenticated');
  });

  it('and states cannot be set by the users themselves', async () => {
    const user = await make();
    const own = (name: string, value: string) => () =>
      users.writeClaims(user.orgId, user.id, { [of(name)]: [value] }, 'user');
    for (const [name, value] of [
      ['accountLocked', 'true'],
      ['accountDisabled', 'true'],
      ['accountState', 'LOCKED'],
      ['lockedReason', 'X'],
      ['failedLoginAttempts', '-9'],
      ['lastPasswordUpdateTime', '9999999999999'],
    ] as const)
      expect(await failureOf(own(name, value)), name).to.include({ status: 403 });
    await own('accountState', 'UNLOCKED')();
    const admin = { [of('accountLocked')]: ['maybe'] };
    expect(await failureOf(() => users.writeClaims(user.orgId, user.id, admin, 'administrator'))).to.include({
      code: 'SUO-60011',
    });
  });

  it('that wait for a password end when an administrator sets one', async () => {
    const user = await make();
    const pending = {
      [of('accountLocked')]: ['true'],
      [of('lockedReason')]: ['PENDING_ASK_PASSWORD'],
      [of('accountState')]: ['PENDING_AP'],
    };
    await users.writeClaims(user.orgId, user.id, pending);
    expect(await stateOf(user)).to.include({ accountState: 'PENDING_AP', lockedReason: 'PENDING_ASK_PASSWORD' });
    await users.setPassword(user.orgId, user.id, 'Another-pass-1', 'administrator');
    expect(await stateOf(user)).to.include({
      accountState: 'UNLOCKED',
      accountLocked: 'false',
      lockedReason: undefined,
    });
    expect(await attempt(user, 'Another-pass-1')).to.equal('authenticated');
  });

  it('look the same for those who do not exist, while nothing is told', async () => {
    const quiet = await startTestServer();
    try {
      await lockOn(quiet);
      const target = await createApp(quiet);
      await createUser(quiet, 'alice');
      const walk = async (username: string, password: string) => {
        const { status, location, text } = await target.visit(new Visitor(quiet), {}, { username, password });
        location?.searchParams.delete('sessionDataKey');
        return [status, location?.href, text];
      };
      for (let n = 0; n < 6; n++) expect(await walk('alice', 'wrong')).to.deep.equal(await walk('nobody', 'wrong'));
      expect(await walk('alice', USER_PASSWORD)).to.deep.equal(await walk('nobody', USER_PASSWORD));
    } finally {
      await quiet.stop();
    }
  });

  it('leave nothing behind of a user who is deleted', async () => {
    const user = await make();
    await wrong(user, 2);
    await users.delete(user.orgId, user.id);
    const again = await createUser(server, user.username);
    expect((await stateOf(again))['failedLoginAttempts']).to.equal(undefined);
  });
});
