import type { Compare } from '../filter/filter.js';
import { badRequest } from '../protocol/scim-error.js';
import type { AttributeValue } from './resource.js';

const LONGEST = 191;
const UNFIT = /\0|[\ud800-\udfff]/u;
const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'ne', 'pr']);

/** What a client calls a group or a role (RFC 7643 section 3.1); null: nothing. @throws ScimError 400 when it cannot be kept */
export function externalIdOf(given: AttributeValue | undefined): string | null {
  if (given === undefined) return null;
  const text = String(given);
  if (text.length <= LONGEST && !UNFIT.test(text)) return text;
  throw badRequest('invalidValue', `externalId must be at most ${LONGEST} characters, none of them a NUL.`);
}

/** @throws ScimError 400 invalidFilter for what cannot be asked of an external id, which is an id and no text */
export function checkExternalIdFilter({ comparison, value }: Compare): void {
  if (!COMPARISONS.has(comparison))
    throw badRequest(
      'invalidFilter',
      `Filter operation: ${comparison} is not supported for externalId; eq, ne and pr are.`,
    );
  if (typeof value === 'string' && UNFIT.test(value))
    throw badRequest('invalidFilter', 'The externalId in the filter holds a character that no value has.');
}
