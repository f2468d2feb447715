import { inject, injectable } from 'tsyringe';
import { type Clock, ClockToken } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { GovernanceService, GovernanceServiceToken } from '../governance/governance.service.js';
import { IdentityDataRepository } from '../identity-data.repository.js';
import type { User } from '../user.js';
import type { AccountGuard, AccountRefusal, PasswordTry } from '../user-rules.js';
import { LOCK_HANDLER } from './account-connectors.js';
import { type AccountState, AccountStates, isLockedNow } from './account-states.js';
import { type LoginTries, LoginTriesToken } from './login-tries.js';

const MAX_ATTEMPTS = 'MAX_ATTEMPTS_EXCEEDED';
/** However often an account was locked before, a lock lasts no longer. */
const LONGEST_MS = 10 * 365 * 86_400_000;
const NAMES = ['accountLocked', 'unlockTime', 'lockedReason', 'failedLoginAttempts', 'failedLoginLockoutCount'];

/**
 * Locks accounts after wrong passwords (connector `account.lock.handler`). While it is locked no password counts, so
 * that nobody can go on to guess; whoever is told why a sign-in failed is told the same for right and wrong ones.
 */
@injectable()
export class AccountLock implements AccountGuard {
  constructor(
    @inject(GovernanceServiceToken) private readonly governance: GovernanceService,
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(AccountStates) private readonly states: AccountStates,
    @inject(LoginTriesToken) private readonly tries: LoginTries,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  async begin(orgId: string, find: () => Promise<User | undefined>): Promise<PasswordTry | undefined> {
    const on = await this.governance.isOn(orgId, LOCK_HANDLER, `${LOCK_HANDLER}.lock.on.max.failed.attempts.enable`);
    const user = on ? await find() : undefined;
    if (!user) return undefined;
    const limit = await this.#setting(orgId, 'On.Failure.Max.Attempts');
    const isTaken = await this.tries.take(user, limit);
    // Only now, for a lock lets counting begin anew: who has waited for a try must see the lock that made it free.
    const refusal = await this.#refusal(user);
    if (isTaken && !refusal) return { over: (result) => this.#over(user, result, limit) };
    if (isTaken) return { refusal, over: () => this.tries.giveBack(user) };
    // As many as are allowed were wrong and it is not locked: the limit has been lowered since.
    return { refusal: refusal ?? (await this.#lock(user)), over: async () => undefined };
  }

  async #over(user: User, result: 'right' | 'wrong' | 'unknown', limit: number): Promise<void> {
    if (result === 'unknown') return this.tries.giveBack(user);
    await this.database.run(() => (result === 'right' ? this.#right(user) : this.#wrong(user, limit)));
  }

  async #right(user: User): Promise<void> {
    await this.tries.succeed(user);
    const state = await this.#state(user);
    const { failedLoginAttempts: failed = '0', failedLoginLockoutCount: lockouts = '0' } = state;
    if (failed === '0' && lockouts === '0') return;
    await this.identityData.write(user.orgId, user.id, {
      failedLoginAttempts: '0',
      failedLoginLockoutCount: '0',
      failedLoginAttemptsBeforeSuccess: failed,
    });
  }

  async #wrong(user: User, limit: number): Promise<void> {
    const failed = await this.tries.fail(user);
    if (failed >= limit) await this.#lock(user, failed);
    else await this.identityData.write(user.orgId, user.id, { failedLoginAttempts: String(failed) });
  }

  /** Locks, in a unit of work. Each further lock since the last right password lasts longer. */
  async #lock(user: User, failed?: number): Promise<AccountRefusal> {
    const minutes = await this.#setting(user.orgId, 'Time');
    const ratio = await this.#setting(user.orgId, 'login.fail.timeout.ratio');
    await this.database.run(async () => {
      const before = Number((await this.#state(user))['failedLoginLockoutCount'] ?? 0);
      const lasts = Math.min(minutes * 60_000 * ratio ** before, LONGEST_MS);
      await this.tries.restart(user);
      await this.states.lock(user, MAX_ATTEMPTS, minutes === 0 ? undefined : this.clock.now() + lasts, {
        failedLoginAttempts: '0',
        failedLoginLockoutCount: String(before + 1),
        ...(failed === undefined ? {} : { failedLoginAttemptsBeforeSuccess: String(failed) }),
      });
    });
    return { reason: 'locked', lockedReason: MAX_ATTEMPTS };
  }

  async #refusal(user: User): Promise<AccountRefusal | undefined> {
    const state = await this.#state(user);
    return isLockedNow(state, this.clock.now()) ? { reason: 'locked', lockedReason: state['lockedReason'] } : undefined;
  }

  async #state({ orgId, id }: User): Promise<AccountState> {
    return this.identityData.read(orgId, id, NAMES);
  }

  #setting(orgId: string, name: string): Promise<number> {
    return this.governance.number(orgId, LOCK_HANDLER, `${LOCK_HANDLER}.${name}`);
  }
}
