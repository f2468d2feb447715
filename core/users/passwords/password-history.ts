import { inject, injectable } from 'tsyringe';
import { In } from 'typeorm';
import { v4 as uuid } from 'uuid';
import { type PasswordHashing, PasswordHashingToken } from '#core/crypto';
import { ApiError } from '#core/http';
import { type Clock, ClockToken, type EventBus, EventBusToken } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { GovernanceService, GovernanceServiceToken } from '../governance/governance.service.js';
import { type User, UserDeleted } from '../user.js';
import type { RuleOutcome, UserCreation, UserRule } from '../user-rules.js';
import { HISTORY } from './password-connectors.js';
import { PasswordHistoryEntity } from './password-history.entity.js';

/** Refuses passwords that a user has had before (connector `passwordHistory`). Only hashes are kept. */
@injectable()
export class PasswordHistory implements UserRule {
  constructor(
    @inject(GovernanceServiceToken) private readonly governance: GovernanceService,
    @inject(PasswordHashingToken) private readonly hashing: PasswordHashing,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(EventBusToken) events: EventBus,
  ) {
    events.participate(UserDeleted, async ({ orgId, id: userId }) => {
      await database.run(() => database.manager.delete(PasswordHistoryEntity, { orgId, userId }));
    });
  }

  async create({ orgId, password }: UserCreation): Promise<RuleOutcome | undefined> {
    if (password === undefined) return undefined;
    const count = await this.#count(orgId);
    return count === 0 ? undefined : this.#remembering(orgId, password, count);
  }

  async password({ orgId, id }: User, password: string): Promise<RuleOutcome | undefined> {
    const count = await this.#count(orgId);
    if (count === 0) return undefined;
    for (const { hash } of await this.#last(orgId, id, count)) {
      if (!(await this.hashing.verify(hash, password))) continue;
      const description = 'The password has been used in recent history. Choose a different one.';
      throw new ApiError('22001', 400, 'This password has been used in recent history.', description);
    }
    return this.#remembering(orgId, password, count);
  }

  async #remembering(orgId: string, password: string, count: number): Promise<RuleOutcome> {
    const hash = await this.hashing.hash('argon2id', password);
    return {
      write: async (userId) => {
        const { manager } = this.database;
        // Two changes within one millisecond still have an order.
        const [newest] = await this.#last(orgId, userId, 1);
        const setAt = Math.max(this.clock.now(), (newest?.setAt ?? 0) + 1);
        await manager.insert(PasswordHistoryEntity, { id: uuid(), orgId, userId, hash, setAt });
        const old = (await this.#last(orgId, userId, 1000)).slice(count).map(({ id }) => id);
        if (old.length > 0) await manager.delete(PasswordHistoryEntity, { orgId, id: In(old) });
      },
    };
  }

  #last(orgId: string, userId: string, take: number): Promise<PasswordHistoryEntity[]> {
    return this.database.manager.find(PasswordHistoryEntity, {
      where: { orgId, userId },
      order: { setAt: 'DESC' },
      take,
    });
  }

  /** How many passwords are remembered; 0 when none are. */
  async #count(orgId: string): Promise<number> {
    if (!(await this.governance.isOn(orgId, HISTORY, `${HISTORY}.enable`))) return 0;
    return this.governance.number(orgId, HISTORY, `${HISTORY}.count`);
  }
}
