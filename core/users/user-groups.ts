import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { ApiError } from '#core/http';
import { type EventBus, EventBusToken, eventType, token } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { type UserStores, UserStoresToken } from './stores/user-stores.js';
import type { User } from './user.js';

/** Injection token of {@link UserGroups}. */
export const UserGroupsToken = token<UserGroups>('users.groups');

/** A user has left a group: what it had by the group must end. */
export const UserLeftGroup = eventType<{ readonly user: User; readonly groupId: string }>('user.left-group');

/** Who is in which group. */
@injectable()
export class UserGroups {
  constructor(
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(EventBusToken) private readonly events: EventBus,
  ) {}

  /** Puts a user into a group of the same store. Throws ApiError 403 when the store does not take it. */
  async join(user: User, groupId: string): Promise<void> {
    await this.database.run(async () => {
      await (await this.#writer(user)).addMembers(user.orgId, groupId, [user.id]);
      await this.#record(user, groupId, 'added');
    });
  }

  /** Takes a user out of a group. Throws ApiError 403 when the store does not take it. */
  async leave(user: User, groupId: string): Promise<void> {
    await this.database.run(async () => {
      await (await this.#writer(user)).removeMembers(user.orgId, groupId, [user.id]);
      await this.#record(user, groupId, 'removed');
      await this.events.publish(UserLeftGroup, { user, groupId });
    });
  }

  async #writer({ orgId, domain }: User) {
    const writer = (await this.stores.find(orgId, domain))?.groups?.writer;
    if (writer) return writer;
    throw new ApiError(
      'SUO-60001',
      403,
      'The user store is read-only.',
      `Groups cannot be changed in the user store ${domain}.`,
    );
  }

  async #record({ orgId, id }: User, groupId: string, what: 'added' | 'removed'): Promise<void> {
    const data = { [what]: id };
    await this.audit.record({ orgId, action: 'update-users-of-group', targetId: groupId, targetType: 'Group', data });
  }
}
