import { inject, injectable } from 'tsyringe';
import { In } from 'typeorm';
import { type EventBus, EventBusToken, token } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { GroupDeleted } from './group.js';
import { GroupExternalIdEntity } from './group-external-id.entity.js';

/** Injection token of the {@link GroupExternalIds}. */
export const GroupExternalIdsToken = token<GroupExternalIds>('users.group-external-ids');

/** Groups that one statement names at most. */
const PIECE = 500;

/** What clients call groups (`externalId`, RFC 7643 section 3.1). Kept here: stores have no place for it. */
@injectable()
export class GroupExternalIds {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(EventBusToken) events: EventBus,
  ) {
    events.participate(GroupDeleted, async ({ orgId, groupId }) => void (await this.write(orgId, groupId, null)));
  }

  /** Names by id of the group; groups without one are absent. */
  async of(orgId: string, groupIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (let first = 0; first < groupIds.length; first += PIECE) {
      const where = { orgId, groupId: In(groupIds.slice(first, first + PIECE)) };
      for (const row of await this.database.manager.findBy(GroupExternalIdEntity, where))
        found.set(row.groupId, row.externalId);
    }
    return found;
  }

  /** Ids of groups, no more than `most`. @param externalId undefined: that are called anything */
  async named(orgId: string, externalId: string | undefined, most: number): Promise<readonly string[]> {
    const where = { orgId, ...(externalId === undefined ? {} : { externalId }) };
    const rows = await this.database.manager.find(GroupExternalIdEntity, { where, take: most });
    return rows.map(({ groupId }) => groupId);
  }

  /** Sets the name of a group, or takes it away, in the unit of work in progress. Returns whether that changed anything. */
  async write(orgId: string, groupId: string, externalId: string | null): Promise<boolean> {
    const before = await this.database.manager.findOneBy(GroupExternalIdEntity, { orgId, groupId });
    if ((before?.externalId ?? null) === externalId) return false;
    if (externalId === null) await this.database.manager.delete(GroupExternalIdEntity, { orgId, groupId });
    else
      await this.database.manager.upsert(GroupExternalIdEntity, { orgId, groupId, externalId }, ['orgId', 'groupId']);
    return true;
  }
}
