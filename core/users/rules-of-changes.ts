import { inject, injectable } from 'tsyringe';
import { type Registry, token } from '#core/kernel';
import type { User, UserClaims } from './user.js';
import type { ChangedBy, RuleOutcome, UserCreation, UserRule } from './user-rules.js';

/** Injection token of the contributed rules. */
export const UserRulesToken = token<Registry<UserRule>>('users.rules');

/** Asks every rule whether a change of a user may be, and gathers what they add to it. */
@injectable()
export class RulesOfChanges {
  constructor(@inject(UserRulesToken) private readonly rules: Registry<UserRule>) {}

  /** @throws ApiError what a rule throws that does not agree */
  create(creation: UserCreation): Promise<RuleOutcome> {
    return this.#gather((rule) => rule.create?.(creation));
  }

  /** @throws ApiError what a rule throws that does not agree */
  claims(user: User, changes: UserClaims, by: ChangedBy): Promise<RuleOutcome> {
    return this.#gather((rule) => rule.claims?.(user, changes, by));
  }

  /** @throws ApiError what a rule throws that does not agree */
  password(user: User, password: string, by: ChangedBy): Promise<RuleOutcome> {
    return this.#gather((rule) => rule.password?.(user, password, by));
  }

  async #gather(ask: (rule: UserRule) => Promise<RuleOutcome | undefined> | undefined): Promise<RuleOutcome> {
    const claims: Record<string, readonly string[]> = {};
    const writes: ((userId: string) => Promise<void>)[] = [];
    for (const rule of this.rules.all()) {
      const outcome = await ask(rule);
      Object.assign(claims, outcome?.claims);
      if (outcome?.write) writes.push(outcome.write);
    }
    const write = async (userId: string) => {
      for (const one of writes) await one(userId);
    };
    return { claims, write };
  }
}
