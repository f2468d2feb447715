import type { CompareFilter, Comparison, FilterSubject, StoreFilter } from '../stores/store-filter.js';

/** What of a group is compared: its id, name, or times, or a member by id. */
export type GroupFilterSubject = 'id' | 'name' | 'created' | 'modified' | 'member';

/** One comparison. */
export interface GroupComparison {
  readonly op: 'compare';
  readonly subject: GroupFilterSubject;
  readonly comparison: Comparison;
  /** Empty for `pr`; a name may carry a domain, `DOMAIN/name`; a time is ISO 8601. */
  readonly value: string;
}

/** Which groups are wanted. */
export type GroupFilter =
  | GroupComparison
  | { readonly op: 'and' | 'or'; readonly filters: readonly GroupFilter[] }
  | { readonly op: 'not'; readonly filter: GroupFilter }
  /** One of these ids, at most as many as a store takes (`MOST_IDS`); the empty list: no group. */
  | { readonly op: 'ids'; readonly ids: readonly string[] };

const NOBODY: StoreFilter = { op: 'ids', ids: [] };
const subjects: Readonly<Record<GroupFilterSubject, FilterSubject>> = {
  id: { of: 'id' },
  name: { of: 'name' },
  created: { of: 'attribute', name: 'created' },
  modified: { of: 'attribute', name: 'modified' },
  member: { of: 'member' },
};

/**
 * A filter in terms of one store. A name with the domain of a store means groups of that store only.
 *
 * @param domain of the store that is asked
 * @param domains of all stores there are
 */
export function storeFilterOf(filter: GroupFilter, domain: string, domains: ReadonlySet<string>): StoreFilter {
  if (filter.op === 'ids') return filter;
  if (filter.op === 'not') return negated(filter.filter, domain, domains);
  if (filter.op !== 'compare')
    return { op: filter.op, filters: filter.filters.map((one) => storeFilterOf(one, domain, domains)) };
  const { subject, comparison, value } = filter;
  if (subject !== 'name') return compared(subject, comparison, value);
  const slash = value.indexOf('/');
  const named = value.slice(0, Math.max(slash, 0)).toUpperCase();
  if (!domains.has(named)) return compared(subject, comparison, value);
  if (comparison === 'ne') return negated({ ...filter, comparison: 'eq' }, domain, domains);
  if (named !== domain) return NOBODY;
  const rest = value.slice(slash + 1);
  return rest === '' ? compared(subject, 'pr', '') : compared(subject, comparison, rest);
}

function negated(filter: GroupFilter, domain: string, domains: ReadonlySet<string>): StoreFilter {
  return { op: 'not', filter: storeFilterOf(filter, domain, domains) };
}

function compared(subject: GroupFilterSubject, comparison: Comparison, value: string): CompareFilter {
  const type = subject === 'created' || subject === 'modified' ? 'dateTime' : 'string';
  return { op: 'compare', subject: subjects[subject], comparison, value, type };
}
