import { inject, injectable } from 'tsyringe';
import { IdentityDataRepository } from '../identity-data.repository.js';
import { attributeIs } from '../stores/store-filter.js';
import type { UserStore } from '../stores/user-store.js';
import { type UserStores, UserStoresToken } from '../stores/user-stores.js';
import { type ClaimCatalog, ClaimCatalogToken } from './claim-catalog.js';
import { claimUri } from './claim-model.js';

/** Where to look for who has a value. */
export interface OwnerQuery {
  /** Only in this store; in all of them when absent. */
  readonly domain: string | undefined;
  /** This user does not count. */
  readonly than: string | undefined;
}

/** Finds out who has a value of a claim, wherever values of it are kept. */
@injectable()
export class ClaimOwners {
  constructor(
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
  ) {}

  /**
   * Whether another user has a value. Stores that cannot be searched do not tell.
   *
   * @throws UnavailableError when a store cannot be asked
   */
  async another(orgId: string, uri: string, value: string, { domain, than }: OwnerQuery): Promise<boolean> {
    const dialects = await this.catalog.of(orgId);
    for (const store of await this.stores.all(orgId)) {
      if (domain !== undefined && store.domain !== domain) continue;
      const place = dialects.placeOf(uri, store.domain);
      if (!place) continue;
      const isIn = place.in === 'store' ? inStore : this.#beside.bind(this);
      if (await isIn(store, { orgId, uri, name: place.name, value, than })) return true;
    }
    return false;
  }

  async #beside(store: UserStore, { orgId, name, value, than }: Wanted): Promise<boolean> {
    for (const id of await this.identityData.usersWith(orgId, name, value))
      if (id !== than && (await store.lookup.byId(orgId, id))) return true;
    return false;
  }
}

interface Wanted {
  readonly orgId: string;
  readonly uri: string;
  /** Of the attribute, or of the identity data. */
  readonly name: string;
  readonly value: string;
  readonly than: string | undefined;
}

async function inStore({ lookup, search }: UserStore, { orgId, uri, name, value, than }: Wanted): Promise<boolean> {
  if (uri === claimUri('username')) {
    const user = await lookup.byUsername(orgId, value);
    return user !== undefined && user.id !== than;
  }
  const query = { filter: attributeIs(name, value), attributes: [], offset: 0, limit: 2 };
  const found = await search?.users(orgId, query);
  return found?.items.some(({ id }) => id !== than) ?? false;
}
