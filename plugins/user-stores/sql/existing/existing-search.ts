import { sql, sqlList } from '#core/persistence';
import {
  combined,
  type FoundUser,
  type NormalFilter,
  normalFilter,
  type StoredUser,
  type StorePage,
  UserFilterError,
  type UserSearchCapability,
} from '#core/users';
import { collect } from '../collected-values.js';
import { checkSize } from '../search/filter-size.js';
import { condition } from '../search/user-conditions.js';
import { rowOf, rowsOf } from '../store-database.js';
import { existingCondition } from './existing-conditions.js';
import { type ExistingContext, PROFILE } from './existing-context.js';
import type { ExistingGroups } from './existing-groups.js';
import type { ExistingUsers } from './existing-users.js';

type PageQuery = Parameters<UserSearchCapability['users']>[1];

/**
 * Users in tables of others that fit a filter. With the statements that ship, the tables are known and every filter goes
 * to the database. Where an operator has replaced them, it can list users by the beginning of a name, or find one: any
 * other filter is refused, for it would have to be evaluated here.
 */
export class ExistingSearch {
  constructor(
    private readonly context: ExistingContext,
    private readonly users: ExistingUsers,
    private readonly groups: ExistingGroups,
  ) {}

  /** A page. @throws UserFilterError when the statements cannot tell who fits */
  async page(orgId: string, query: PageQuery): Promise<StorePage<FoundUser>> {
    if (orgId !== this.context.orgId) return { items: [], total: 0 };
    const normal = query.filter && normalFilter(query.filter);
    if (normal) checkSize(normal);
    const filter = normal && (await this.#byNamesOfGroups(normal));
    const isKnown = this.context.isDefault('select_user', 'select_user_insensitive', 'select_user_by_id', 'list_users');
    const limit = this.#most(query.limit);
    return isKnown && this.context.isDefault('user_attributes', 'user_roles')
      ? this.#inTables({ ...query, limit }, filter)
      : this.#byStatements({ ...query, limit }, filter);
  }

  /** The tables know groups by their names, from which their ids are made. */
  async #byNamesOfGroups(filter: NormalFilter): Promise<NormalFilter> {
    if (filter.op !== 'leaf') {
      const filters: NormalFilter[] = [];
      for (const part of filter.filters) filters.push(await this.#byNamesOfGroups(part));
      return { op: filter.op, filters };
    }
    const { of } = filter;
    if (of.op !== 'compare' || of.subject.of !== 'group' || of.subject.by !== 'id') return filter;
    const groups = await this.groups.fitting(this.context.orgId, { ...of, subject: { of: 'id' } });
    const named = groups.map(
      ({ name }): NormalFilter => ({
        ...filter,
        of: { ...of, subject: { of: 'group', by: 'name' }, comparison: 'eq', value: name },
      }),
    );
    return combined(filter.negated ? 'and' : 'or', named);
  }

  #most(limit: number): number {
    const { max_user_name_list_length: most } = this.context.config;
    return most > 0 ? Math.min(limit, most) : limit;
  }

  async #inTables({ offset, limit, attributes }: PageQuery, filter: NormalFilter | undefined) {
    const { database, tenant, config } = this.context;
    const scope = {
      dialect: database.dialect,
      tenant,
      separator: config.multi_attribute_separator,
      ignoresCaseOfNames: config.case_insensitive_username,
      ignoresCaseOfValues: config.case_insensitive_attributes,
    };
    const fits = filter ? condition(filter, (leaf) => existingCondition(scope, leaf)) : sql`1 = 1`;
    const where = sql`U.UM_TENANT_ID = ${tenant} AND ${fits}`;
    const count = await rowOf<{ total: number | string }>(
      database,
      sql`SELECT COUNT(*) AS total FROM UM_USER U WHERE ${where}`,
    );
    const total = Number(count?.total ?? 0);
    if (offset >= total) return { items: [], total };
    const users = await rowsOf<StoredUser>(
      database,
      sql`SELECT U.UM_USER_ID AS id, U.UM_USER_NAME AS username FROM UM_USER U WHERE ${where}
        ORDER BY U.UM_USER_NAME, U.UM_USER_ID LIMIT ${limit} OFFSET ${offset}`,
    );
    return { items: await this.#withAttributes(users, attributes), total };
  }

  /** Attributes of a page by one statement. */
  async #withAttributes(users: readonly StoredUser[], names: readonly string[]): Promise<FoundUser[]> {
    const { database, tenant, config } = this.context;
    const found = new Map<string, Record<string, string[]>>(users.map(({ id }) => [id, {}]));
    if (names.length > 0 && users.length > 0) {
      const rows = await rowsOf<{ id: string; name: string; given: string | null }>(
        database,
        sql`SELECT U.UM_USER_ID AS id, A.UM_ATTR_NAME AS name, A.UM_ATTR_VALUE AS given
          FROM UM_USER U JOIN UM_USER_ATTRIBUTE A ON A.UM_USER_ID = U.UM_ID
          WHERE U.UM_USER_ID IN ${sqlList([...found.keys()])} AND U.UM_TENANT_ID = ${tenant}
          AND A.UM_PROFILE_ID = ${PROFILE} AND A.UM_ATTR_NAME IN ${sqlList(names)}`,
      );
      for (const { id, name, given } of rows) {
        const values = found.get(id);
        if (values && given !== null) collect(values, name, given.split(config.multi_attribute_separator));
      }
    }
    return users.map(({ id, username }) => ({ id, username, attributes: found.get(id) ?? {} }));
  }

  async #byStatements({ offset, limit, attributes }: PageQuery, filter: NormalFilter | undefined) {
    const { context } = this;
    const one = filter?.op === 'leaf' && !filter.negated ? filter.of : undefined;
    let users: readonly StoredUser[];
    if (one?.op === 'ids') users = await this.#known(one.ids.map((id) => context.byId(context.orgId, id)));
    else if (one?.comparison === 'eq' && one.subject.of === 'id')
      users = await this.#known([context.byId(context.orgId, one.value)]);
    else if (one?.comparison === 'eq' && one.subject.of === 'name')
      users = await this.#known([context.byName(context.orgId, one.value)]);
    else users = await this.#listed(filter);
    const page = users.slice(offset, offset + limit);
    const items: FoundUser[] = [];
    for (const user of page)
      items.push({ ...user, attributes: await this.users.read(context.orgId, user.id, attributes) });
    return { items, total: users.length };
  }

  async #known(asked: readonly Promise<StoredUser | undefined>[]): Promise<readonly StoredUser[]> {
    const found = await Promise.all(asked);
    return found.flatMap((user) => (user ? [{ id: user.id, username: user.username }] : []));
  }

  async #listed(filter: NormalFilter | undefined): Promise<readonly StoredUser[]> {
    const rows = await this.context.rows('list_users', [patternOf(filter), this.context.tenant]);
    return rows.map(([id, username]) => ({ id: String(id), username: String(username) }));
  }
}

/** The pattern of LIKE that says the same. @throws UserFilterError when there is none */
function patternOf(filter: NormalFilter | undefined): string {
  if (!filter || (filter.op === 'and' && filter.filters.length === 0)) return '%';
  const leaf = filter.op === 'leaf' && !filter.negated ? filter.of : undefined;
  const isName = leaf?.op === 'compare' && leaf.subject.of === 'name';
  if (!isName || /[%_\\]/.test(leaf.value) || !['sw', 'co', 'ew', 'pr'].includes(leaf.comparison))
    throw new UserFilterError(
      'The statements of this user store only find users by a user name without wildcards (eq, sw, co, ew) or an id.',
    );
  const [before, after] = [leaf.comparison === 'sw' ? '' : '%', leaf.comparison === 'ew' ? '' : '%'];
  return leaf.comparison === 'pr' ? '%' : `${before}${leaf.value}${after}`;
}
