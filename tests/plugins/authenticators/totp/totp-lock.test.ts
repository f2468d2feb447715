import { expect } from 'chai';
import { AuthenticatorRegistryToken } from '#core/authentication';
import { claimUri, type User, UserServiceToken } from '#core/users';
import { lockOn } from '../../../support/governance.js';
import { failureIn, flowOf, keyIn, otherThan, PASSWORD, TotpBench } from './totp-bench.js';

const MINUTE = 60_000;
const FAILURE = 'authentication.fail.message';
const LOGIN_FAILURE = 'login.fail.message';
const of = (name: string) => claimUri(`identity/${name}`);
const STATE = ['accountLocked', 'lockedReason', 'unlockTime', 'failedTotpAttempts', 'failedLoginAttempts'];

describe('locks after wrong TOTP codes', function () {
  this.timeout(20_000);
  let bench: TotpBench;
  before(async () => {
    bench = await TotpBench.start();
  });
  after(() => bench?.stop());
  beforeEach(() => lockOn(bench.server, { 'account.lock.handler.On.Failure.Max.Attempts': '3' }));

  const users = () => bench.server.server.container.get(UserServiceToken);
  const stateOf = async ({ orgId, id }: User) => {
    const claims = await users().readClaims(orgId, id, STATE.map(of));
    return Object.fromEntries(STATE.map((name) => [name, claims[of(name)]?.[0]]));
  };
  /** Passes the first step and tries codes one after the other. Returns the last page. */
  const tries = async (username: string, codes: readonly string[]) => {
    const browser = bench.server.browser();
    let { page, key } = await bench.firstStep(browser, username);
    for (const code of codes) {
      page = await bench.answer(browser, key, code);
      key = keyIn(page);
    }
    return page;
  };
  const wrong = (secret: string, times: number) => Array.from({ length: times }, () => otherThan(bench.code(secret)));

  it('come as the organization says, hold against right codes and passwords, and say nothing', async () => {
    const user = await bench.user('alice');
    const secret = await bench.enrol('alice');
    expect(failureIn(await tries('alice', wrong(secret, 2)))).to.equal(FAILURE);
    expect(await stateOf(user)).to.include({ failedTotpAttempts: '2', failedLoginAttempts: undefined });
    const last = await tries('alice', [...wrong(secret, 1), bench.code(secret)]);
    expect(failureIn(last)).to.equal(FAILURE);
    expect(await stateOf(user)).to.deep.equal({
      accountLocked: 'true',
      lockedReason: 'MAX_ATTEMPTS_EXCEEDED',
      unlockTime: String(bench.clock.now() + 5 * MINUTE),
      failedTotpAttempts: '0',
      failedLoginAttempts: undefined,
    });
    expect(failureIn((await bench.firstStep(bench.server.browser(), 'alice')).page)).to.equal(LOGIN_FAILURE);
    expect(failureIn((await bench.firstStep(bench.server.browser(), 'nobody')).page)).to.equal(LOGIN_FAILURE);
    bench.clock.advance(5 * MINUTE + 1);
    expect((await tries('alice', [bench.code(secret)])).text).to.contain('"passed"');
    expect(await stateOf(user)).to.include({ accountLocked: 'false', lockedReason: undefined });
  });

  it('last longer each time until a right code: the right password in between does not count', async () => {
    const user = await bench.user('bob');
    const secret = await bench.enrol('bob');
    for (const minutes of [5, 10, 20]) {
      await tries('bob', wrong(secret, 3));
      const { unlockTime } = await stateOf(user);
      expect(Number(unlockTime) - bench.clock.now()).to.equal(minutes * MINUTE);
      bench.clock.set(Number(unlockTime) + 1);
    }
    expect((await tries('bob', [bench.code(secret)])).text).to.contain('"passed"');
    await tries('bob', wrong(secret, 3));
    expect(Number((await stateOf(user))['unlockTime']) - bench.clock.now()).to.equal(5 * MINUTE);
  });

  it('do not come when a right code is in between, nor by what is no code', async () => {
    const user = await bench.user('carol');
    const secret = await bench.enrol('carol');
    expect((await tries('carol', [...wrong(secret, 2), '', 'abcdef', bench.code(secret)])).text).to.contain('"passed"');
    expect(await stateOf(user)).to.include({ failedTotpAttempts: '0' });
    bench.clock.advance(90_000);
    expect((await tries('carol', [...wrong(secret, 2), bench.code(secret)])).text).to.contain('"passed"');
  });

  it('let no more codes be looked at than are allowed, however many come at once', async () => {
    const user = await bench.user('dave');
    const secret = await bench.enrol('dave');
    const totp = bench.server.server.container.get(AuthenticatorRegistryToken).get('totp');
    const token = otherThan(bench.code(secret));
    const flow = flowOf(user, bench.clock.now());
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => totp.verify(flow, { token })));
    const reasons = outcomes.map((outcome) => (outcome.outcome === 'rejected' ? outcome.reason : ''));
    expect(reasons.filter((reason) => reason === 'wrong')).to.have.length(3);
    expect(await stateOf(user)).to.include({ accountLocked: 'true' });
  });

  it('are taken away by an administrator, and counting begins anew', async () => {
    const user = await bench.user('erin');
    const secret = await bench.enrol('erin');
    await tries('erin', wrong(secret, 3));
    await users().writeClaims(user.orgId, user.id, { [of('accountLocked')]: ['false'] }, 'administrator');
    expect((await tries('erin', [...wrong(secret, 2), bench.code(secret)])).text).to.contain('"passed"');
  });

  it('do not come where the operator leaves them to passwords', async () => {
    const toml = '[authentication.authenticator.totp.parameters]\nEnableAccountLockingForFailedAttempts = false';
    const other = await TotpBench.start({ toml });
    try {
      await lockOn(other.server, { 'account.lock.handler.On.Failure.Max.Attempts': '3' });
      const user = await other.user('frank');
      const secret = await other.enrol('frank');
      const totp = other.server.server.container.get(AuthenticatorRegistryToken).get('totp');
      const flow = flowOf(user, other.clock.now());
      for (let n = 0; n < 3; n++) await totp.verify(flow, { token: otherThan(other.code(secret)) });
      expect((await totp.verify(flow, { token: other.code(secret) })).outcome).to.equal('authenticated');
      const { outcome } = await other.server.server.container
        .get(UserServiceToken)
        .authenticate(user.orgId, 'frank', PASSWORD);
      expect(outcome).to.equal('authenticated');
    } finally {
      await other.stop();
    }
  });
});
