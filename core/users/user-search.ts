import { inject, injectable } from 'tsyringe';
import { token, UnavailableError } from '#core/kernel';
import { type ClaimDialects, ClaimDialectsToken, claimUri, IDENTITY_CLAIMS } from './claims/claim-dialects.js';
import { attributeIs } from './stores/store-filter.js';
import type { StoredUser, UserStore } from './stores/user-store.js';
import { PRIMARY, type UserStores, UserStoresToken } from './stores/user-stores.js';
import { usersById } from './stores/users-by-id.js';
import type { User } from './user.js';

/** Injection token of the search for users. */
export const UserSearchToken = token<UserSearch>('users.search');

/** How far a search goes. */
export interface UserSearchOptions {
  /** How many users at most; two are enough to see that a value is not unique. */
  readonly limit: number;
  /** Leaves the primary store out when there are others. */
  readonly secondaryOnly?: boolean;
}

/** Looks for users by what is known of them. */
@injectable()
export class UserSearch {
  constructor(
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(ClaimDialectsToken) private readonly dialects: ClaimDialects,
  ) {}

  /**
   * Users who have a value of a claim, in whichever store they are; letters of any case. Stores that cannot be searched
   * by attributes contribute nobody.
   *
   * @param uri a local claim that a user store keeps
   * @throws Error for a claim that is not local, or that the server itself keeps
   */
  async byClaim(orgId: string, uri: string, value: string, options: UserSearchOptions): Promise<readonly User[]> {
    const attribute = this.dialects.local(uri)?.attribute;
    if (attribute === undefined || uri.startsWith(IDENTITY_CLAIMS))
      throw new Error(`users cannot be looked for by the claim ${uri}`);
    const found: User[] = [];
    for (const store of await this.#searched(orgId, options)) {
      const rest = options.limit - found.length;
      if (rest <= 0) break;
      for (const { id, username } of await inStore(store, orgId, uri, attribute, value, rest))
        found.push({ id, orgId, username, domain: store.domain });
    }
    return found;
  }

  /**
   * Users by id, in whichever store they are; who is nowhere is absent. However many ids.
   *
   * @throws UnavailableError when somebody was not found and a store could not be asked
   */
  async byIds(orgId: string, ids: Iterable<string>): Promise<ReadonlyMap<string, User>> {
    const found = new Map<string, User>();
    const missing = new Set(ids);
    let away: UnavailableError | undefined;
    for (const store of await this.stores.all(orgId)) {
      if (missing.size === 0) break;
      try {
        for (const { id, username } of (await usersById(store, orgId, missing)).values()) {
          found.set(id, { id, orgId, username, domain: store.domain });
          missing.delete(id);
        }
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        away ??= error;
      }
    }
    if (away && missing.size > 0) throw away;
    return found;
  }

  async #searched(orgId: string, { secondaryOnly = false }: UserSearchOptions): Promise<readonly UserStore[]> {
    const all = await this.stores.all(orgId);
    return secondaryOnly && all.length > 1 ? all.filter(({ domain }) => domain !== PRIMARY) : all;
  }
}

async function inStore(
  { lookup, search }: UserStore,
  orgId: string,
  uri: string,
  attribute: string,
  value: string,
  limit: number,
): Promise<readonly StoredUser[]> {
  const only = (user: StoredUser | undefined) => (user ? [user] : []);
  if (uri === claimUri('username')) return only(await lookup.byUsername(orgId, value));
  if (uri === claimUri('userid')) return only(await lookup.byId(orgId, value));
  const filter = attributeIs(attribute, value);
  return (await search?.users(orgId, { filter, attributes: [], offset: 0, limit }))?.items ?? [];
}
