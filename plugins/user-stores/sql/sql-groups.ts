import { type SqlText, sql, sqlList } from '#core/persistence';
import {
  type DescribedGroup,
  folded,
  type GroupsCapability,
  normalFilter,
  type StoredGroup,
  type StoredUser,
  type StorePage,
  type StorePageQuery,
} from '#core/users';
import { checkSize } from './search/filter-size.js';
import { groupCondition } from './search/group-conditions.js';
import { SqlGroupWriter } from './sql-group-writer.js';
import type { StoreContext } from './store-context.js';
import { rowOf, rowsOf } from './store-database.js';
import { isText } from './value-rules.js';

/** Users of one statement at most. */
const PIECE = 1000;

interface GroupRow {
  readonly id: string;
  readonly name: string;
  readonly created_at: number | string | null;
  readonly modified_at: number | string | null;
}

/** Groups of the SQL user store. */
export class SqlGroups implements GroupsCapability {
  readonly writer?: SqlGroupWriter;

  constructor(private readonly context: StoreContext) {
    const { write_groups, read_only } = context.config;
    if (write_groups && !read_only) this.writer = new SqlGroupWriter(context);
  }

  async ofUser(orgId: string, userId: string): Promise<StoredGroup[]> {
    return [...((await this.ofUsers(orgId, [userId])).get(userId) ?? [])];
  }

  async ofUsers(orgId: string, userIds: readonly string[]): Promise<ReadonlyMap<string, readonly StoredGroup[]>> {
    const found = new Map<string, StoredGroup[]>();
    for (let first = 0; first < userIds.length; first += PIECE) {
      const rows = await rowsOf<StoredGroup & { user_id: string }>(
        this.context.database,
        sql`SELECT m.user_id, g.id, g.name FROM um_group_member m JOIN um_group g ON g.id = m.group_id
          WHERE m.user_id IN ${sqlList(userIds.slice(first, first + PIECE))} AND g.org_id = ${orgId}
          AND g.domain = ${this.context.domain} ORDER BY g.name_key`,
      );
      for (const { user_id, id, name } of rows) found.set(user_id, [...(found.get(user_id) ?? []), { id, name }]);
    }
    return found;
  }

  async byId(orgId: string, id: string): Promise<DescribedGroup | undefined> {
    if (!isText(id)) return undefined;
    const row = await this.#one(orgId, sql`g.id = ${id}`);
    return row && described(row);
  }

  async byName(orgId: string, name: string): Promise<StoredGroup | undefined> {
    if (!isText(name)) return undefined;
    const row = await this.#one(orgId, sql`g.name_key = ${folded(name)}`);
    return row && { id: row.id, name: row.name };
  }

  async find(orgId: string, { filter, offset, limit: asked }: StorePageQuery): Promise<StorePage<DescribedGroup>> {
    const { database, config } = this.context;
    const { max_role_name_list_length: most } = config;
    const limit = most > 0 ? Math.min(asked, most) : asked;
    const normal = filter && normalFilter(filter);
    if (normal) checkSize(normal);
    const fits = normal ? sql`${this.#own(orgId)} AND ${groupCondition(database.dialect, normal)}` : this.#own(orgId);
    const count = await rowOf<{ total: number | string }>(
      database,
      sql`SELECT COUNT(*) AS total FROM um_group g WHERE ${fits}`,
    );
    const total = Number(count?.total ?? 0);
    if (offset >= total) return { items: [], total };
    const rows = await rowsOf<GroupRow>(
      database,
      sql`SELECT g.id, g.name, g.created_at, g.modified_at FROM um_group g WHERE ${fits}
        ORDER BY g.name_key LIMIT ${limit} OFFSET ${offset}`,
    );
    return { items: rows.map(described), total };
  }

  async members(
    orgId: string,
    groupId: string,
    { offset, limit }: Omit<StorePageQuery, 'filter'>,
  ): Promise<StorePage<StoredUser>> {
    const { database, domain } = this.context;
    const count = await rowOf<{ total: number | string }>(
      database,
      sql`SELECT COUNT(*) AS total FROM um_group_member c WHERE c.group_id = ${groupId} AND EXISTS
        (SELECT 1 FROM um_group g WHERE g.id = ${groupId} AND g.org_id = ${orgId} AND g.domain = ${domain})`,
    );
    const total = Number(count?.total ?? 0);
    if (offset >= total) return { items: [], total };
    // What is skipped is skipped in the index, and only the users of the page are read.
    const items = await rowsOf<StoredUser>(
      database,
      sql`SELECT u.id, u.username FROM (SELECT p.user_id, p.member_key FROM um_group_member p
        WHERE p.group_id = ${groupId} ORDER BY p.member_key, p.user_id LIMIT ${limit} OFFSET ${offset}) m
        JOIN um_user u ON u.id = m.user_id WHERE u.org_id = ${orgId} ORDER BY m.member_key, m.user_id`,
    );
    return { items: items.map(({ id, username }) => ({ id, username })), total };
  }

  #own(orgId: string): SqlText {
    return sql`g.org_id = ${orgId} AND g.domain = ${this.context.domain}`;
  }

  async #one(orgId: string, fits: SqlText): Promise<GroupRow | undefined> {
    return rowOf<GroupRow>(
      this.context.database,
      sql`SELECT g.id, g.name, g.created_at, g.modified_at FROM um_group g WHERE ${this.#own(orgId)} AND ${fits}`,
    );
  }
}

function described({ id, name, created_at: created, modified_at: modified }: GroupRow): DescribedGroup {
  return {
    id,
    name,
    ...(created === null ? {} : { created: new Date(Number(created)).toISOString() }),
    ...(modified === null ? {} : { modified: new Date(Number(modified)).toISOString() }),
  };
}
