import { inject, injectable } from 'tsyringe';
import { type Clock, ClockToken, token } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { GovernanceService, GovernanceServiceToken } from '../governance/governance.service.js';
import { IdentityDataRepository } from '../identity-data.repository.js';
import type { User } from '../user.js';
import type { AccountGuard, AccountRefusal, PasswordTry } from '../user-rules.js';
import { LOCK_HANDLER } from './account-connectors.js';
import { AccountStates, isLockedNow } from './account-states.js';
import { type Factor, type LoginTries, LoginTriesToken, PASSWORD } from './login-tries.js';

/** Injection token of {@link FactorTries}. */
export const FactorTriesToken = token<FactorTries>('users.factor-tries');

/** Locks accounts after wrong answers to a further factor, as after wrong passwords; each factor counts for itself. */
export interface FactorTries {
  /**
   * Begins a try of a factor; the lock may refuse it whatever the answer. {@link PasswordTry.over} must follow.
   * Undefined: the organization does not lock accounts, and whoever asks has to limit tries itself.
   *
   * @param factor the claim that shows how many were wrong: `failedTotpAttempts`
   * @throws UnavailableError when other tries have been under way for too long
   */
  beginFactor(user: User, factor: Factor): Promise<PasswordTry | undefined>;
}

const MAX_ATTEMPTS = 'MAX_ATTEMPTS_EXCEEDED';
/** However often an account was locked before, a lock lasts no longer. */
const LONGEST_MS = 10 * 365 * 86_400_000;

/**
 * Locks accounts after wrong passwords and wrong answers to further factors (connector `account.lock.handler`). While
 * it is locked nothing counts, so that nobody can go on to guess; whoever is told why a sign-in failed is told the same
 * for right and wrong ones.
 */
@injectable()
export class AccountLock implements AccountGuard, FactorTries {
  constructor(
    @inject(GovernanceServiceToken) private readonly governance: GovernanceService,
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(AccountStates) private readonly states: AccountStates,
    @inject(LoginTriesToken) private readonly tries: LoginTries,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  async begin(orgId: string, find: () => Promise<User | undefined>): Promise<PasswordTry | undefined> {
    const user = (await this.#isOn(orgId)) ? await find() : undefined;
    return user && this.#begin(user, PASSWORD);
  }

  async beginFactor(user: User, factor: Factor): Promise<PasswordTry | undefined> {
    return (await this.#isOn(user.orgId)) ? this.#begin(user, factor) : undefined;
  }

  async #begin(user: User, factor: Factor): Promise<PasswordTry> {
    const limit = await this.#setting(user.orgId, 'On.Failure.Max.Attempts');
    const isTaken = await this.tries.take(user, factor, limit);
    // Only now, for a lock lets counting begin anew: who has waited for a try must see the lock that made it free.
    const refusal = await this.#refusal(user);
    if (isTaken && !refusal) return { over: (result) => this.#over({ user, factor, limit }, result) };
    if (isTaken) return { refusal, over: () => this.tries.giveBack(user, factor) };
    // As many as are allowed were wrong and it is not locked: the limit has been lowered since.
    return { refusal: refusal ?? (await this.#lock(user, factor)), over: async () => undefined };
  }

  async #over({ user, factor, limit }: Tried, result: 'right' | 'wrong' | 'unknown'): Promise<void> {
    if (result === 'unknown') return this.tries.giveBack(user, factor);
    await this.database.run(async () => {
      if (result === 'right') return this.#right(user, factor);
      const failed = await this.tries.fail(user, factor);
      if (failed >= limit) await this.#lock(user, factor, failed);
      else await this.identityData.write(user.orgId, user.id, { [factor]: String(failed) });
    });
  }

  async #right(user: User, factor: Factor): Promise<void> {
    await this.tries.succeed(user, factor);
    const state = await this.identityData.read(user.orgId, user.id, [factor, LOCKOUTS]);
    const { [factor]: failed = '0', [LOCKOUTS]: lockouts = '0' } = state;
    if (failed === '0' && lockouts === '0') return;
    await this.identityData.write(user.orgId, user.id, {
      [factor]: '0',
      [LOCKOUTS]: '0',
      ...(factor === PASSWORD ? { [BEFORE]: failed } : {}),
    });
  }

  /** Locks, in a unit of work. Each further lock since the factor was right last lasts longer. */
  async #lock(user: User, factor: Factor, failed?: number): Promise<AccountRefusal> {
    const minutes = await this.#setting(user.orgId, 'Time');
    const ratio = await this.#setting(user.orgId, 'login.fail.timeout.ratio');
    await this.database.run(async () => {
      const lockouts = await this.tries.lock(user, factor);
      const lasts = minutes === 0 ? undefined : Math.min(minutes * 60_000 * ratio ** (lockouts - 1), LONGEST_MS);
      await this.states.lock(
        user,
        { reason: MAX_ATTEMPTS, lasts, isFurther: lockouts > 1 },
        {
          [factor]: '0',
          [LOCKOUTS]: String(lockouts),
          ...(failed === undefined || factor !== PASSWORD ? {} : { [BEFORE]: String(failed) }),
        },
      );
    });
    return { reason: 'locked', lockedReason: MAX_ATTEMPTS };
  }

  async #refusal({ orgId, id }: User): Promise<AccountRefusal | undefined> {
    const state = await this.identityData.read(orgId, id, ['accountLocked', 'unlockTime', 'lockedReason']);
    return isLockedNow(state, this.clock.now()) ? { reason: 'locked', lockedReason: state['lockedReason'] } : undefined;
  }

  #isOn(orgId: string): Promise<boolean> {
    return this.governance.isOn(orgId, LOCK_HANDLER, `${LOCK_HANDLER}.lock.on.max.failed.attempts.enable`);
  }

  #setting(orgId: string, name: string): Promise<number> {
    return this.governance.number(orgId, LOCK_HANDLER, `${LOCK_HANDLER}.${name}`);
  }
}

const LOCKOUTS = 'failedLoginLockoutCount';
const BEFORE = 'failedLoginAttemptsBeforeSuccess';

interface Tried {
  readonly user: User;
  readonly factor: Factor;
  readonly limit: number;
}
