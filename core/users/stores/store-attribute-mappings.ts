import { type Soon, token, whenThere } from '#core/kernel';
import type { ClaimCatalog } from '../claims/claim-catalog.js';
import { ClaimDialects } from '../claims/claim-dialects.js';

/** Injection token of {@link StoreAttributeMappings}. */
export const StoreAttributeMappingsToken = token<StoreAttributeMappings>('users.store-attribute-mappings');

/** Attribute by claim URI, by domain of the store. */
export type MappedAttributes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Attributes that secondary stores have for claims, as their administrators have set them up. */
export interface StoreAttributeMappings {
  /** Cached: the same object until something changes. */
  of(orgId: string): Soon<MappedAttributes>;
}

/** Claims that know the attributes of secondary stores. */
function withStoreAttributes(dialects: ClaimDialects, mapped: MappedAttributes): ClaimDialects {
  if ([...mapped.values()].every(({ size }) => size === 0)) return dialects;
  const locals = dialects.locals.map((claim) => {
    const own = [...mapped].flatMap(([domain, attributes]) => {
      const attribute = attributes.get(claim.claimURI);
      return attribute === undefined ? [] : [[domain, attribute] as const];
    });
    return own.length === 0 ? claim : { ...claim, attributes: { ...claim.attributes, ...Object.fromEntries(own) } };
  });
  const oidc = new Map(dialects.oidcNames.map((name) => [name, dialects.localOfOidc(name) ?? '']));
  return new ClaimDialects(locals, oidc);
}

/** The claims of organizations: those that ship, with the attributes of their secondary stores. */
export class MappedCatalog implements ClaimCatalog {
  readonly #made = new WeakMap<MappedAttributes, ClaimDialects>();

  constructor(
    private readonly shipped: ClaimDialects,
    private readonly mappings: StoreAttributeMappings,
  ) {}

  of(orgId: string): Soon<ClaimDialects> {
    return whenThere(this.mappings.of(orgId), (mapped) => {
      const dialects = this.#made.get(mapped) ?? withStoreAttributes(this.shipped, mapped);
      this.#made.set(mapped, dialects);
      return dialects;
    });
  }
}
