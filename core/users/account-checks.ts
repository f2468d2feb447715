import { inject, injectable } from 'tsyringe';
import { type Clock, ClockToken, type Registry, token } from '#core/kernel';
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
  async check(user: User): Promise<AccountProblem | undefined> {
    const state = await this.identityData.read(user.orgId, user.id, ['accountLocked', 'accountDisabled', 'unlockTime']);
    if (state['accountDisabled'] === 'true') return 'disabled';
    const until = Number(state['unlockTime'] ?? 0);
    if (state['accountLocked'] === 'true' && (until === 0 || until > this.clock.now())) return 'locked';
    for (const guard of this.guards.all()) {
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
