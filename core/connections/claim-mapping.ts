import { inject, injectable } from 'tsyringe';
import { token } from '#core/kernel';
import { type ClaimCatalog, ClaimCatalogToken, claimUri, type UserClaims } from '#core/users';
import { contentOf, type IdentityProviderEntity } from './identity-provider.entity.js';

/** Injection token of the mapping of claims. */
export const ClaimMappingToken = token<ClaimMapping>('connections.claim-mapping');

/** What claims of an identity provider are called here. */
@injectable()
export class ClaimMapping {
  constructor(@inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog) {}

  /**
   * Values by local claim URI. Goes by the mappings of the identity provider; without any, by the names of OpenID
   * Connect. Claims that nothing maps, and values that are no texts, numbers or truth values, are dropped.
   */
  async map(
    idp: Pick<IdentityProviderEntity, 'orgId' | 'settings'>,
    claims: Readonly<Record<string, unknown>>,
  ): Promise<UserClaims> {
    const { mappings } = idp.settings.claims;
    const dialects = await this.catalog.of(idp.orgId);
    const pairs =
      mappings.length > 0
        ? mappings.map(({ idpClaim, localClaim }) => [idpClaim, localClaim.uri] as const)
        : Object.keys(claims).map((name) => [name, dialects.localOfOidc(name)] as const);
    const mapped: Record<string, readonly string[]> = {};
    for (const [name, uri] of pairs) {
      if (uri === undefined || !Object.hasOwn(claims, name)) continue;
      const values = textsOf(claims[name]);
      if (values.length > 0) mapped[uri] = [...new Set([...(mapped[uri] ?? []), ...values])];
    }
    return mapped;
  }

  /**
   * Ids of those groups of an identity provider that it says somebody is in: by the claim that is mapped to the local
   * claim of groups. Groups that were not made known by the API of identity providers count for nothing.
   */
  async groups(idp: IdentityProviderEntity, claims: Readonly<Record<string, unknown>>): Promise<string[]> {
    const { groups } = contentOf(idp);
    if (groups.length === 0) return [];
    const told = new Set((await this.map(idp, claims))[GROUPS]);
    return groups.flatMap(({ id, name }) => (told.has(name) ? [id] : []));
  }
}

/** Local claim of the groups somebody is in. */
const GROUPS = claimUri('groups');

function textsOf(value: unknown): string[] {
  const values = Array.isArray(value) ? (value as unknown[]) : [value];
  return values
    .filter((one) => typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean')
    .map(String)
    .filter((one) => one !== '');
}
