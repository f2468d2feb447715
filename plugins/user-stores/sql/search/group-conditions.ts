import { type Dialect, type SqlText, sql, sqlList } from '#core/persistence';
import {
  type FilterLeaf,
  folded,
  keyCondition,
  type NormalFilter,
  timeCondition,
  UserFilterError,
  type ValueComparison,
} from '#core/users';
import { condition } from './user-conditions.js';

const TIMES = new Map([
  ['created', sql`g.created_at`],
  ['modified', sql`g.modified_at`],
]);

/** The condition that the group `g` fits a filter. @throws UserFilterError for what groups do not have */
export const groupCondition = (dialect: Dialect, filter: NormalFilter): SqlText =>
  condition(filter, (leaf) => leafCondition(dialect, leaf));

function leafCondition(dialect: Dialect, leaf: FilterLeaf['of']): SqlText {
  if (leaf.op === 'ids') return sql`g.id IN ${sqlList(leaf.ids)}`;
  const { subject, comparison, value } = leaf;
  switch (subject.of) {
    case 'id':
      return keyCondition(dialect, sql`g.id`, comparison, value);
    case 'name':
      return keyCondition(dialect, sql`g.name_key`, comparison, folded(value));
    case 'member':
      return sql`g.id IN (SELECT m.group_id FROM um_group_member m
        WHERE ${keyCondition(dialect, sql`m.user_id`, comparison, value)})`;
    case 'attribute': {
      const column = TIMES.get(subject.name);
      // A group that is older than its times has none, so it fits nothing.
      if (column) return sql`${column} IS NOT NULL AND ${timeCondition(dialect, column, leaf as ValueComparison)}`;
      throw new UserFilterError(`Groups have no attribute ${subject.name}.`);
    }
    default:
      throw new UserFilterError('Groups can be filtered by id, name, member, created and modified.');
  }
}
