import {
  CUSTOM_SCHEMA,
  type ExternalClaim,
  type ExternalDialect,
  IDENTITY_CLAIMS,
  LOCAL_DIALECT,
  type LocalClaim,
  OIDC_DIALECT,
} from './claim-model.js';
import { type IdentityPlace, readShippedClaims } from './shipped-claims.js';

/** Where the values of a claim are kept. */
export interface ClaimPlace {
  /** In the user store, or in the identity data that the server keeps beside it. */
  readonly in: 'store' | 'identity';
  /** Name of the attribute, or of the identity data. */
  readonly name: string;
}

/** A claim of another dialect together with its dialect. */
export interface MappedClaim extends ExternalClaim {
  readonly dialectURI: string;
}

/**
 * The local dialect and the dialects that map to it. Never changes: a change makes another object, so whatever is
 * derived from it may be kept by it (in a WeakMap).
 */
export class ClaimDialects {
  /** All claims of the local dialect. */
  readonly locals: readonly LocalClaim[];
  /** The dialects that map to the local one: those that ship, then others. */
  readonly dialects: readonly ExternalDialect[];
  /** Names of all OpenID Connect claims. */
  readonly oidcNames: readonly string[];
  readonly #local: ReadonlyMap<string, LocalClaim>;
  readonly #dialects: ReadonlyMap<string, ExternalDialect>;
  /** Local claim URIs by dialect and by claim of it. */
  readonly #mapped: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** OpenID Connect names by local claim URI. */
  readonly #oidcNames = new Map<string, string[]>();
  readonly #external = new Map<string, MappedClaim[]>();

  /** @param customSchema URI of the SCIM dialect that takes claims of one's own */
  constructor(
    local: Iterable<LocalClaim>,
    dialects: Iterable<ExternalDialect>,
    readonly customSchema: string,
  ) {
    this.locals = [...local];
    this.dialects = [...dialects];
    this.#local = new Map(this.locals.map((claim) => [claim.claimURI, claim]));
    this.#dialects = new Map(this.dialects.map((dialect) => [dialect.dialectURI, dialect]));
    this.#mapped = new Map(
      this.dialects.map(({ dialectURI, claims }) => [
        dialectURI,
        new Map(claims.map((claim) => [claim.claimURI, claim.mappedLocalClaimURI])),
      ]),
    );
    for (const { dialectURI, claims } of this.dialects)
      for (const claim of claims) listed(this.#external, claim.mappedLocalClaimURI).push({ ...claim, dialectURI });
    for (const { claimURI, mappedLocalClaimURI } of this.external(OIDC_DIALECT))
      listed(this.#oidcNames, mappedLocalClaimURI).push(claimURI);
    this.oidcNames = this.external(OIDC_DIALECT).map((claim) => claim.claimURI);
  }

  /** What ships in `config/claims`. */
  static load(folder: string, customSchema = CUSTOM_SCHEMA, identityIn: IdentityPlace = 'database'): ClaimDialects {
    const { locals, dialects } = readShippedClaims(folder, customSchema, identityIn);
    return new ClaimDialects(locals, dialects, customSchema);
  }

  /** The same with other local claims. */
  withLocals(locals: Iterable<LocalClaim>): ClaimDialects {
    return new ClaimDialects(locals, this.dialects, this.customSchema);
  }

  /** A claim of the local dialect. */
  local(uri: string): LocalClaim | undefined {
    return this.#local.get(uri);
  }

  /** Where a store's users have the values of a local claim; undefined for a claim that there is not. */
  placeOf(uri: string, domain: string): ClaimPlace | undefined {
    const claim = this.#local.get(uri);
    if (!claim) return undefined;
    return isInStore(claim, domain)
      ? { in: 'store', name: claim.attributes[domain] ?? claim.attribute }
      : { in: 'identity', name: identityName(claim) };
  }

  /** A dialect that maps to the local one. */
  dialect(uri: string): ExternalDialect | undefined {
    return this.#dialects.get(uri);
  }

  /** Claims of a dialect; none for a dialect that there is not. */
  external(dialectUri: string): readonly ExternalClaim[] {
    return this.#dialects.get(dialectUri)?.claims ?? [];
  }

  /** URI of the local claim behind a claim of another dialect. */
  localOf(dialectUri: string, claimUri: string): string | undefined {
    return this.#mapped.get(dialectUri)?.get(claimUri);
  }

  /** Claims of other dialects that map to a local claim. */
  externalOf(localUri: string): readonly MappedClaim[] {
    return this.#external.get(localUri) ?? [];
  }

  /** Local claim behind an OpenID Connect claim. */
  localOfOidc(name: string): string | undefined {
    return this.localOf(OIDC_DIALECT, name);
  }

  /** OpenID Connect claims that show a local claim. */
  oidcOfLocal(uri: string): readonly string[] {
    return this.#oidcNames.get(uri) ?? [];
  }
}

function listed<T>(lists: Map<string, T[]>, key: string): T[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function isInStore(claim: LocalClaim, domain: string): boolean {
  const usual = claim.managedInUserStore ?? !claim.claimURI.startsWith(IDENTITY_CLAIMS);
  return claim.excludedUserStores.includes(domain) ? !usual : usual;
}

/** Only what ships has a plain name: the server keeps more beside it than claims, and none of that must be reached. */
function identityName({ claimURI, system }: LocalClaim): string {
  return system && claimURI.startsWith(IDENTITY_CLAIMS)
    ? claimURI.slice(IDENTITY_CLAIMS.length)
    : `claim:${claimURI.slice(LOCAL_DIALECT.length)}`;
}
