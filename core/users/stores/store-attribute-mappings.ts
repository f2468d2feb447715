import { type Soon, token, whenThere } from '#core/kernel';
import type { ClaimCatalog } from '../claims/claim-catalog.js';
import type { ClaimDialects } from '../claims/claim-dialects.js';

/** Injection token of {@link StoreAttributeMappings}. */
export const StoreAttributeMappingsToken = token<StoreAttributeMappings>('users.store-attribute-mappings');

/** Attribute by claim URI, by domain of the store. */
export type MappedAttributes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Attributes that secondary stores have for claims, as their administrators have set them up. */
export interface StoreAttributeMappings {
  /** Cached: the same object until something changes. */
  of(orgId: string): Soon<MappedAttributes>;
}

/** Claims that know the attributes of secondary stores; what a claim says of a store itself comes first. */
function withStoreAttributes(dialects: ClaimDialects, mapped: MappedAttributes): ClaimDialects {
  if ([...mapped.values()].every(({ size }) => size === 0)) return dialects;
  const locals = dialects.locals.map((claim) => {
    const own = [...mapped].flatMap(([domain, attributes]) => {
      const attribute = attributes.get(claim.claimURI);
      return attribute === undefined ? [] : [[domain, attribute] as const];
    });
    return own.length === 0 ? claim : { ...claim, attributes: { ...Object.fromEntries(own), ...claim.attributes } };
  });
  return dialects.withLocals(locals);
}

/** The claims of organizations, with the attributes of their secondary stores. */
export class MappedCatalog implements ClaimCatalog {
  readonly #made = new WeakMap<ClaimDialects, WeakMap<MappedAttributes, ClaimDialects>>();

  constructor(
    private readonly claims: ClaimCatalog,
    private readonly mappings: StoreAttributeMappings,
  ) {}

  of(orgId: string): Soon<ClaimDialects> {
    return whenThere(this.claims.of(orgId), (dialects) =>
      whenThere(this.mappings.of(orgId), (mapped) => this.#mapped(dialects, mapped)),
    );
  }

  #mapped(dialects: ClaimDialects, mapped: MappedAttributes): ClaimDialects {
    const known = this.#made.get(dialects) ?? new WeakMap<MappedAttributes, ClaimDialects>();
    this.#made.set(dialects, known);
    const made = known.get(mapped) ?? withStoreAttributes(dialects, mapped);
    known.set(mapped, made);
    return made;
  }
}
