import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { type User, type UserService, UserServiceToken } from '#core/users';
import { AccountStates } from '../../../../core/users/accounts/account-states.js';
import { CONNECTORS, govern, lockOn } from '../../../support/governance.js';
import { heldClock } from '../../../support/held-clock.js';
import { createUser, USER_PASSWORD } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { attempt as attemptOf, failing, identityClaim as of, stateOf as stateNow } from './account-parts.js';

const MINUTE = 60_000;
const STATE = ['accountLocked', 'accountState', 'lockedReason', 'unlockTime'];

describe('states of accounts', function () {
  this.timeout(20_000);
  const clock = heldClock();
  let server: TestServer;
  let users: UserService;
  let count = 0;
  before(async () => {
    server = await startTestServer({ clock });
    users = server.server.container.get(UserServiceToken);
    await lockOn(server);
    await govern(server, CONNECTORS.disable, { 'account.disable.handler.enable': 'true' });
  });
  after(() => server?.stop());

  const make = () => createUser(server, `state-user-${++count}`);
  const attempt = (user: User, password: string) => attemptOf(users, user, password);
  const wrong = (user: User, times: number) => failing(users, user, times);
  const stateOf = (user: User) => stateNow(users, user, STATE);

  it('of disabled accounts, and of those that wait for something, stay so through a lock', async () => {
    const [disabled, pending] = [await make(), await make()];
    const set = (user: User, name: string, value: string) =>
      users.writeClaims(user.orgId, user.id, { [of(name)]: [value] });
    await set(disabled, 'accountDisabled', 'true');
    await set(pending, 'accountState', 'PENDING_EV');
    for (const [user, state] of [
      [disabled, 'DISABLED'],
      [pending, 'PENDING_EV'],
    ] as const) {
      await wrong(user, 5);
      expect(await stateOf(user), state).to.include({ accountState: state, accountLocked: 'true' });
      clock.advance(6 * MINUTE);
      expect(await attempt(user, USER_PASSWORD)).to.equal(user === disabled ? 'disabled' : 'authenticated');
      expect((await stateOf(user))['accountState']).to.equal(state);
    }
  });

  it('that somebody has set meanwhile are not taken away by a lock that ends', async () => {
    const user = await make();
    await wrong(user, 5);
    const { unlockTime = '' } = await stateOf(user);
    clock.advance(6 * MINUTE);
    const locked = { [of('accountLocked')]: ['true'] };
    await users.writeClaims(user.orgId, user.id, locked, 'administrator');
    const states = server.server.container.build(AccountStates);
    expect(await states.open(user, unlockTime), 'by whoever has seen the old one').to.equal(false);
    await states.lock(user, { reason: 'MAX_ATTEMPTS_EXCEEDED', lasts: MINUTE }, {});
    expect(await stateOf(user)).to.include({ lockedReason: 'ADMIN_INITIATED', unlockTime: undefined });
    expect(await attempt(user, USER_PASSWORD)).to.equal('locked');
  });

  it('are locked without an end where the time of the end cannot be read', async () => {
    const user = await make();
    for (const time of ['soon', '2030-01-01', '-1x']) {
      const claims = { [of('accountLocked')]: ['true'], [of('unlockTime')]: [time] };
      await users.writeClaims(user.orgId, user.id, claims, 'administrator').catch(() => undefined);
      await users.writeClaims(user.orgId, user.id, claims);
      expect(await attempt(user, USER_PASSWORD), time).to.equal('locked');
    }
  });

  it('are in the audit log, whoever made them, once for each change', async () => {
    const user = await make();
    const set = (name: string, value: string) =>
      users.writeClaims(user.orgId, user.id, { [of(name)]: [value] }, 'administrator');
    await wrong(user, 5);
    clock.advance(6 * MINUTE);
    await attempt(user, USER_PASSWORD);
    for (const value of ['true', 'true', 'false', 'false']) {
      await set('accountLocked', value);
      await set('accountDisabled', value);
    }
    const log = await server.server.container.get(AuditLogToken).list(user.orgId, 1000);
    const actions = log
      .filter(({ targetId, action }) => targetId === user.id && /account/i.test(String(action)))
      .map(({ action, data }) => `${action} ${(data as { reason: string }).reason}`);
    expect(actions.reverse()).to.deep.equal([
      'lock-account MAX_ATTEMPTS_EXCEEDED',
      'unlock-account time-over',
      'lock-account ADMIN_INITIATED',
      'Account Disable administrator',
      'unlock-account administrator',
      'Account Enable administrator',
    ]);
  });
});
