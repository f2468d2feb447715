import { inject, injectable } from 'tsyringe';
import { type EventBus, EventBusToken } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { type User, UserDeleted } from '#core/users';
import {
  ConsentAuthorizationEntity,
  ConsentedElementEntity,
  ConsentedPurposeEntity,
  ConsentPropertyEntity,
  ConsentRecordEntity,
} from './consent-record.entities.js';

/** Consents go with their users. To be built once. */
@injectable()
export class ConsentRemoval {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(EventBusToken) events: EventBus,
  ) {
    events.participate(UserDeleted, (user) => this.#forget(user));
  }

  /** What waits for somebody who is gone can never be approved by all: it counts as rejected. */
  async #forget({ orgId, id: userId }: User): Promise<void> {
    await this.database.run(async () => {
      const { manager } = this.database;
      for (const { id } of await manager.findBy(ConsentRecordEntity, { orgId, userId })) await this.#delete(orgId, id);
      const waiting = await manager.findBy(ConsentAuthorizationEntity, { orgId, userId, state: 'PENDING' });
      for (const { consentId: id } of waiting)
        await manager.update(ConsentRecordEntity, { orgId, id, state: 'PENDING' }, { state: 'REJECTED' });
      await manager.delete(ConsentAuthorizationEntity, { orgId, userId });
    });
  }

  async #delete(orgId: string, consentId: string): Promise<void> {
    const { manager } = this.database;
    for (const { id: consentedId } of await manager.findBy(ConsentedPurposeEntity, { orgId, consentId }))
      await manager.delete(ConsentedElementEntity, { orgId, consentedId });
    for (const entity of [ConsentedPurposeEntity, ConsentAuthorizationEntity, ConsentPropertyEntity])
      await manager.delete(entity, { orgId, consentId });
    await manager.delete(ConsentRecordEntity, { orgId, id: consentId });
  }
}
