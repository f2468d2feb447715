import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ClaimDialects } from './claim-dialects.js';
import { type ExternalClaim, externalClaim, LOCAL_DIALECT_URI, type LocalClaim, localClaim } from './claim-model.js';
import type { ClaimOverlayEntity } from './claim-overlay.entity.js';

/** Members of a claim, as they are stored; null: it has no such member. */
export type OverlayData = Readonly<Record<string, unknown>>;

/** Key of what is stored of a claim, or with an empty claim of a dialect. */
export function overlayId(dialectUri: string, claimUri: string): string {
  return createHash('sha256').update(`${dialectUri}\n${claimUri}`).digest('hex');
}

/** What differs from what ships; all of it for what does not ship. */
export function differences<T extends object>(claim: T, shipped: T | undefined): OverlayData {
  const base = { ...shipped } as Readonly<Record<string, unknown>>;
  const wanted = { ...claim } as Readonly<Record<string, unknown>>;
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(base)])];
  const other = names.filter((name) => name !== 'system' && !isDeepStrictEqual(wanted[name], base[name]));
  return Object.fromEntries(other.map((name) => [name, wanted[name] ?? null]));
}

/** What ships, with what an organization makes of it. */
export class OverlaidClaims {
  readonly #locals: Map<string, LocalClaim>;
  readonly #dialects: Map<string, { readonly system: boolean; readonly claims: Map<string, ExternalClaim> }>;
  #built: ClaimDialects | undefined;

  constructor(private readonly shipped: ClaimDialects) {
    this.#locals = new Map(shipped.locals.map((claim) => [claim.claimURI, claim]));
    this.#dialects = new Map(
      shipped.dialects.map(({ dialectURI, system, claims }) => [
        dialectURI,
        { system, claims: new Map(claims.map((claim) => [claim.claimURI, claim])) },
      ]),
    );
    this.#built = shipped;
  }

  /** All of it as it is now; the same object until something else is put or erased. */
  get dialects(): ClaimDialects {
    const all = [...this.#dialects].map(([dialectURI, { system, claims }]) => ({
      dialectURI,
      system,
      claims: [...claims.values()],
    }));
    this.#built ??= new ClaimDialects(this.#locals.values(), all, this.shipped.customSchema);
    return this.#built;
  }

  /** What is stored of a claim; or with an empty claim of a dialect, which comes before its claims. */
  put(dialectUri: string, claimUri: string, data: OverlayData | null): void {
    this.#built = undefined;
    const claims = this.#dialects.get(dialectUri)?.claims;
    if (dialectUri === LOCAL_DIALECT_URI) this.#locals.set(claimUri, localOf(this.shipped.local(claimUri), data ?? {}));
    else if (claimUri === '') this.#dialects.set(dialectUri, { system: false, claims: new Map() });
    else if (data === null) claims?.delete(claimUri);
    else claims?.set(claimUri, externalOf(this.#shippedClaim(dialectUri, claimUri), claimUri, data));
  }

  /** Nothing is stored of it any more. */
  erase(dialectUri: string, claimUri: string): void {
    this.#built = undefined;
    const claims = this.#dialects.get(dialectUri)?.claims;
    if (dialectUri === LOCAL_DIALECT_URI) restored(this.#locals, claimUri, this.shipped.local(claimUri));
    else if (claimUri === '') this.#dialects.delete(dialectUri);
    else if (claims) restored(claims, claimUri, this.#shippedClaim(dialectUri, claimUri));
  }

  #shippedClaim(dialectUri: string, claimUri: string): ExternalClaim | undefined {
    return this.shipped.external(dialectUri).find((claim) => claim.claimURI === claimUri);
  }
}

/** What ships, with what is stored of an organization. */
export function overlaid(shipped: ClaimDialects, rows: readonly ClaimOverlayEntity[]): OverlaidClaims {
  const claims = new OverlaidClaims(shipped);
  // Dialects before their claims.
  for (const { dialectUri, claimUri, data } of rows.toSorted((a, b) => order(a.claimUri, b.claimUri)))
    claims.put(dialectUri, claimUri, data);
  return claims;
}

const order = (a: string, b: string) => (a < b ? -1 : Number(a > b));

function restored<T>(claims: Map<string, T>, uri: string, shipped: T | undefined): void {
  if (shipped === undefined) claims.delete(uri);
  else claims.set(uri, shipped);
}

function localOf(shipped: LocalClaim | undefined, data: OverlayData): LocalClaim {
  const members = { ...shipped, ...data, system: shipped !== undefined };
  return localClaim.parse(Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null)));
}

function externalOf(shipped: ExternalClaim | undefined, claimURI: string, data: OverlayData): ExternalClaim {
  return externalClaim.parse({ ...shipped, claimURI, ...data, system: shipped !== undefined });
}
