import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  CUSTOM_SCHEMA,
  type ExternalDialect,
  externalClaim,
  IDENTITY_CLAIMS,
  type LocalClaim,
  localClaim,
} from './claim-model.js';
import { isKeptByServer } from './kept-claims.js';

const shippedDialect = z.strictObject({ dialectURI: z.string(), claims: z.array(externalClaim) });

/** Where values of identity claims are kept. */
export type IdentityPlace = 'database' | 'user_store';

/** Claims and dialects as files say them. */
export interface ShippedClaims {
  readonly locals: readonly LocalClaim[];
  readonly dialects: readonly ExternalDialect[];
}

/**
 * Reads `claims/local.json` and `claims/external/*.json`.
 *
 * @param customSchema URI of the SCIM dialect that takes claims of one's own
 * @param identityIn where values of identity claims are kept, but for those that the server reads at each sign-in
 * @throws Error for a file that cannot be read or does not fit
 */
export function readShippedClaims(folder: string, customSchema: string, identityIn: IdentityPlace): ShippedClaims {
  const read = (...path: string[]) => JSON.parse(readFileSync(join(folder, 'claims', ...path), 'utf8')) as unknown;
  const files = readdirSync(join(folder, 'claims', 'external')).filter((name) => name.endsWith('.json'));
  const dialects = files.toSorted().map((name) => {
    const { dialectURI, claims } = shippedDialect.parse(read('external', name));
    return { dialectURI: dialectURI === CUSTOM_SCHEMA ? customSchema : dialectURI, system: true, claims };
  });
  const locals = z.array(localClaim).parse(read('local.json'));
  return { locals: identityIn === 'user_store' ? locals.map(inUserStore) : locals, dialects };
}

function inUserStore(claim: LocalClaim): LocalClaim {
  const { claimURI, managedInUserStore = true } = claim;
  return claimURI.startsWith(IDENTITY_CLAIMS) && !isKeptByServer(claimURI) ? { ...claim, managedInUserStore } : claim;
}
