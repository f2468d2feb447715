import { inject, injectable } from 'tsyringe';
import { type EventBus, EventBusToken } from '#core/kernel';
import {
  type Database,
  DatabaseToken,
  type OutboxDelivery,
  type OutboxHandler,
  UndeliverableError,
} from '#core/persistence';
import { GroupDeleted } from '../groups/group.js';
import { IdentityDataRepository } from '../identity-data.repository.js';
import { UserDeleted } from '../user.js';
import { firstOf, located } from '../user-locator.js';
import { ConfiguredStores, ConfiguredStoresToken } from './configured-stores.js';
import { SecondaryStoreEntity } from './secondary-store.entity.js';
import { UnfinishedUserEntity } from './unfinished-user.entity.js';
import type { StoredUser, UserStore } from './user-store.js';
import { type UserStores, UserStoresToken } from './user-stores.js';

/** Users or groups that are looked at together. */
const PAGE = 200;

/**
 * Clears what the server knows of the users of a store that was deleted: sessions, tokens, consents, links and identity
 * data end by `UserDeleted`, as if each of them had been deleted; roles of its groups end by `GroupDeleted`. A directory
 * keeps what it has; what is in the server's own database has no other home and goes too. When the store cannot be reached it is tried again, as long as the outbox does.
 */
@injectable()
export class StoreRemoval implements OutboxHandler {
  constructor(
    @inject(ConfiguredStoresToken) private readonly configured: ConfiguredStores,
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(EventBusToken) private readonly events: EventBus,
  ) {}

  async deliver({ orgId, payload }: OutboxDelivery): Promise<void> {
    const row = await this.#row(orgId, payload);
    if (!row) return;
    const configuration = this.configured.configurationOf(row);
    if (configuration.broken !== undefined) throw new UndeliverableError(configuration.broken);
    const store = await this.stores.openAside(configuration);
    try {
      await this.#clearUsers(orgId, store);
      await this.#clearGroups(orgId, store);
    } finally {
      await store.close();
    }
    await this.#forget(row);
  }

  /** The name of the store is free again, though something of its users may be left. */
  async gaveUp({ orgId, payload }: OutboxDelivery): Promise<void> {
    const row = await this.#row(orgId, payload);
    if (row) await this.#forget(row);
  }

  async #clearUsers(orgId: string, store: UserStore): Promise<void> {
    let offset = 0;
    for (;;) {
      const page = await store.search?.users(orgId, { attributes: [], offset, limit: PAGE });
      if (!page || page.items.length === 0) return;
      for (const user of page.items) await this.#forgetUser(orgId, store, user);
      if (!store.inUnit || !store.writer) offset += page.items.length;
    }
  }

  async #clearGroups(orgId: string, store: UserStore): Promise<void> {
    let offset = 0;
    for (;;) {
      const page = await store.groups?.find(orgId, { offset, limit: PAGE });
      if (!page || page.items.length === 0) return;
      for (const { id } of page.items) await this.#forgetGroup(orgId, store, id);
      if (!store.inUnit || !store.groups?.writer) offset += page.items.length;
    }
  }

  async #forgetGroup(orgId: string, store: UserStore, groupId: string): Promise<void> {
    const others = await this.stores.all(orgId);
    const known = await firstOf(others, async (other) => other.groups?.byId(orgId, groupId));
    await this.database.run(async () => {
      if (store.inUnit) await store.groups?.writer?.delete(orgId, groupId);
      if (!known) await this.events.publish(GroupDeleted, { orgId, groupId });
    });
  }

  async #forgetUser(orgId: string, store: UserStore, stored: StoredUser): Promise<void> {
    // One directory may be set up twice: who is in another store still is somebody.
    const others = await this.stores.all(orgId);
    const known = await firstOf(others, async (other) => other.lookup.byId(orgId, stored.id));
    await this.database.run(async () => {
      if (store.inUnit) await store.writer?.delete(orgId, stored.id);
      if (known) return;
      await this.identityData.deleteAll(orgId, stored.id);
      await this.events.publish(UserDeleted, located(orgId, stored, store).user);
    });
  }

  async #row(orgId: string, payload: unknown): Promise<SecondaryStoreEntity | null> {
    const { id } = payload as { readonly id: string };
    return this.database.manager.findOneBy(SecondaryStoreEntity, { orgId, id, status: 'REMOVED' });
  }

  async #forget({ orgId, id, domain }: SecondaryStoreEntity): Promise<void> {
    await this.database.run(async () => {
      await this.configured.changed();
      await this.database.manager.delete(UnfinishedUserEntity, { orgId, domain });
      await this.database.manager.delete(SecondaryStoreEntity, { orgId, id });
    });
  }
}
