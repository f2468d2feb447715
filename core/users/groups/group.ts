import { eventType } from '#core/kernel';
import type { DescribedGroup } from '../stores/user-store.js';
import { PRIMARY } from '../stores/user-stores.js';
import type { User } from '../user.js';

/** A group, addressed by an id that never changes. */
export interface Group extends DescribedGroup {
  readonly orgId: string;
  /** Domain of the store that holds it. */
  readonly domain: string;
}

/** A user has left a group: what it had by the group must end. */
export const UserLeftGroup = eventType<{ readonly user: User; readonly groupId: string }>('user.left-group');
/** A group is gone. Those who were in it have left it before. */
export const GroupDeleted = eventType<{ readonly orgId: string; readonly groupId: string }>('group.deleted');

/** `name` in the primary store, else `DOMAIN/name`. */
export function qualifiedGroupName({ name, domain }: Pick<Group, 'name' | 'domain'>): string {
  return domain === PRIMARY ? name : `${domain}/${name}`;
}
