import { inject, injectable } from 'tsyringe';
import type { ClaimDialects } from '../claims/claim-dialects.js';
import { claimUri } from '../claims/claim-model.js';
import { IdentityDataRepository } from '../identity-data.repository.js';
import type { FoundUser, StoredGroup, UserStore } from '../stores/user-store.js';
import { qualifiedName, type UserClaims } from '../user.js';
import type { ListedUser } from './user-directory.js';

/** Users whose identity data is read by one statement. */
const PIECE = 500;

/** What claims need of a store. */
export interface ClaimNeeds {
  /** Attribute of the store by claim. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Name of the identity data by claim. */
  readonly identity: ReadonlyMap<string, string>;
}

/** Where a store's users have the values of claims. */
export function needsOf(dialects: ClaimDialects, domain: string, uris: readonly string[]): ClaimNeeds {
  const attributes = new Map<string, string>();
  const identity = new Map<string, string>();
  for (const uri of uris) {
    const place = dialects.placeOf(uri, domain);
    if (place) (place.in === 'store' ? attributes : identity).set(uri, place.name);
  }
  return { attributes, identity };
}

type IdentityValues = Readonly<Record<string, readonly string[]>>;

/** Claims of many users at once: a few statements, however many users and claims. */
@injectable()
export class ListedClaims {
  constructor(@inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository) {}

  /** Users of one store with claims. @param users with the attributes that {@link needsOf} names */
  async of(
    orgId: string,
    store: UserStore,
    users: readonly FoundUser[],
    uris: readonly string[],
    needs: ClaimNeeds,
  ): Promise<readonly ListedUser[]> {
    const ids = users.map(({ id }) => id);
    const identity = await this.#identity(orgId, ids, [...new Set(needs.identity.values())]);
    const isGrouped = uris.includes(claimUri('groups')) && users.length > 0;
    const groups = isGrouped ? await store.groups?.ofUsers(orgId, ids) : undefined;
    return users.map(({ id, username, attributes }) => {
      const user = { id, orgId, username, domain: store.domain };
      const claims: Record<string, readonly string[]> = {};
      for (const [uri, name] of needs.attributes) put(claims, uri, attributes[name]);
      for (const [uri, name] of needs.identity) put(claims, uri, identity.get(id)?.[name]);
      if (uris.includes(claimUri('username'))) claims[claimUri('username')] = [qualifiedName(user)];
      if (uris.includes(claimUri('userid'))) claims[claimUri('userid')] = [id];
      put(claims, claimUri('groups'), namesOf(groups?.get(id)));
      return { user, claims: claims satisfies UserClaims };
    });
  }

  async #identity(orgId: string, ids: readonly string[], names: readonly string[]) {
    const found = new Map<string, IdentityValues>();
    for (let first = 0; first < ids.length; first += PIECE)
      for (const [id, values] of await this.identityData.readAll(orgId, ids.slice(first, first + PIECE), names))
        found.set(id, values);
    return found;
  }
}

const namesOf = (groups: readonly StoredGroup[] | undefined) => groups?.map(({ name }) => name);

function put(claims: Record<string, readonly string[]>, uri: string, values: readonly string[] | undefined): void {
  if (values && values.length > 0) claims[uri] = values;
}
