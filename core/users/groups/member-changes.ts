import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type EventBus, EventBusToken } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import type { GroupsCapability, UserStore } from '../stores/user-store.js';
import { usersById } from '../stores/users-by-id.js';
import type { User } from '../user.js';
import { located } from '../user-locator.js';
import { type Group, UserLeftGroup } from './group.js';
import { groupErrors } from './group-errors.js';

/** Who comes into a group and who leaves it. */
export interface MemberChange {
  /** Everybody who is in it leaves, but for those who are added. */
  readonly replace?: boolean;
  /** Ids of users of the same store; those who are in already stay. */
  readonly add?: readonly string[];
  /** Ids; those who are not in change nothing. */
  readonly remove?: readonly string[];
}

/** The same, looked up and checked. */
export interface PlannedChange {
  readonly joining: readonly User[];
  readonly leaving: readonly User[];
}

/** Members that are written at once. */
const BATCH = 500;

/** Changes who is in a group. */
@injectable()
export class MemberChanges {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(EventBusToken) private readonly events: EventBus,
  ) {}

  /** Users of the store by id. @throws ApiError 400 when one is not there */
  async checked(store: UserStore, orgId: string, ids: readonly string[]): Promise<readonly User[]> {
    const found = await usersById(store, orgId, ids);
    return [...new Set(ids)].map((id) => {
      const user = found.get(id);
      if (!user) throw groupErrors.unknownMember(id, store.domain);
      return located(orgId, user, store).user;
    });
  }

  /** What a change comes to. @throws ApiError 400 when somebody is to be added who is not there */
  async plan(
    store: UserStore,
    group: Group,
    { replace = false, add = [], remove = [] }: MemberChange,
  ): Promise<PlannedChange> {
    const joining = await this.checked(store, group.orgId, add);
    if (!replace) return { joining, leaving: await this.#membersAmong(store, group, remove) };
    const staying = new Set(add);
    const leaving: User[] = [];
    for await (const page of pages(store, group)) leaving.push(...page.filter(({ id }) => !staying.has(id)));
    return { joining, leaving };
  }

  /** Makes a change. Called within a unit of work when the store lies in the same database. */
  async apply(store: UserStore, group: Group, { joining, leaving }: PlannedChange): Promise<void> {
    await this.add(store, group, joining);
    for (const some of batches(leaving)) await this.#remove(store, group, some);
  }

  /** Puts users into a group. */
  async add(store: UserStore, group: Group, users: readonly User[]): Promise<void> {
    for (const some of batches(users)) {
      const ids = some.map(({ id }) => id);
      const write = () => writerOf(store).addMembers(group.orgId, group.id, ids);
      const undo = () => writerOf(store).removeMembers(group.orgId, group.id, ids);
      await this.#written(store, write, undo, () => this.#record(group, { added: ids }));
    }
  }

  /** Takes members out of a group until it is small enough to be dealt with at once. */
  async removeMany(store: UserStore, group: Group): Promise<void> {
    for (;;) {
      const { items } = await groupsOf(store).members(group.orgId, group.id, { offset: 0, limit: BATCH + 1 });
      if (items.length <= BATCH) return;
      await this.#remove(
        store,
        group,
        items.slice(0, BATCH).map((user) => located(group.orgId, user, store).user),
      );
    }
  }

  /** All members of a small group. */
  async of(store: UserStore, group: Group): Promise<readonly User[]> {
    const { items } = await groupsOf(store).members(group.orgId, group.id, { offset: 0, limit: BATCH });
    return items.map((user) => located(group.orgId, user, store).user);
  }

  async #remove(store: UserStore, group: Group, users: readonly User[]): Promise<void> {
    const ids = users.map(({ id }) => id);
    const write = () => writerOf(store).removeMembers(group.orgId, group.id, ids);
    const undo = () => writerOf(store).addMembers(group.orgId, group.id, ids);
    await this.#written(store, write, undo, async () => {
      await this.#record(group, { removed: ids });
      for (const user of users) await this.events.publish(UserLeftGroup, { user, groupId: group.id });
    });
  }

  async #written(
    { inUnit }: UserStore,
    write: () => Promise<void>,
    undo: () => Promise<void>,
    within: () => Promise<void>,
  ): Promise<void> {
    if (inUnit)
      return this.database.run(async () => {
        await write();
        await within();
      });
    await write();
    try {
      await this.database.run(within);
    } catch (error) {
      await undo();
      throw error;
    }
  }

  /** Those of some users who are in the group. */
  async #membersAmong(store: UserStore, { orgId, id }: Group, ids: readonly string[]): Promise<readonly User[]> {
    const members: string[] = [];
    for (const some of batches([...new Set(ids)])) {
      const groups = await groupsOf(store).ofUsers(orgId, some);
      members.push(...some.filter((user) => groups.get(user)?.some((group) => group.id === id)));
    }
    const found = await usersById(store, orgId, members);
    return [...found.values()].map((user) => located(orgId, user, store).user);
  }

  async #record({ orgId, id }: Group, data: { readonly added?: string[]; readonly removed?: string[] }): Promise<void> {
    await this.audit.record({ orgId, action: 'update-users-of-group', targetId: id, targetType: 'Group', data });
  }
}

async function* pages(store: UserStore, { orgId, id }: Group): AsyncGenerator<readonly User[]> {
  for (let offset = 0; ; offset += BATCH) {
    const { items } = await groupsOf(store).members(orgId, id, { offset, limit: BATCH });
    if (items.length === 0) return;
    yield items.map((user) => located(orgId, user, store).user);
  }
}

function* batches<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += BATCH) yield all.slice(at, at + BATCH);
}

function groupsOf({ groups }: UserStore): GroupsCapability {
  if (groups) return groups;
  throw groupErrors.readOnly();
}

function writerOf(store: UserStore): NonNullable<GroupsCapability['writer']> {
  const { writer } = groupsOf(store);
  if (writer) return writer;
  throw groupErrors.readOnly();
}
