import { type SqlText, sql, sqlList } from '#core/persistence';
import {
  afterPrefix,
  type FoundUser,
  type NormalFilter,
  normalFilter,
  type StoreAttributes,
  type StorePage,
  type UserSearchCapability,
} from '#core/users';
import { collect } from '../collected-values.js';
import { rowOf, rowsOf, type StoreDatabase } from '../store-database.js';
import { type Anchor, anchorOf } from './anchor.js';
import { checkSize } from './filter-size.js';
import type { NameMarks } from './name-marks.js';
import { type Holders, type SearchScope, TIMES, unindexed, userCondition } from './user-conditions.js';

/** Users whom sorting costs little: with so few the statement begins at the values, however many users there are. */
const FEW = 2000;

interface UserRow {
  readonly id: string;
  readonly username: string;
  readonly created_at: number | string;
  readonly modified_at: number | string;
}

type PageQuery = Parameters<UserSearchCapability['users']>[1];

/**
 * Users of the store that fit a filter, by name. One statement counts them, one reads the page, one the attributes of
 * its users; all by index (see the tests of the plans). Nobody is read who is not on the page.
 */
export class SqlUserSearch {
  constructor(
    private readonly database: StoreDatabase,
    private readonly marks: NameMarks,
    private readonly scopeOf: (orgId: string) => SearchScope,
    /** Users of one page at most. */
    private readonly most: number,
  ) {}

  /** A page. @throws UserFilterError when the filter is too deep or too long */
  async users(orgId: string, asked: PageQuery): Promise<StorePage<FoundUser>> {
    const query = { ...asked, limit: Math.min(asked.limit, this.most) };
    const filter = query.filter && normalFilter(query.filter);
    const { rows, total } = filter ? await this.#filtered(orgId, filter, query) : await this.#range(orgId, query);
    return { items: await this.#withAttributes(orgId, rows, query.attributes), total };
  }

  async #filtered(orgId: string, filter: NormalFilter, query: PageQuery) {
    if (filter.op === 'and' && filter.filters.length === 0) return this.#range(orgId, query);
    checkSize(filter);
    const scope = this.scopeOf(orgId);
    const prefix = prefixOf(scope, filter);
    if (prefix !== undefined) return this.#range(orgId, query, prefix, afterPrefix(prefix));
    const anchor = anchorOf(scope, filter);
    const total = await this.#count(scope, filter, anchor);
    if (query.offset >= total) return { rows: [], total };
    const isShort = anchor && (total <= FEW || (await this.#isRare(orgId, total, query)));
    const where = isShort ? anchored(scope, anchor) : sql`${all(scope)} AND ${userCondition(scope, filter)}`;
    return { rows: await this.#page(where, query.offset, query.limit), total };
  }

  /** Users whose names lie between two: the number and the place of the page come from the marks. */
  async #range(orgId: string, { offset, limit }: PageQuery, from?: string, to?: string) {
    const first = from === undefined ? 0 : await this.marks.before(orgId, from);
    const end = to === undefined ? await this.marks.total(orgId) : await this.marks.before(orgId, to);
    const [total, take] = [end - first, Math.min(limit, end - first - offset)];
    if (take <= 0) return { rows: [], total };
    const place = await this.marks.place(orgId, first + offset);
    const where = sql`${all(this.scopeOf(orgId))} AND u.username_key >= ${place.from}`;
    return { rows: await this.#page(where, place.skip, take), total };
  }

  /** Whether so few fit that going through all users by name until the page is full would take longer than to sort. */
  async #isRare(orgId: string, total: number, { offset, limit }: PageQuery): Promise<boolean> {
    const passed = ((offset + limit) * (await this.marks.total(orgId))) / total;
    return passed > total;
  }

  async #count(scope: SearchScope, filter: NormalFilter, anchor: Anchor | undefined): Promise<number> {
    if (filter.op === 'leaf' && filter.negated) {
      const without = { ...filter, negated: false };
      const some = await this.#count(scope, without, anchorOf(scope, without));
      return (await this.marks.total(scope.orgId)) - some;
    }
    if (anchor?.holders && (await this.marks.isAlone(scope.orgId))) return this.#countHolders(anchor.holders);
    const where = anchor ? anchored(scope, anchor) : sql`${all(scope)} AND ${userCondition(scope, filter)}`;
    const row = await rowOf<{ total: number | string }>(
      this.database,
      sql`SELECT COUNT(*) AS total FROM um_user u WHERE ${where}`,
    );
    return Number(row?.total ?? 0);
  }

  /** Users by their values alone: where there is one store, nobody else has values. */
  async #countHolders({ from, id }: Holders): Promise<number> {
    const row = await rowOf<{ total: number | string }>(
      this.database,
      sql`SELECT COUNT(DISTINCT ${id}) AS total FROM ${from}`,
    );
    return Number(row?.total ?? 0);
  }

  #page(where: SqlText, offset: number, limit: number): Promise<UserRow[]> {
    const part = sql`ORDER BY u.username_key LIMIT ${limit} OFFSET ${offset}`;
    const columns = sql`u.id, u.username, u.created_at, u.modified_at`;
    // MariaDB and MySQL read the rows that they skip, unless the index has all that is asked for.
    const text =
      this.database.dialect === 'mysql'
        ? sql`SELECT ${columns} FROM (SELECT u.id, u.username_key FROM um_user u WHERE ${where} ${part}) p
            JOIN um_user u ON u.id = p.id ORDER BY p.username_key`
        : sql`SELECT ${columns} FROM um_user u WHERE ${where} ${part}`;
    return rowsOf<UserRow>(this.database, text);
  }

  async #withAttributes(orgId: string, rows: readonly UserRow[], names: readonly string[]): Promise<FoundUser[]> {
    const attributes = await readAttributes(this.database, orgId, rows, names);
    return rows.map(({ id, username }) => ({ id, username, attributes: attributes.get(id) ?? {} }));
  }
}

/** Values of attributes of users, in one statement. @param users rows with their times */
export async function readAttributes(
  database: StoreDatabase,
  orgId: string,
  users: readonly Omit<UserRow, 'username'>[],
  names: readonly string[],
): Promise<ReadonlyMap<string, StoreAttributes>> {
  const found = new Map<string, Record<string, string[]>>(users.map(({ id }) => [id, {}]));
  if (users.length === 0 || names.length === 0) return found;
  const rows = await rowsOf<{ user_id: string; name: string; attribute_value: string }>(
    database,
    sql`SELECT user_id, name, attribute_value FROM um_user_attribute WHERE user_id IN ${sqlList([...found.keys()])}
      AND name IN ${sqlList(names)} AND ${unindexed(database.dialect, sql`org_id`)} = ${orgId} ORDER BY user_id, name, position`,
  );
  for (const row of rows) {
    const values = found.get(row.user_id);
    if (values) collect(values, row.name, [row.attribute_value]);
  }
  for (const [name, column] of Object.entries(TIMES))
    if (names.includes(name))
      for (const user of users) (found.get(user.id) ?? {})[name] = [new Date(Number(user[column])).toISOString()];
  return found;
}

const all = ({ orgId, domain }: SearchScope) => sql`u.org_id = ${orgId} AND u.domain = ${domain}`;

function anchored(scope: SearchScope, { ids, rest }: Anchor): SqlText {
  const { dialect, orgId, domain } = scope;
  const [org, store] = [unindexed(dialect, sql`u.org_id`), unindexed(dialect, sql`u.domain`)];
  const own = sql`${org} = ${orgId} AND ${store} = ${domain}`;
  return sql`u.id IN (${ids}) AND ${own} AND ${userCondition(scope, rest)}`;
}

/** What names begin with when that is all that is asked, and the marks know the answer. */
function prefixOf(scope: SearchScope, filter: NormalFilter): string | undefined {
  if (filter.op !== 'leaf' || filter.negated || filter.of.op !== 'compare') return undefined;
  const { subject, comparison, value } = filter.of;
  const isPlain = subject.of === 'name' && comparison === 'sw' && value !== '' && !/\0|[\ud800-\udfff]/u.test(value);
  return isPlain ? scope.keyOf(value) : undefined;
}
