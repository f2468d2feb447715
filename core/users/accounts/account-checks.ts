import { inject, injectable } from 'tsyringe';
import { type Clock, ClockToken, type Registry, type Soon, token, whenThere } from '#core/kernel';
import { IdentityDataRepository } from '../identity-data.repository.js';
import type { User } from '../user.js';
import type { AccountGuard, AccountRefusal, PasswordTry } from '../user-rules.js';
import { type AccountState, AccountStates, isLockedNow } from './account-states.js';

/** Injection token of the contributed guards of accounts. */
export const AccountGuardsToken = token<Registry<AccountGuard>>('users.account-guards');

const NAMES = ['accountLocked', 'accountDisabled', 'unlockTime', 'lockedReason'];

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

  /** Why an account may not be used; undefined: it may. */
  check(user: User): Soon<AccountRefusal | undefined> {
    return whenThere(this.identityData.read(user.orgId, user.id, NAMES), (state) => this.#judge(user, state));
  }

  /** The same for a user who signs in: a lock whose time is over is taken away. */
  async checkSignIn(user: User): Promise<AccountRefusal | undefined> {
    const state = await this.identityData.read(user.orgId, user.id, NAMES);
    const refusal = await this.#judge(user, state);
    const isOver = !refusal && state['accountLocked'] === 'true';
    // Meanwhile somebody else may have opened the account, or locked it.
    return isOver && !(await this.states.open(user, state['unlockTime'] ?? '')) ? this.check(user) : refusal;
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

  #judge(user: User, state: AccountState): Soon<AccountRefusal | undefined> {
    if (state['accountDisabled'] === 'true') return { reason: 'disabled' };
    if (isLockedNow(state, this.clock.now())) return { reason: 'locked', lockedReason: state['lockedReason'] };
    const checking = this.guards.all().filter((guard) => guard.check !== undefined);
    return checking.length > 0 ? this.#refusalOf(user, checking) : undefined;
  }

  async #refusalOf(user: User, guards: readonly AccountGuard[]): Promise<AccountRefusal | undefined> {
    for (const guard of guards) {
      const reason = await guard.check?.(user);
      if (reason) return { reason };
    }
    return undefined;
  }
}
