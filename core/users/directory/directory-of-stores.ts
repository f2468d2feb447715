import { inject, injectable } from 'tsyringe';
import { type ClaimCatalog, ClaimCatalogToken } from '../claims/claim-catalog.js';
import type { ClaimDialects } from '../claims/claim-dialects.js';
import { ClaimValues } from '../claims/claim-values.js';
import { EVERYBODY, type NormalFilter } from '../stores/normal-filter.js';
import type { FoundUser, UserStore } from '../stores/user-store.js';
import { type UserStores, UserStoresToken } from '../stores/user-stores.js';
import { UserLocator } from '../user-locator.js';
import { IdentitySets } from './identity-sets.js';
import { ListedClaims, needsOf } from './listed-claims.js';
import { type SearchedPage, SearchedStore } from './searched-store.js';
import { inTermsOf } from './store-filters.js';
import type { DirectoryPage, DirectoryQuery, ListedUser, UserDirectory } from './user-directory.js';

/** What one search goes by. */
interface Searching {
  readonly orgId: string;
  readonly query: DirectoryQuery;
  readonly dialects: ClaimDialects;
  readonly domains: ReadonlySet<string>;
}

/**
 * The users of all stores, one store after the other. How many users of a store fit says where in the next one the page
 * begins; so every store is asked, unless the filter itself says that it has nobody.
 */
@injectable()
export class DirectoryOfStores implements UserDirectory {
  constructor(
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(UserLocator) private readonly locator: UserLocator,
    @inject(ClaimValues) private readonly values: ClaimValues,
    @inject(IdentitySets) private readonly identity: IdentitySets,
    @inject(ListedClaims) private readonly claims: ListedClaims,
  ) {}

  async search(orgId: string, query: DirectoryQuery): Promise<DirectoryPage> {
    const dialects = await this.catalog.of(orgId);
    const all = await this.stores.all(orgId);
    const asked = query.domain?.toUpperCase();
    const domains = new Set(all.map(({ domain }) => domain));
    const searching = { orgId, query, dialects, domains };
    const users: ListedUser[] = [];
    let [total, skip] = [0, query.offset];
    for (const store of all) {
      if ((asked !== undefined && store.domain !== asked) || query.only?.(store) === false) continue;
      // Without a store that can be searched there is nobody to list, unless it was asked for itself.
      if (!store.search && asked === undefined) continue;
      const found = await this.#inStore(searching, store, skip, query.limit - users.length);
      users.push(...found.users);
      total += found.total;
      skip = Math.max(0, skip - found.total);
    }
    return { users, total };
  }

  async get(orgId: string, id: string, claims: readonly string[]): Promise<ListedUser | undefined> {
    const found = await this.locator.byId(orgId, id);
    return found && { user: found.user, claims: await this.values.read(found.store, found.user, claims) };
  }

  async #inStore(searching: Searching, store: UserStore, offset: number, limit: number): Promise<DirectoryPage> {
    const { orgId, query, dialects, domains } = searching;
    const filter = query.filter ? inTermsOf({ dialects, domains, store }, query.filter) : EVERYBODY;
    const needs = needsOf(dialects, store.domain, query.claims);
    const attributes = [...new Set(needs.attributes.values())];
    const { items, total } = await this.#page(orgId, store, filter, { offset, limit, attributes });
    return { users: await this.claims.of(orgId, store, items, query.claims, needs), total };
  }

  async #page(
    orgId: string,
    store: UserStore,
    filter: NormalFilter,
    part: { readonly offset: number; readonly limit: number; readonly attributes: readonly string[] },
  ): Promise<SearchedPage> {
    const searched = new SearchedStore(store, orgId, this.identity);
    if (part.limit > 0) return searched.page(filter, part);
    // The page is full; only how many there are is still to be known.
    const { total } = await searched.page(filter, { offset: 0, limit: 1, attributes: [] });
    return { items: [] satisfies FoundUser[], total };
  }
}
