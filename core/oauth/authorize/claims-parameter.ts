import { z } from 'zod';
import { OAuthError } from '../errors.js';
import type { ClaimRequest, ClaimsRequest } from '../tokens/records.js';

/** What a `claims` parameter may come to: it is kept with the grant. */
const MAX_BYTES = 4096;
const MAX_CLAIMS = 50;

const simple = z.union([z.string(), z.number(), z.boolean()]);
const wish = z
  .object({ essential: z.boolean().optional(), value: simple.optional(), values: z.array(simple).max(50).optional() })
  .nullable();
const member = z.record(z.string().min(1).max(100), wish).optional();
/** Members that are not known are passed over (OpenID Connect Core §5.5). */
const shape = z.object({ userinfo: member, id_token: member });

/** The `claims` parameter (OpenID Connect Core §5.5). Throws OAuthError `invalid_request`. */
export function claimsParameter(text: string | undefined): ClaimsRequest | undefined {
  if (text === undefined || text === '') return undefined;
  if (Buffer.byteLength(text) > MAX_BYTES) throw invalid(`is longer than ${MAX_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid('is not JSON', cause);
  }
  const parsed = shape.safeParse(value);
  if (!parsed.success) throw invalid('has not the form of OpenID Connect Core §5.5', parsed.error);
  for (const claims of [parsed.data.userinfo, parsed.data.id_token])
    if (Object.keys(claims ?? {}).length > MAX_CLAIMS) throw invalid(`asks for more than ${MAX_CLAIMS} claims`);
  return parsed.data;
}

/** Claims that a request wants in the ID token or at userinfo, as one: essential when it is essential in either. */
export function wantedClaims({
  userinfo = {},
  id_token = {},
}: ClaimsRequest = {}): Record<string, ClaimRequest | null> {
  const all: Record<string, ClaimRequest | null> = { ...userinfo };
  for (const [name, wanted] of Object.entries(id_token)) if (all[name]?.essential !== true) all[name] = wanted;
  return all;
}

/** Values that a request allows for a claim; undefined when it allows all. */
export function allowedValues(wanted: ClaimRequest | null | undefined): readonly string[] | undefined {
  if (wanted?.value !== undefined) return [String(wanted.value)];
  return wanted?.values?.map(String);
}

const invalid = (problem: string, cause?: unknown) =>
  new OAuthError('invalid_request', `The claims parameter ${problem}.`, { cause });
