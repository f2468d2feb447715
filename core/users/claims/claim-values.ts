import { inject, injectable } from 'tsyringe';
import { type Soon, whenThere } from '#core/kernel';
import { IdentityDataRepository } from '../identity-data.repository.js';
import type { StoreAttributes, UserStore } from '../stores/user-store.js';
import { qualifiedName, type User, type UserClaims } from '../user.js';
import { type ClaimCatalog, ClaimCatalogToken } from './claim-catalog.js';
import type { ClaimDialects } from './claim-dialects.js';
import { claimUri } from './claim-model.js';
import { claimValueErrors } from './claim-value-errors.js';

/** Values of claims, by where they are kept. */
export interface KeptClaims {
  /** By attribute of the store. */
  readonly attributes: StoreAttributes;
  /** By name of the identity data; an empty list deletes. */
  readonly identity: Readonly<Record<string, readonly string[]>>;
}

/** Claims that say what a user is called, and where it belongs. */
const OF_USERS: ReadonlySet<string> = new Set([claimUri('username'), claimUri('userid'), claimUri('groups')]);

/** Knows for each claim of a user where its values are kept: in the store, or beside it. */
@injectable()
export class ClaimValues {
  constructor(
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
  ) {}

  /** Values of claims of a user; those that it does not have are absent. */
  read(store: UserStore, user: User, uris: readonly string[]): Soon<UserClaims> {
    const { orgId, id } = user;
    return whenThere(this.catalog.of(orgId), (dialects) => {
      const { stored, identity } = placed(dialects, store.domain, uris);
      const reading = stored.size > 0 ? store.attributes.read(orgId, id, [...new Set(stored.values())]) : {};
      return whenThere(reading, (attributes) => {
        const claims = valuesOf(stored, attributes);
        const isWhole = identity.size === 0 && !uris.some((uri) => OF_USERS.has(uri));
        return isWhole ? claims : this.#withOthers(claims, store, user, uris, identity);
      });
    });
  }

  /** Adds the claims that are not kept in attributes of the store. @param identity names of identity data by claim */
  async #withOthers(
    claims: Record<string, readonly string[]>,
    store: UserStore,
    user: User,
    uris: readonly string[],
    identity: ReadonlyMap<string, string>,
  ): Promise<UserClaims> {
    const { orgId, id } = user;
    const known = (await this.identityData.readAll(orgId, [id], [...identity.values()])).get(id) ?? {};
    for (const [uri, name] of identity) if (known[name]) claims[uri] = known[name];
    if (uris.includes(claimUri('username'))) claims[claimUri('username')] = [qualifiedName(user)];
    if (uris.includes(claimUri('userid'))) claims[claimUri('userid')] = [id];
    const readOnly = claimUri('identity/isReadOnlyUser');
    if (uris.includes(readOnly)) claims[readOnly] = [String(store.attributes.write === undefined)];
    if (uris.includes(claimUri('groups'))) {
      const groups = (await store.groups?.ofUser(orgId, id)) ?? [];
      if (groups.length > 0) claims[claimUri('groups')] = groups.map((group) => group.name);
    }
    return claims;
  }

  /**
   * Values that are to be written, by where they are kept.
   *
   * @throws ApiError 400 for a claim that there is not
   */
  async split(orgId: string, domain: string, claims: UserClaims): Promise<KeptClaims> {
    const dialects = await this.catalog.of(orgId);
    const attributes: Record<string, readonly string[]> = {};
    const identity: Record<string, readonly string[]> = {};
    for (const [uri, values] of Object.entries(claims)) {
      const place = dialects.placeOf(uri, domain);
      if (!place) throw claimValueErrors.unknown(uri);
      if (place.in === 'identity') identity[place.name] = values;
      else attributes[place.name] = values;
    }
    return { attributes, identity };
  }
}

function valuesOf(stored: ReadonlyMap<string, string>, attributes: StoreAttributes) {
  const claims: Record<string, readonly string[]> = {};
  for (const [uri, attribute] of stored) {
    const values = attributes[attribute];
    if (values && values.length > 0) claims[uri] = values;
  }
  return claims;
}

/** Claims by where a store keeps them: names of attributes and of identity data by claim. */
function placed(dialects: ClaimDialects, domain: string, uris: readonly string[]) {
  const stored = new Map<string, string>();
  const identity = new Map<string, string>();
  for (const uri of uris) {
    const place = dialects.placeOf(uri, domain);
    if (place) (place.in === 'identity' ? identity : stored).set(uri, place.name);
  }
  return { stored, identity };
}
