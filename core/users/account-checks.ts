import { inject, injectable } from 'tsyringe';
import { type Clock, ClockToken, type Registry, type Soon, token, whenThere } from '#core/kernel';
import { IdentityDataRepository } from './identity-data.repository.js';
import type { User } from './user.js';
import type { AccountGuard, AccountProblem } from './user-rules.js';

/** Injection token of the contributed guards of accounts. */
export const AccountGuardsToken = token<Registry<AccountGuard>>('users.account-guards');

/** Decides whether an account may be used, and passes on what came of attempts. */
@injectable()
export class AccountChecks {
  constructor(
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(AccountGuardsToken) private readonly guards: Registry<AccountGuard>,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** Why an account may not be used; undefined: it may. */
  check(user: User): Soon<AccountProblem | undefined> {
    const names = ['accountLocked', 'accountDisabled', 'unlockTime'];
    return whenThere(this.identityData.read(user.orgId, user.id, names), (state) => {
      if (state['accountDisabled'] === 'true') return 'disabled';
      const until = Number(state['unlockTime'] ?? 0);
      if (state['accountLocked'] === 'true' && (until === 0 || until > this.clock.now())) return 'locked';
      const checking = this.guards.all().filter((guard) => guard.check !== undefined);
      return checking.length > 0 ? this.#problemOf(user, checking) : undefined;
    });
  }

  async #problemOf(user: User, guards: readonly AccountGuard[]): Promise<AccountProblem | undefined> {
    for (const guard of guards) {
      const problem = await guard.check?.(user);
      if (problem) return problem;
    }
    return undefined;
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
