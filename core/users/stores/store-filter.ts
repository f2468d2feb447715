/** How two values are compared (RFC 7644 section 3.4.2.2); `pr`: there is a value at all. */
export type Comparison = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le' | 'pr';

/** How values are to be read when they are compared. Times are compared as instants, numbers as numbers. */
export type ValueType = 'string' | 'integer' | 'decimal' | 'boolean' | 'dateTime';

/** What of a user or a group is compared. */
export type FilterSubject =
  /** The id that never changes. */
  | { readonly of: 'id' }
  /** The user name, or the name of the group. */
  | { readonly of: 'name' }
  /** An attribute of the store; of several values one that fits is enough. */
  | { readonly of: 'attribute'; readonly name: string }
  /** What the server keeps beside the store; only for stores that say so in {@link UserSearchCapability.identityData}. */
  | { readonly of: 'identity'; readonly name: string }
  /** For users: a group that the user is in, by its id or name. */
  | { readonly of: 'group'; readonly by: 'id' | 'name' }
  /** For groups: a member, by its id. */
  | { readonly of: 'member' };

/** One comparison. Strings are compared without regard to the case of letters, ids exactly. */
export interface CompareFilter {
  readonly op: 'compare';
  readonly subject: FilterSubject;
  readonly comparison: Comparison;
  /** Empty for `pr`. No wildcard has a meaning: `%`, `_` and `*` stand for themselves. */
  readonly value: string;
  readonly type: ValueType;
}

/**
 * Which users or groups are wanted, in terms of a store. `ne` is `not` of `eq`, so it holds for those without a value.
 * Stores translate it into their own language (SQL, LDAP) and never read more than they answer.
 */
export type StoreFilter =
  | CompareFilter
  | { readonly op: 'and' | 'or'; readonly filters: readonly StoreFilter[] }
  | { readonly op: 'not'; readonly filter: StoreFilter }
  /** One of these ids; the empty list: nobody. At most {@link MOST_IDS}. */
  | { readonly op: 'ids'; readonly ids: readonly string[] };

/** Ids in one filter at most; whoever has more asks several times. */
export const MOST_IDS = 500;

/** Users (or groups) with exactly this value of an attribute, letters of any case. */
export function attributeIs(name: string, value: string): CompareFilter {
  return { op: 'compare', subject: { of: 'attribute', name }, comparison: 'eq', value, type: 'string' };
}
