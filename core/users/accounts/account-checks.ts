import { inject, injectable } from 'tsyringe';
import { type Clock, ClockToken, type Registry, token } from '#core/kernel';
import { IdentityDataRepository } from '../identity-data.repository.js';
import type { User } from '../user.js';
import type { AccountGuard, AccountRefusal, PasswordTry } from '../user-rules.js';
import { AccountStates, isLockedNow } from './account-states.js';

/** Injection token of the contributed guards of accounts. */
export const AccountGuardsToken = token<Registry<AccountGuard>>('users.account-guards');

/** Decides whether an account may be used, and passes on what came of attempts. */
@injectable()
export class AccountChecks {
  constructor(
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(AccountStates) private readonly states: AccountStates,
    @inject(AccountGuardsToken) private readonly guards: Registry<AccountGuard>,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** Begins a try of a password; the guards may refuse it whatever the password. {@link PasswordTry.over} must follow. */
  async begin(orgId: string, find: () => Promise<User | undefined>): Promise<PasswordTry> {
    const tries: PasswordTry[] = [];
    for (const guard of this.guards.all()) {
      const begun = await guard.begin?.(orgId, find);
      if (begun) tries.push(begun);
    }
    return {
      refusal: tries.find(({ refusal }) => refusal)?.refusal,
      over: async (result) => {
        for (const one of tries) await one.over(result);
      },
    };
  }

  /**
   * Why an account may not be used; undefined: it may.
   *
   * @param isSignIn whether the user signs in: a lock whose time is over is taken away then
   */
  async check(user: User, isSignIn = false): Promise<AccountRefusal | undefined> {
    const names = ['accountLocked', 'accountDisabled', 'unlockTime', 'lockedReason'];
    const state = await this.identityData.read(user.orgId, user.id, names);
    if (state['accountDisabled'] === 'true') return { reason: 'disabled' };
    if (isLockedNow(state, this.clock.now())) return { reason: 'locked', lockedReason: state['lockedReason'] };
    for (const guard of this.guards.all()) {
      const reason = await guard.check?.(user);
      if (reason) return { reason };
    }
    if (isSignIn && state['accountLocked'] === 'true') await this.states.open(user, 'time-over');
    return undefined;
  }

  /** Whether the right password is too old to sign in with. */
  async hasExpired(user: User): Promise<boolean> {
    for (const guard of this.guards.all()) if (await guard.hasExpired?.(user)) return true;
    return false;
  }

  /** The password was wrong. */
  async failed(user: User): Promise<void> {
    for (const guard of this.guards.all()) await guard.failed?.(user);
  }

  /** The password was right and the account may be used. */
  async succeeded(user: User): Promise<void> {
    for (const guard of this.guards.all()) await guard.succeeded?.(user);
  }
}
