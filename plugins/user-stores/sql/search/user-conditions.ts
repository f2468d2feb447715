import { type Dialect, joinedSql, type SqlText, sql, sqlList } from '#core/persistence';
import {
  type CompareFilter,
  type FilterLeaf,
  folded,
  keyCondition,
  type NormalFilter,
  timeCondition,
  UserFilterError,
  type ValueComparison,
  valueCondition,
} from '#core/users';

/**
 * A column that no index is to be chosen for. SQLite has no statistics, and an index whose first columns are the same for
 * all users looks as good to it as one that finds a single user; the others know better.
 */
export const unindexed = (dialect: Dialect, column: SqlText): SqlText =>
  dialect === 'sqlite' ? sql`+${column}` : column;

/** What a filter is compiled for. */
export interface SearchScope {
  readonly dialect: Dialect;
  readonly orgId: string;
  readonly domain: string;
  /** What user names are compared by. */
  readonly keyOf: (username: string) => string;
  /** Whether the identity data lies in the same database. */
  readonly identityData: boolean;
}

/** Attributes that are columns of the user itself. */
export const TIMES = { createdDate: 'created_at', lastModifiedDate: 'modified_at' } as const;
const timeColumns = {
  createdDate: (alias: SqlText) => sql`${alias}.created_at`,
  lastModifiedDate: (alias: SqlText) => sql`${alias}.modified_at`,
} as const;
const isTime = (name: string): name is keyof typeof timeColumns => Object.hasOwn(timeColumns, name);

/** Users of which something in another table, or a column of their own, fits. */
export interface Holders {
  /** Everything behind `SELECT`: table, alias, conditions. */
  readonly from: SqlText;
  /** Column with the id of the user. */
  readonly id: SqlText;
}

/** The condition that a row fits a filter. @param leaf the condition that it fits one comparison */
export function condition(filter: NormalFilter, leaf: (of: FilterLeaf['of']) => SqlText): SqlText {
  if (filter.op === 'leaf') {
    const positive = leaf(filter.of);
    return filter.negated ? sql`NOT (${positive})` : sql`(${positive})`;
  }
  if (filter.filters.length === 0) return filter.op === 'and' ? sql`1 = 1` : sql`1 = 0`;
  return balanced(
    filter.filters.map((part) => condition(part, leaf)),
    filter.op === 'and' ? ' AND ' : ' OR ',
  );
}

/** The condition that the user `u` fits a filter. */
export const userCondition = (scope: SearchScope, filter: NormalFilter): SqlText =>
  condition(filter, (leaf) => leafCondition(scope, leaf));

/** SQLite has a limit for the depth of an expression, and a chain is as deep as it is long. */
function balanced(parts: readonly SqlText[], operator: ' AND ' | ' OR '): SqlText {
  if (parts.length <= 50) return sql`(${joinedSql(parts, operator)})`;
  const half = parts.length >> 1;
  const halves = [balanced(parts.slice(0, half), operator), balanced(parts.slice(half), operator)];
  return sql`(${joinedSql(halves, operator)})`;
}

function leafCondition(scope: SearchScope, leaf: FilterLeaf['of']): SqlText {
  if (leaf.op === 'ids') return sql`u.id IN ${sqlList(leaf.ids)}`;
  const { dialect } = scope;
  const { subject, comparison, value } = leaf;
  if (subject.of === 'id') return keyCondition(dialect, sql`u.id`, comparison, value);
  if (subject.of === 'name') return keyCondition(dialect, sql`u.username_key`, comparison, scope.keyOf(value));
  if (subject.of === 'attribute' && isTime(subject.name))
    return timeCondition(dialect, timeColumns[subject.name](sql`u`), leaf as ValueComparison);
  const { from, id } = holders(scope, leaf, true);
  return sql`EXISTS (SELECT 1 FROM ${from} AND ${id} = u.id)`;
}

/**
 * Ids of the users who fit a comparison, from where the values are.
 *
 * @param ofOne whether it is asked of one user after the other
 */
export function holders(scope: SearchScope, compare: CompareFilter, ofOne = false): Holders {
  const { dialect, orgId, domain } = scope;
  const { subject, comparison, value } = compare;
  switch (subject.of) {
    case 'attribute':
      return isTime(subject.name)
        ? own(scope, timeCondition(dialect, timeColumns[subject.name](sql`o`), compare as ValueComparison))
        : valueHolders(scope, sql`um_user_attribute`, subject.name, { compare, ofOne });
    case 'identity':
      if (!scope.identityData) throw new UserFilterError('What the server keeps of users is not in this user store.');
      return valueHolders(scope, sql`identity_data`, subject.name, { compare, ofOne });
    case 'group': {
      const member = sql`um_group_member m WHERE m.org_id = ${orgId}`;
      if (subject.by === 'id' && comparison === 'eq')
        return {
          from: sql`${member} AND (${keyCondition(dialect, sql`m.group_id`, 'eq', value)})`,
          id: sql`m.user_id`,
        };
      const column = subject.by === 'id' ? sql`g.id` : sql`g.name_key`;
      const wanted = subject.by === 'id' ? value : folded(value);
      return {
        from: sql`um_group g JOIN um_group_member m ON m.group_id = g.id WHERE g.org_id = ${orgId}
          AND g.domain = ${domain} AND (${keyCondition(dialect, column, comparison, wanted)})`,
        id: sql`m.user_id`,
      };
    }
    case 'name':
      return own(scope, keyCondition(dialect, sql`o.username_key`, comparison, scope.keyOf(value)));
    case 'id':
      return own(scope, keyCondition(dialect, sql`o.id`, comparison, value));
    default:
      throw new UserFilterError('Users have no members: only groups can be filtered by them.');
  }
}

function own({ orgId, domain }: SearchScope, fits: SqlText): Holders {
  return { from: sql`um_user o WHERE o.org_id = ${orgId} AND o.domain = ${domain} AND (${fits})`, id: sql`o.id` };
}

function valueHolders(
  { dialect, orgId }: SearchScope,
  table: SqlText,
  name: string,
  { compare, ofOne }: { readonly compare: CompareFilter; readonly ofOne: boolean },
): Holders {
  const org = ofOne ? unindexed(dialect, sql`v.org_id`) : sql`v.org_id`;
  const columns = { key: sql`v.value_key`, fold: sql`v.value_fold`, order: sql`v.order_key` };
  const fits = valueCondition(dialect, columns, compare as ValueComparison);
  return { from: sql`${table} v WHERE ${org} = ${orgId} AND v.name = ${name} AND (${fits})`, id: sql`v.user_id` };
}
