import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CUSTOM_SCHEMA, type ExternalDialect, externalClaim, type LocalClaim, localClaim } from './claim-model.js';

const shippedDialect = z.strictObject({ dialectURI: z.string(), claims: z.array(externalClaim) });

/** Claims and dialects as files say them. */
export interface ShippedClaims {
  readonly locals: readonly LocalClaim[];
  readonly dialects: readonly ExternalDialect[];
}

/**
 * Reads `claims/local.json` and `claims/external/*.json`.
 *
 * @param customSchema URI of the SCIM dialect that takes claims of one's own
 * @throws Error for a file that cannot be read or does not fit
 */
export function readShippedClaims(folder: string, customSchema: string): ShippedClaims {
  const read = (...path: string[]) => JSON.parse(readFileSync(join(folder, 'claims', ...path), 'utf8')) as unknown;
  const files = readdirSync(join(folder, 'claims', 'external')).filter((name) => name.endsWith('.json'));
  const dialects = files.toSorted().map((name) => {
    const { dialectURI, claims } = shippedDialect.parse(read('external', name));
    return { dialectURI: dialectURI === CUSTOM_SCHEMA ? customSchema : dialectURI, system: true, claims };
  });
  return { locals: z.array(localClaim).parse(read('local.json')), dialects };
}
