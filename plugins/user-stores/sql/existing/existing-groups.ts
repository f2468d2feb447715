import { createHash } from 'node:crypto';
import { ApiError } from '#core/http';
import { isDuplicate, sql, sqlList } from '#core/persistence';
import {
  type DescribedGroup,
  type GroupsCapability,
  type NormalFilter,
  normalFilter,
  type StoredGroup,
  type StoredUser,
  type StoreFilter,
  type StorePage,
  type StorePageQuery,
  UserFilterError,
} from '#core/users';
import { rowsOf } from '../store-database.js';
import { isText } from '../value-rules.js';
import type { ExistingContext } from './existing-context.js';

/** Users of one statement at most. */
const PIECE = 500;

/**
 * Groups in tables of others. These know them by name only, so the id of a group is made from its name, and the name
 * stays as it is. There are few of them beside users: what is asked of groups themselves is looked up in their list.
 */
export class ExistingGroups implements GroupsCapability {
  readonly writer?: NonNullable<GroupsCapability['writer']>;

  constructor(private readonly context: ExistingContext) {
    const { read_only, write_groups } = context.config;
    if (!read_only && write_groups)
      this.writer = {
        create: this.#create.bind(this),
        rename: this.#rename.bind(this),
        delete: this.#delete.bind(this),
        addMembers: (orgId, id, users) => this.#change('add_member', orgId, id, users),
        removeMembers: (orgId, id, users) => this.#change('remove_member', orgId, id, users),
      };
  }

  async ofUser(orgId: string, userId: string): Promise<StoredGroup[]> {
    if (orgId !== this.context.orgId || !isText(userId)) return [];
    const { tenant } = this.context;
    const rows = await this.context.rows('user_roles', [userId, tenant, tenant]);
    return rows.map(([name]) => this.#group(String(name)));
  }

  async ofUsers(orgId: string, userIds: readonly string[]): Promise<ReadonlyMap<string, readonly StoredGroup[]>> {
    const ids = [...new Set(userIds)].filter(isText);
    if (orgId !== this.context.orgId || ids.length === 0) return new Map();
    return this.context.isDefault('user_roles') ? this.#ofManyUsers(ids) : this.#ofEachUser(orgId, ids);
  }

  async #ofEachUser(orgId: string, ids: readonly string[]): Promise<Map<string, readonly StoredGroup[]>> {
    const found = new Map<string, readonly StoredGroup[]>();
    for (const id of ids) {
      const groups = await this.ofUser(orgId, id);
      if (groups.length > 0) found.set(id, groups);
    }
    return found;
  }

  async #ofManyUsers(ids: readonly string[]): Promise<Map<string, StoredGroup[]>> {
    const { database, tenant } = this.context;
    const found = new Map<string, StoredGroup[]>();
    for (let first = 0; first < ids.length; first += PIECE) {
      const rows = await rowsOf<{ id: string; name: string }>(
        database,
        sql`SELECT U.UM_USER_ID AS id, R.UM_ROLE_NAME AS name FROM UM_USER U
          JOIN UM_USER_ROLE UR ON UR.UM_USER_ID = U.UM_ID JOIN UM_ROLE R ON R.UM_ID = UR.UM_ROLE_ID
          WHERE U.UM_USER_ID IN ${sqlList(ids.slice(first, first + PIECE))} AND U.UM_TENANT_ID = ${tenant}
          AND R.UM_TENANT_ID = ${tenant} ORDER BY R.UM_ROLE_NAME`,
      );
      for (const { id, name } of rows) found.set(id, [...(found.get(id) ?? []), this.#group(name)]);
    }
    return found;
  }

  async byId(orgId: string, id: string): Promise<DescribedGroup | undefined> {
    return (await this.#all(orgId)).find((group) => group.id === id);
  }

  async byName(orgId: string, name: string): Promise<StoredGroup | undefined> {
    if (!isText(name)) return undefined;
    return (await this.#all(orgId)).find((group) => group.name.toLowerCase() === name.toLowerCase());
  }

  async find(orgId: string, { filter, offset, limit }: StorePageQuery): Promise<StorePage<DescribedGroup>> {
    const groups = await this.fitting(orgId, filter);
    const { max_role_name_list_length: most } = this.context.config;
    const end = offset + (most > 0 ? Math.min(limit, most) : limit);
    return { items: groups.slice(offset, end), total: groups.length };
  }

  /** All groups that fit. @throws UserFilterError for what groups do not have */
  async fitting(orgId: string, filter: StoreFilter | undefined): Promise<readonly StoredGroup[]> {
    return (await this.#all(orgId)).filter(await this.#fits(orgId, filter && normalFilter(filter)));
  }

  async members(orgId: string, groupId: string, page: Omit<StorePageQuery, 'filter'>): Promise<StorePage<StoredUser>> {
    const group = await this.byId(orgId, groupId);
    if (!group) return { items: [], total: 0 };
    const rows = await this.context.rows('role_users', [group.name, this.context.tenant]);
    const items = rows
      .slice(page.offset, page.offset + page.limit)
      .map(([id, username]) => ({ id: String(id), username: String(username) }));
    return { items, total: rows.length };
  }

  /** Groups are compared by name and id here: the statements give all of them at once in any case. */
  async #fits(orgId: string, filter: NormalFilter | undefined): Promise<(group: StoredGroup) => boolean> {
    if (!filter) return () => true;
    if (filter.op !== 'leaf') {
      const parts = await Promise.all(filter.filters.map((part) => this.#fits(orgId, part)));
      return filter.op === 'and'
        ? (group) => parts.every((fits) => fits(group))
        : (group) => parts.some((fits) => fits(group));
    }
    const fits = await this.#leaf(orgId, filter.of);
    return filter.negated ? (group) => !fits(group) : fits;
  }

  async #leaf(
    orgId: string,
    leaf: Extract<NormalFilter, { op: 'leaf' }>['of'],
  ): Promise<(group: StoredGroup) => boolean> {
    if (leaf.op === 'ids') return ({ id }) => leaf.ids.includes(id);
    const { subject, comparison, value } = leaf;
    if (subject.of === 'member' && comparison === 'eq') {
      const ids = new Set((await this.ofUser(orgId, value)).map(({ id }) => id));
      return ({ id }) => ids.has(id);
    }
    if (subject.of !== 'id' && subject.of !== 'name')
      throw new UserFilterError('Groups of this user store can be filtered by id, name and member (eq).');
    const wanted = subject.of === 'id' ? value : value.toLowerCase();
    const compare = {
      eq: (text: string) => text === wanted,
      co: (text: string) => text.includes(wanted),
      sw: (text: string) => text.startsWith(wanted),
      ew: (text: string) => text.endsWith(wanted),
      gt: (text: string) => text > wanted,
      ge: (text: string) => text >= wanted,
      lt: (text: string) => text < wanted,
      le: (text: string) => text <= wanted,
      ne: (text: string) => text !== wanted,
      pr: () => true,
    }[comparison];
    return ({ id, name }) => compare(subject.of === 'id' ? id : name.toLowerCase());
  }

  async #all(orgId: string): Promise<readonly StoredGroup[]> {
    if (orgId !== this.context.orgId) return [];
    const rows = await this.context.rows('list_roles', ['%', this.context.tenant]);
    return rows.map(([name]) => this.#group(String(name)));
  }

  /** A UUID (version 8) of the domain and the name, the same at all times. */
  #group(name: string): StoredGroup {
    const { domain, orgId } = this.context;
    const hex = createHash('sha256').update(`${orgId}/${domain}/${name}`).digest('hex');
    const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    return { id, name };
  }

  async #create(orgId: string, { name }: StoredGroup): Promise<StoredGroup> {
    const { database, tenant } = this.context;
    this.context.rules.checkGroupName(name);
    if (orgId !== this.context.orgId)
      throw new ApiError('SUO-60001', 403, 'The user store is read-only.', 'It belongs to another organization.');
    const taken = (cause?: unknown) =>
      new ApiError('SUO-60009', 409, 'The group exists.', `There is a group with the name ${name}.`, { cause });
    if (await this.byName(orgId, name)) throw taken();
    await database.run(() =>
      this.context.run('add_role', [name, tenant]).catch((error: unknown) => {
        throw isDuplicate(error) ? taken(error) : error;
      }),
    );
    return this.#group(name);
  }

  async #rename(orgId: string, groupId: string, name: string): Promise<void> {
    const group = await this.byId(orgId, groupId);
    if (!group || group.name === name) return;
    const reason = 'The tables of this user store know groups by their names only, so they cannot be renamed.';
    throw new ApiError('SUO-60008', 400, 'The name of the group is not allowed.', reason);
  }

  async #delete(orgId: string, groupId: string): Promise<boolean> {
    const group = await this.byId(orgId, groupId);
    if (!group) return false;
    const { database, tenant } = this.context;
    return database.run(async () => {
      await this.context.run('delete_role_users', [group.name, tenant, tenant]);
      return (await this.context.run('delete_role', [group.name, tenant])) > 0;
    });
  }

  async #change(use: 'add_member' | 'remove_member', orgId: string, groupId: string, userIds: readonly string[]) {
    const group = await this.byId(orgId, groupId);
    if (!group) return;
    const { database, tenant } = this.context;
    await database.run(async () => {
      for (const id of new Set(userIds)) {
        const user = await this.context.byId(orgId, id);
        if (!user) continue;
        const isIn = (await this.ofUser(orgId, id)).some((one) => one.id === groupId);
        if (isIn === (use === 'remove_member')) await this.context.run(use, [id, tenant, group.name, tenant, tenant]);
      }
    });
  }
}
