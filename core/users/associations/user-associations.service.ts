import { inject, injectable } from 'tsyringe';
import { v7 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type Clock, ClockToken, type EventBus, EventBusToken, token } from '#core/kernel';
import { type Database, DatabaseToken, isDuplicate } from '#core/persistence';
import { type User, UserDeleted } from '../user.js';
import { UserAssociationEntity } from './user-association.entity.js';

/** Injection token of the {@link UserAssociations}. */
export const UserAssociationsToken = token<UserAssociations>('users.associations');

type Owner = Pick<User, 'orgId' | 'id'>;

/**
 * Accounts of one organization that belong to the same person. Whoever is associated with one of them is associated
 * with all: linking two that have others brings all of them together.
 */
@injectable()
export class UserAssociations {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(EventBusToken) events: EventBus,
  ) {
    events.participate(UserDeleted, async (user) => void (await this.remove(user)));
  }

  /** Ids of the accounts that belong to the person of a user, without the user, the oldest link first. */
  async of(user: Owner): Promise<string[]> {
    const own = await this.#row(user);
    if (!own) return [];
    return (await this.#group(own)).map(({ userId }) => userId).filter((id) => id !== user.id);
  }

  /** Brings two users of an organization together. Returns false when they were together already. */
  async link(user: Owner, other: Owner): Promise<boolean> {
    if (other.orgId !== user.orgId || other.id === user.id) throw new Error('two users of one organization are wanted');
    try {
      return await this.#link(user, other);
    } catch (error) {
      // Somebody else has linked one of them meanwhile.
      if (!isDuplicate(error) || this.database.inUnit) throw error;
      return this.#link(user, other);
    }
  }

  #link(user: Owner, other: Owner): Promise<boolean> {
    const { orgId } = user;
    return this.database.run(async () => {
      const [mine, theirs] = [await this.#row(user), await this.#row(other)];
      if (mine && theirs && mine.associationKey === theirs.associationKey) return false;
      const associationKey = mine?.associationKey ?? theirs?.associationKey ?? uuid();
      const createdAt = this.clock.now();
      if (mine && theirs) {
        const key = { orgId, associationKey: theirs.associationKey };
        await this.database.manager.update(UserAssociationEntity, key, { associationKey });
      }
      for (const [row, { id: userId }] of [
        [mine, user],
        [theirs, other],
      ] as const)
        if (!row)
          await this.database.manager.insert(UserAssociationEntity, { orgId, userId, associationKey, createdAt });
      await this.#record('add-user-association', user, { associated: other.id });
      return true;
    });
  }

  /** Takes a user out of the accounts of its person. Returns whether it had any. */
  async remove(user: Owner): Promise<boolean> {
    return this.database.run(async () => {
      const own = await this.#row(user);
      if (!own) return false;
      const { orgId } = user;
      await this.database.manager.delete(UserAssociationEntity, { orgId, userId: user.id });
      // Whoever is left alone is associated with nobody.
      const rest = await this.#group(own);
      if (rest.length === 1)
        await this.database.manager.delete(UserAssociationEntity, { orgId, associationKey: own.associationKey });
      await this.#record('delete-user-association', user, { associated: rest.map(({ userId }) => userId) });
      return true;
    });
  }

  #row({ orgId, id: userId }: Owner): Promise<UserAssociationEntity | null> {
    return this.database.manager.findOneBy(UserAssociationEntity, { orgId, userId });
  }

  #group({ orgId, associationKey }: UserAssociationEntity): Promise<UserAssociationEntity[]> {
    const order = { createdAt: 'ASC', userId: 'ASC' } as const;
    return this.database.manager.find(UserAssociationEntity, { where: { orgId, associationKey }, order });
  }

  #record(action: string, { orgId, id }: Owner, data: Readonly<Record<string, unknown>>): Promise<void> {
    return this.audit.record({ orgId, action, targetId: id, targetType: 'User', data });
  }
}
