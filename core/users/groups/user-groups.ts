import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type EventBus, EventBusToken, token } from '#core/kernel';
import { type Database, DatabaseToken, isDuplicate } from '#core/persistence';
import type { GroupsCapability, UserStore } from '../stores/user-store.js';
import type { User } from '../user.js';
import { type Group, GroupDeleted, qualifiedGroupName, UserLeftGroup } from './group.js';
import { type GroupDirectory, GroupDirectoryToken } from './group-directory.js';
import { groupErrors } from './group-errors.js';
import { type GroupExternalIds, GroupExternalIdsToken } from './group-external-ids.js';
import { type MemberChange, MemberChanges } from './member-changes.js';

/** Injection token of {@link UserGroups}. */
export const UserGroupsToken = token<UserGroups>('users.groups');

/** A group to be. */
export interface NewGroup {
  /** `DOMAIN/name`, or a bare name, which is one of the primary store. */
  readonly name: string;
  /** Ids of users of the same store. */
  readonly members?: readonly string[];
  /** What a client calls it. */
  readonly externalId?: string | undefined;
}

/** What is changed of a group; what is absent stays. */
export interface GroupChange extends MemberChange {
  /** Bare, or with the domain that the group has. */
  readonly name?: string | undefined;
  /** What a client calls it; null: nothing any more. */
  readonly externalId?: string | null | undefined;
}

type Writer = NonNullable<GroupsCapability['writer']>;

/**
 * Changes groups. What somebody had by a group ends when they leave it. Everything is looked up and checked before
 * anything is written; a store over a network is written outside of the unit of work, and put back when that fails.
 */
@injectable()
export class UserGroups {
  constructor(
    @inject(GroupDirectoryToken) private readonly directory: GroupDirectory,
    @inject(MemberChanges) private readonly members: MemberChanges,
    @inject(GroupExternalIdsToken) private readonly externalIds: GroupExternalIds,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(EventBusToken) private readonly events: EventBus,
  ) {}

  /**
   * Makes a group with its members, wholly or not at all.
   *
   * @throws ApiError 409 when the name is taken; 400 for a name that is not allowed, a store that is not there or is
   *   read-only, and members that are no users of the store
   * @throws UnavailableError when the store cannot be reached
   */
  async create(orgId: string, { name: given, members = [], externalId }: NewGroup): Promise<Group> {
    const { store, name } = await this.directory.named(orgId, given);
    const writer = writerOf(store);
    if (await store.groups?.byName(orgId, name)) throw groupErrors.exists(name);
    const users = await this.members.checked(store, orgId, members);
    const create = async () => {
      const made = await writer.create(orgId, { id: uuid(), name });
      return { ...made, orgId, domain: store.domain };
    };
    const noted = async (group: Group) => {
      await this.#record(group, 'add-group', { name: qualifiedGroupName(group) });
      if (externalId !== undefined) await this.externalIds.write(orgId, group.id, externalId);
    };
    return unlessTaken(name, async () => {
      if (store.inUnit)
        return this.database.run(async () => {
          const group = await create();
          await this.members.add(store, group, users);
          await noted(group);
          return group;
        });
      const group = await create();
      try {
        await this.members.add(store, group, users);
        await this.database.run(() => noted(group));
      } catch (error) {
        await writer.delete(orgId, group.id);
        throw error;
      }
      return group;
    });
  }

  /**
   * Changes name and members of a group, wholly or not at all. Its id stays. In a store over a network that holds for
   * the name, for those who come and for those who go apart, a few hundred at a time.
   *
   * @throws ApiError 404 when there is no such group, 409 when the name is taken; 400 for a name of another store or one
   *   that is not allowed, a read-only store, and new members that are no users of the store
   */
  async update(orgId: string, id: string, change: GroupChange): Promise<void> {
    const found = await this.directory.locate(orgId, id);
    if (!found) throw groupErrors.notFound(id);
    const { group, store } = found;
    const writer = writerOf(store);
    const name = change.name === undefined ? group.name : await this.#newName(group, change.name);
    const isRenamed = name !== group.name;
    const taken = isRenamed ? await store.groups?.byName(orgId, name) : undefined;
    if (taken && taken.id !== id) throw groupErrors.exists(name);
    const plan = await this.members.plan(store, group, change);
    const rename = async () => {
      if (isRenamed) await writer.rename(orgId, id, name);
    };
    const noted = async () => {
      if (isRenamed) await this.#record(group, 'update-group-name', { name: qualifiedGroupName({ ...group, name }) });
      await this.#call(group, change.externalId);
    };
    await unlessTaken(name, async () => {
      if (store.inUnit)
        return this.database.run(async () => {
          await rename();
          await noted();
          await this.members.apply(store, group, plan);
        });
      await rename();
      try {
        await this.database.run(noted);
        await this.members.apply(store, group, plan);
      } catch (error) {
        if (isRenamed) await writer.rename(orgId, id, group.name);
        throw error;
      }
    });
  }

  /**
   * Removes a group. Everybody in it leaves it; where they are many, in parts. Returns whether there was one.
   *
   * @throws ApiError 400 when the store is read-only
   */
  async delete(orgId: string, id: string): Promise<boolean> {
    const found = await this.directory.locate(orgId, id);
    if (!found) return false;
    const { group, store } = found;
    const writer = writerOf(store);
    await this.members.removeMany(store, group);
    const last = await this.members.of(store, group);
    if (!store.inUnit && !(await writer.delete(orgId, id))) return false;
    return this.database.run(async () => {
      if (store.inUnit && !(await writer.delete(orgId, id))) return false;
      await this.#record(group, 'delete-group', { name: qualifiedGroupName(group) });
      for (const user of last) await this.events.publish(UserLeftGroup, { user, groupId: id });
      await this.events.publish(GroupDeleted, { orgId, groupId: id });
      return true;
    });
  }

  /** Puts a user into a group of the same store. @throws ApiError as {@link update} */
  async join({ orgId, id }: User, groupId: string): Promise<void> {
    await this.update(orgId, groupId, { add: [id] });
  }

  /** Takes a user out of a group. @throws ApiError as {@link update} */
  async leave({ orgId, id }: User, groupId: string): Promise<void> {
    await this.update(orgId, groupId, { remove: [id] });
  }

  async #newName({ orgId, domain }: Group, given: string): Promise<string> {
    const slash = given.indexOf('/');
    if (slash >= 0 && given.slice(0, slash).toUpperCase() !== domain) throw groupErrors.otherDomain();
    return (await this.directory.named(orgId, `${domain}/${given.slice(slash + 1)}`)).name;
  }

  async #call(group: Group, externalId: string | null | undefined): Promise<void> {
    if (externalId === undefined || !(await this.externalIds.write(group.orgId, group.id, externalId))) return;
    await this.#record(group, 'update-group-external-id', { externalId });
  }

  async #record({ orgId, id }: Group, action: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    await this.audit.record({ orgId, action, targetId: id, targetType: 'Group', data });
  }
}

/** Of two that take a name at once, the store lets one pass. */
async function unlessTaken<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isDuplicate(error) ? groupErrors.exists(name) : error;
  }
}

function writerOf({ groups }: UserStore): Writer {
  if (groups?.writer) return groups.writer;
  throw groupErrors.readOnly();
}
