import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ClaimDialects } from './claim-dialects.js';
import {
  type ExternalClaim,
  type ExternalDialect,
  externalClaim,
  LOCAL_DIALECT_URI,
  type LocalClaim,
  localClaim,
} from './claim-model.js';
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

/** What ships, with what an organization has made of it. */
export function overlaid(shipped: ClaimDialects, rows: readonly ClaimOverlayEntity[]): ClaimDialects {
  if (rows.length === 0) return shipped;
  const locals = new Map(shipped.locals.map((claim) => [claim.claimURI, claim]));
  const dialects = new Map(shipped.dialects.map((dialect) => [dialect.dialectURI, dialect]));
  // Dialects before their claims.
  for (const { dialectUri, claimUri, data } of rows.toSorted((a, b) => order(a.claimUri, b.claimUri))) {
    if (dialectUri === LOCAL_DIALECT_URI) locals.set(claimUri, localOf(locals.get(claimUri), data ?? {}));
    else if (claimUri === '') dialects.set(dialectUri, { dialectURI: dialectUri, system: false, claims: [] });
    else {
      const dialect = dialects.get(dialectUri);
      if (dialect) dialects.set(dialectUri, withClaim(dialect, claimUri, data));
    }
  }
  return new ClaimDialects(locals.values(), dialects.values(), shipped.customSchema);
}

const order = (a: string, b: string) => (a < b ? -1 : Number(a > b));

function localOf(shipped: LocalClaim | undefined, data: OverlayData): LocalClaim {
  const members = { ...shipped, ...data, system: shipped !== undefined };
  return localClaim.parse(Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null)));
}

function withClaim(dialect: ExternalDialect, claimURI: string, data: OverlayData | null): ExternalDialect {
  const shipped = dialect.claims.find((claim) => claim.claimURI === claimURI);
  if (data === null) return { ...dialect, claims: dialect.claims.filter((claim) => claim !== shipped) };
  const claim: ExternalClaim = externalClaim.parse({ ...shipped, claimURI, ...data, system: shipped !== undefined });
  const claims = shipped
    ? dialect.claims.map((known) => (known === shipped ? claim : known))
    : [...dialect.claims, claim];
  return { ...dialect, claims };
}
