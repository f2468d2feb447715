import { createHash } from 'node:crypto';
import { inject, injectable } from 'tsyringe';
import { In } from 'typeorm';
import { type EventBus, EventBusToken } from '#core/kernel';
import { type Database, DatabaseToken, isDuplicate } from '#core/persistence';
import { folded } from '../stores/value-keys.js';
import { UserDeleted } from '../user.js';
import type { LocalClaim } from './claim-model.js';
import { ClaimOwners } from './claim-owners.js';
import { type ClaimOptions, ClaimOptionsToken } from './claim-settings.js';
import { claimValueErrors } from './claim-value-errors.js';
import { UniqueClaimEntity } from './unique-claim.entity.js';

/** For whom values are wanted. */
export interface UniqueFor {
  readonly orgId: string;
  readonly domain: string;
  /** Undefined for a user who is about to be made. */
  readonly userId: string | undefined;
}

const hash = (...parts: string[]) => createHash('sha256').update(parts.join('\n')).digest('hex');

/**
 * Values that only one user may have. Of several who want one at the same time, one gets it: who has it is a row of its
 * own in the server's database, written with the value or not at all. Whoever had a value before that is found by
 * looking for it in the user stores.
 */
@injectable()
export class UniqueClaims {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ClaimOwners) private readonly owners: ClaimOwners,
    @inject(ClaimOptionsToken) private readonly options: ClaimOptions,
    @inject(EventBusToken) events: EventBus,
  ) {
    events.participate(UserDeleted, async ({ orgId, id: userId }) => {
      await this.database.manager.delete(UniqueClaimEntity, { orgId, userId });
    });
  }

  /**
   * Looks whether somebody else has one of the values.
   *
   * @returns what is to be done in the unit of work that writes the values
   * @throws ApiError when somebody has; UnavailableError when a store cannot be asked
   */
  async claimed(
    claim: LocalClaim,
    values: readonly string[],
    whose: UniqueFor,
  ): Promise<(id: string) => Promise<void>> {
    const { orgId, domain, userId } = whose;
    const within = claim.uniquenessScope === 'WITHIN_USERSTORE' ? domain : undefined;
    const claimId = hash(claim.claimURI);
    const wanted = new Set(values.map((value) => hash(claim.claimURI, within ?? '*', folded(value))));
    // Who is written down before the stores are asked has the value in a store, or has lost it without our knowledge.
    // Who is written down later is somebody who was faster.
    const written = wanted.size > 0 ? await this.#rows(orgId, [...wanted]) : [];
    for (const value of values)
      if (await this.owners.another(orgId, claim.claimURI, value, { domain: within, than: userId }))
        throw this.#duplicate(claim);
    const outdated = written.filter((row) => row.userId !== userId);
    return (id) => this.#write({ orgId, claimId, id, wanted, outdated }, claim);
  }

  async #write(
    {
      orgId,
      claimId,
      id,
      wanted,
      outdated,
    }: {
      readonly orgId: string;
      readonly claimId: string;
      readonly id: string;
      readonly wanted: ReadonlySet<string>;
      readonly outdated: readonly UniqueClaimEntity[];
    },
    claim: LocalClaim,
  ): Promise<void> {
    const { manager } = this.database;
    for (const { valueId, userId } of outdated) await manager.delete(UniqueClaimEntity, { orgId, valueId, userId });
    const own = await manager.findBy(UniqueClaimEntity, { orgId, userId: id, claimId });
    const kept = new Set(own.map((row) => row.valueId));
    for (const valueId of kept)
      if (!wanted.has(valueId)) await manager.delete(UniqueClaimEntity, { orgId, valueId, userId: id });
    const rows = [...wanted].filter((valueId) => !kept.has(valueId)).toSorted();
    try {
      for (const valueId of rows) await manager.insert(UniqueClaimEntity, { orgId, valueId, claimId, userId: id });
    } catch (error) {
      throw isDuplicate(error) ? this.#duplicate(claim) : error;
    }
  }

  #rows(orgId: string, valueIds: readonly string[]): Promise<UniqueClaimEntity[]> {
    return this.database.manager.findBy(UniqueClaimEntity, { orgId, valueId: In([...valueIds]) });
  }

  #duplicate(claim: LocalClaim) {
    return claimValueErrors.duplicate(claim, this.options.duplicateStatus);
  }
}
