import type { UserFilter } from '#core/users';
import type { ScimAttribute } from '../attributes/resource-model.js';
import type { Compare, Filter } from '../filter/filter.js';
import { checkValueFilter, matches } from '../filter/matches.js';
import { badRequest } from '../protocol/scim-error.js';
import { addressPart } from './address-parts.js';
import type { ClaimSlot } from './claim-slots.js';
import { allOf, anyOf, compared, EVERYBODY, NOBODY, negated } from './filter-parts.js';

/**
 * The filter of values of a list such as `emails`: as each type has a claim of its own, what is said of `type` is
 * decided here, and what is said of the value is asked of the claim.
 *
 * @throws ScimError 400 invalidFilter for sub-attributes that there are not, and for those that cannot be searched
 */
export function listFilter(attribute: ScimAttribute, slots: readonly ClaimSlot[], filter: Filter): UserFilter {
  checkValueFilter(attribute, filter);
  // That no value is equal is to be said of all of them; `ne` within a value path is said of one.
  if (filter.op === 'compare' && filter.comparison === 'ne')
    return negated(listFilter(attribute, slots, { ...filter, comparison: 'eq' }));
  const places = slots.map((slot) => {
    const there = compared({ of: 'claim', uri: slot.claim.claimURI }, attribute, present);
    const inPlace = inSlot(attribute, slot, filter);
    return inPlace === NOBODY || inPlace.op === 'compare' ? inPlace : allOf([there, inPlace]);
  });
  return anyOf(places);
}

const present: Compare = {
  op: 'compare',
  path: { text: 'value', urn: undefined, name: 'value', sub: undefined },
  comparison: 'pr',
  value: null,
};

function inSlot(attribute: ScimAttribute, slot: ClaimSlot, filter: Filter): UserFilter {
  switch (filter.op) {
    case 'and':
      return allOf(filter.filters.map((one) => inSlot(attribute, slot, one)));
    case 'or':
      return anyOf(filter.filters.map((one) => inSlot(attribute, slot, one)));
    case 'not': {
      const inner = inSlot(attribute, slot, filter.filter);
      if (inner === NOBODY) return EVERYBODY;
      return inner === EVERYBODY ? NOBODY : negated(inner);
    }
    case 'values':
      return NOBODY;
    case 'compare':
      return comparedInSlot(attribute, slot, filter);
  }
}

function comparedInSlot(attribute: ScimAttribute, { claim, part }: ClaimSlot, filter: Compare): UserFilter {
  const name = filter.path.name.toLowerCase();
  if (name === 'type' || name === 'primary') {
    const isPrimary = part === undefined && !claim.multiValued;
    const own = Object.assign(Object.create(null) as Record<string, string | boolean>, {
      ...(part === undefined ? {} : { type: part }),
      ...(isPrimary ? { primary: true } : {}),
    });
    return matches(attribute, filter, own) ? EVERYBODY : NOBODY;
  }
  const sub = attribute.subAttributes.find((one) => one.name.toLowerCase() === name);
  if (!sub) throw badRequest('invalidFilter', `Users cannot be filtered by ${attribute.name}.${filter.path.name}.`);
  const subject = { of: 'claim', uri: claim.claimURI } as const;
  return sub.name === 'value' ? compared(subject, sub, filter) : addressPart(subject, sub, filter);
}
