import { joinedSql, type SqlText, sql, sqlList } from '#core/persistence';
import { type Comparison, combined, EVERYBODY, type FilterLeaf, type NormalFilter } from '#core/users';
import { type Holders, holders, type SearchScope } from './user-conditions.js';

/** Where a statement begins instead of going through all users: at those who have what is looked for. */
export interface Anchor {
  /** A query for ids of users: all who fit are among them. */
  readonly ids: SqlText;
  /** What is still to be checked of them. */
  readonly rest: NormalFilter;
  /** The fewer are expected, the lower. */
  readonly rank: number;
  /** Where the values are, when all who have them are users of stores of this kind and nothing else is asked. */
  readonly holders?: Holders;
}

const RANKS: Readonly<Record<Comparison, number>> = {
  eq: 1,
  sw: 2,
  gt: 3,
  ge: 3,
  lt: 3,
  le: 3,
  co: 4,
  ew: 4,
  pr: 4,
  ne: 5,
};

/** The best place to begin; undefined: there is none, for example because only is said what users do not have. */
export function anchorOf(scope: SearchScope, filter: NormalFilter): Anchor | undefined {
  if (filter.op === 'leaf') return leafAnchor(scope, filter);
  const anchors = filter.filters.map((part) => anchorOf(scope, part));
  if (filter.op === 'and') return oneOf(filter.filters, anchors);
  const all = anchors.filter((anchor) => anchor !== undefined);
  if (all.length === 0 || all.length < anchors.length) return undefined;
  return {
    ids: joinedSql(
      all.map(({ ids }) => ids),
      ' UNION ',
    ),
    rest: all.every(({ rest }) => rest === EVERYBODY) ? EVERYBODY : filter,
    rank: Math.max(...all.map(({ rank }) => rank)),
  };
}

function oneOf(parts: readonly NormalFilter[], anchors: readonly (Anchor | undefined)[]): Anchor | undefined {
  let best: { readonly anchor: Anchor; readonly index: number } | undefined;
  anchors.forEach((anchor, index) => {
    if (anchor && (!best || anchor.rank < best.anchor.rank)) best = { anchor, index };
  });
  if (!best) return undefined;
  const { anchor, index } = best;
  const others = parts.filter((_, at) => at !== index);
  const { ids, rank } = anchor;
  return { ids, rank, rest: anchor.rest === EVERYBODY ? combined('and', others) : combined('and', parts) };
}

function leafAnchor(scope: SearchScope, { negated, of }: FilterLeaf): Anchor | undefined {
  if (negated) return undefined;
  if (of.op === 'ids')
    return { ids: sql`SELECT i.id FROM um_user i WHERE i.id IN ${sqlList(of.ids)}`, rest: EVERYBODY, rank: 0 };
  const where = holders(scope, of);
  const { from, id } = where;
  const isUnique = of.comparison === 'eq' && (of.subject.of === 'id' || of.subject.of === 'name');
  return {
    ids: sql`SELECT ${id} FROM ${from}`,
    rest: EVERYBODY,
    rank: isUnique ? 0 : RANKS[of.comparison],
    ...(of.subject.of === 'attribute' ? { holders: where } : {}),
  };
}
