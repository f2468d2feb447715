import { inject, injectable } from 'tsyringe';
import { token, UnavailableError } from '#core/kernel';
import { type ClaimCatalog, ClaimCatalogToken } from './claims/claim-catalog.js';
import type { ClaimDialects } from './claims/claim-dialects.js';
import { claimUri, IDENTITY_CLAIMS } from './claims/claim-model.js';
import { IdentitySets } from './directory/identity-sets.js';
import { SearchedStore } from './directory/searched-store.js';
import { inTermsOf } from './directory/store-filters.js';
import { UserFilterError } from './directory/user-directory.js';
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
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(IdentitySets) private readonly identity: IdentitySets,
  ) {}

  /**
   * Users who have a value of a claim, in whichever store they are; letters of any case. Stores that cannot be searched
   * by attributes contribute nobody.
   *
   * @param uri a local claim that a user store keeps
   * @throws Error for a claim that is not local, or that the server itself keeps
   */
  async byClaim(orgId: string, uri: string, value: string, options: UserSearchOptions): Promise<readonly User[]> {
    const dialects = await this.catalog.of(orgId);
    if (dialects.local(uri) === undefined || uri.startsWith(IDENTITY_CLAIMS))
      throw new Error(`users cannot be looked for by the claim ${uri}`);
    const found: User[] = [];
    for (const store of await this.#searched(orgId, options)) {
      const limit = options.limit - found.length;
      if (limit <= 0) break;
      const users =
        (await looked(store, orgId, uri, value)) ?? (await this.#having(store, dialects, { orgId, uri, value, limit }));
      for (const { id, username } of users) found.push({ id, orgId, username, domain: store.domain });
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

  async #having(
    store: UserStore,
    dialects: ClaimDialects,
    { orgId, uri, value, limit }: { orgId: string; uri: string; value: string; limit: number },
  ): Promise<readonly StoredUser[]> {
    if (!store.search) return [];
    const translation = { dialects, domains: new Set<string>(), store };
    try {
      const filter = inTermsOf(translation, { op: 'compare', subject: { of: 'claim', uri }, comparison: 'eq', value });
      const searched = new SearchedStore(store, orgId, this.identity);
      return (await searched.page(filter, { offset: 0, limit, attributes: [] })).items;
    } catch (error) {
      // Nobody has a value that is none of the claim's type, and a store that cannot tell contributes nobody.
      if (error instanceof UserFilterError) return [];
      throw error;
    }
  }

  async #searched(orgId: string, { secondaryOnly = false }: UserSearchOptions): Promise<readonly UserStore[]> {
    const all = await this.stores.all(orgId);
    return secondaryOnly && all.length > 1 ? all.filter(({ domain }) => domain !== PRIMARY) : all;
  }
}

/** What a look-up answers, for claims by which stores look users up; undefined for others. */
async function looked(
  { lookup }: UserStore,
  orgId: string,
  uri: string,
  value: string,
): Promise<readonly StoredUser[] | undefined> {
  const only = (user: StoredUser | undefined) => (user ? [user] : []);
  if (uri === claimUri('username')) return only(await lookup.byUsername(orgId, value));
  if (uri === claimUri('userid')) return only(await lookup.byId(orgId, value));
  return undefined;
}
