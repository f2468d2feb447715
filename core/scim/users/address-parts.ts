import type { UserFilter, UserFilterSubject } from '#core/users';
import type { ScimAttribute } from '../attributes/resource-model.js';
import type { Compare, FilterComparison } from '../filter/filter.js';
import { badRequest } from '../protocol/scim-error.js';
import { allOf, anyOf, compared, negated } from './filter-parts.js';

/** Comparisons with a part that can be said of the text it stands in. */
const OF_PARTS: ReadonlySet<string> = new Set(['eq', 'sw', 'pr']);

/**
 * A comparison of a part of an address. An address is one text for its claim: JSON, whose parts are found by what stands
 * around them (`"region":"Kandy"`; within a value each quotation mark is escaped, so nothing else looks like it), or,
 * when it is nothing but `formatted`, plain text.
 *
 * @throws ScimError 400 invalidFilter for what only reading every address could tell
 */
export function addressPart(subject: UserFilterSubject, part: ScimAttribute, filter: Compare): UserFilter {
  const { comparison, value } = filter;
  if (comparison === 'ne') return negated(addressPart(subject, part, { ...filter, comparison: 'eq' }));
  if (comparison === 'eq' && value === null)
    return negated(addressPart(subject, part, { ...filter, comparison: 'pr' }));
  const isOfText = part.name === 'formatted';
  if (!OF_PARTS.has(comparison)) {
    if (isOfText) return compared(subject, part, filter);
    const why = 'addresses are kept as one text, of which parts can be compared by eq, ne, sw and pr only';
    throw badRequest(
      'invalidFilter',
      `Filter operation: ${comparison} is not supported for addresses.${part.name}: ${why}.`,
    );
  }
  const inJson = compared(subject, part, {
    ...filter,
    comparison: 'co',
    value: fragment(part.name, comparison, value),
  });
  if (!isOfText) return inJson;
  const isJson = compared(subject, part, { ...filter, comparison: 'sw', value: '{' });
  return anyOf([allOf([compared(subject, part, filter), negated(isJson)]), inJson]);
}

/** How a part with such a value looks in the JSON of an address. */
function fragment(name: string, comparison: FilterComparison, value: Compare['value']): string {
  const begun = `${JSON.stringify(name)}:"`;
  if (comparison === 'pr') return begun;
  const escaped = JSON.stringify(String(value)).slice(1, -1);
  return `${begun}${escaped}${comparison === 'eq' ? '"' : ''}`;
}
