import type { CompareFilter, StoreFilter } from './store-filter.js';

/** A comparison, or its opposite. `ne` has become the opposite of `eq`. */
export interface FilterLeaf {
  readonly op: 'leaf';
  readonly negated: boolean;
  readonly of: CompareFilter | { readonly op: 'ids'; readonly ids: readonly string[] };
}

/** A filter without `not` above comparisons, and without an `and` in an `and` or an `or` in an `or`. */
export type NormalFilter = FilterLeaf | { readonly op: 'and' | 'or'; readonly filters: readonly NormalFilter[] };

/**
 * The same filter, as flat as it can be: the laws of De Morgan bring `not` down to the comparisons. The empty `and` is
 * everybody, the empty `or` nobody.
 */
export function normalFilter(filter: StoreFilter): NormalFilter {
  // By hand instead of by recursion where filters may be deep: a thousand times `not` is still one comparison.
  let negated = false;
  let inner = filter;
  while (inner.op === 'not') {
    negated = !negated;
    inner = inner.filter;
  }
  if (inner.op === 'ids') {
    if (inner.ids.length > 0) return { op: 'leaf', negated, of: inner };
    return negated ? EVERYBODY : NOBODY;
  }
  if (inner.op === 'compare') {
    if (inner.comparison !== 'ne') return { op: 'leaf', negated, of: inner };
    return { op: 'leaf', negated: !negated, of: { ...inner, comparison: 'eq' } };
  }
  const { op, filters } = inner;
  const parts = filters.map((part) => normalFilter(negated ? { op: 'not', filter: part } : part));
  return combined(negated ? opposite(op) : op, parts);
}

/** Filters as one, without needless layers. */
export function combined(op: 'and' | 'or', filters: readonly NormalFilter[]): NormalFilter {
  const flat = filters.flatMap((part) => (part.op === op ? part.filters : [part]));
  // The constant of the other kind decides: nobody in an `and`, everybody in an `or`.
  const deciding = flat.find(isConstant);
  if (deciding) return deciding;
  return flat.length === 1 ? (flat[0] as NormalFilter) : { op, filters: flat };
}

const opposite = (op: 'and' | 'or') => (op === 'and' ? 'or' : 'and');

/** Everybody, nobody. */
export const EVERYBODY: NormalFilter = { op: 'and', filters: [] };
export const NOBODY: NormalFilter = { op: 'or', filters: [] };

/** Whether it is one of the two. */
export const isConstant = (filter: NormalFilter): boolean => filter.op !== 'leaf' && filter.filters.length === 0;

/** The filter as stores are given it. */
export function storeFilterOf(filter: NormalFilter): StoreFilter {
  if (filter.op === 'leaf') return filter.negated ? { op: 'not', filter: filter.of } : filter.of;
  if (filter.filters.length === 0) {
    const nobody = { op: 'ids', ids: [] } as const;
    return filter.op === 'or' ? nobody : { op: 'not', filter: nobody };
  }
  return { op: filter.op, filters: filter.filters.map(storeFilterOf) };
}
