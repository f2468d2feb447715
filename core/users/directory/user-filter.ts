import type { Comparison } from '../stores/store-filter.js';

/** What of a user is compared. */
export type UserFilterSubject =
  | { readonly of: 'id' }
  /** The user name; the value may carry a domain, `DOMAIN/name`. */
  | { readonly of: 'username' }
  /** A local claim by URI, wherever its values are kept. */
  | { readonly of: 'claim'; readonly uri: string }
  /** A group that the user is in. */
  | { readonly of: 'group'; readonly by: 'id' | 'name' };

/** Which users are wanted, in terms of claims; the directory translates it for each store. */
export type UserFilter =
  | {
      readonly op: 'compare';
      readonly subject: UserFilterSubject;
      readonly comparison: Comparison;
      /** Empty for `pr`. How it is read (text, number, time) follows from the data type of the claim. */
      readonly value: string;
    }
  | { readonly op: 'and' | 'or'; readonly filters: readonly UserFilter[] }
  | { readonly op: 'not'; readonly filter: UserFilter }
  /** One of these ids, however many; the empty list: nobody. */
  | { readonly op: 'ids'; readonly ids: readonly string[] };
