import { token } from '#core/kernel';
import type { UserStore } from '../stores/user-store.js';
import type { User, UserClaims } from '../user.js';
import type { UserFilter } from './user-filter.js';

/** Injection token of the {@link UserDirectory}. */
export const UserDirectoryToken = token<UserDirectory>('users.directory');

/** What is asked of the directory. */
export interface DirectoryQuery {
  readonly filter?: UserFilter | undefined;
  /** Only users of this store. */
  readonly domain?: string | undefined;
  /** Which of the stores are asked; absent: all. */
  readonly only?: (store: UserStore) => boolean;
  /** How many to skip. */
  readonly offset: number;
  /** How many at most. */
  readonly limit: number;
  /** Local claims whose values come along. */
  readonly claims: readonly string[];
}

/** A user with the values of the claims that were asked for. */
export interface ListedUser {
  readonly user: User;
  readonly claims: UserClaims;
}

/** A part of the users that were found. */
export interface DirectoryPage {
  readonly users: readonly ListedUser[];
  /** How many fit altogether; with stores that cannot count, as many as are known to fit. */
  readonly total: number;
}

/**
 * Users of all stores as one list: the primary store first, the others in their order. Filters are evaluated by the
 * stores and the database, never here.
 */
export interface UserDirectory {
  /**
   * @throws UserFilterError when a store cannot evaluate the filter
   * @throws UnavailableError when a store that is asked cannot be reached
   */
  search(orgId: string, query: DirectoryQuery): Promise<DirectoryPage>;
  /** One user with claims. */
  get(orgId: string, id: string, claims: readonly string[]): Promise<ListedUser | undefined>;
}

/** A filter that cannot be evaluated; the message says which part, and is public. */
export class UserFilterError extends Error {}
