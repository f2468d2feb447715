import { isComplex, type SimpleValue, type SingleValue } from '../attributes/resource.js';
import { type ScimAttribute, subAttribute } from '../attributes/resource-model.js';
import { badRequest, shown } from '../protocol/scim-error.js';
import type { Compare, Filter } from './filter.js';

/**
 * Whether one value of an attribute fits the filter of a value path: `type eq "work"` for a value of `emails`.
 *
 * @throws ScimError 400 invalidFilter when it asks for a sub-attribute that there is not
 */
export function matches(attribute: ScimAttribute, filter: Filter, value: SingleValue): boolean {
  switch (filter.op) {
    case 'and':
      return filter.filters.every((one) => matches(attribute, one, value));
    case 'or':
      return filter.filters.some((one) => matches(attribute, one, value));
    case 'not':
      return !matches(attribute, filter.filter, value);
    case 'values':
      throw badRequest('invalidFilter', `${filter.path.text} has no values of its own to select.`);
    case 'compare':
      return compares(attribute, filter, value);
  }
}

/** @throws ScimError 400 invalidFilter when the filter asks for a sub-attribute that there is not */
export function checkValueFilter(attribute: ScimAttribute, filter: Filter): void {
  if (filter.op === 'values') throw badRequest('invalidFilter', `${filter.path.text} cannot stand in a value path.`);
  if (filter.op === 'compare') comparedAttribute(attribute, filter);
  else if (filter.op === 'not') checkValueFilter(attribute, filter.filter);
  else for (const one of filter.filters) checkValueFilter(attribute, one);
}

function comparedAttribute(attribute: ScimAttribute, { path }: Compare): ScimAttribute {
  const simple = attribute.type !== 'complex' && path.name.toLowerCase() === 'value' ? attribute : undefined;
  const sub =
    simple ?? (path.urn === undefined && path.sub === undefined ? subAttribute(attribute, path.name) : undefined);
  if (!sub) throw badRequest('invalidFilter', `${attribute.name} has no sub-attribute ${shown(path.text)}.`);
  return sub;
}

function compares(attribute: ScimAttribute, filter: Compare, value: SingleValue): boolean {
  const sub = comparedAttribute(attribute, filter);
  const own = isComplex(value) ? value[sub.name] : value;
  const list = Array.isArray(own) ? own : [own];
  const simple = list.filter((one): one is SimpleValue => one !== undefined && !isComplex(one));
  if (filter.comparison === 'pr') return simple.length > 0;
  // What has no value is not equal to anything but null (RFC 7644 section 3.4.2.2 leaves it open).
  if (filter.value === null) return (filter.comparison === 'ne') === simple.length > 0;
  if (filter.comparison === 'ne') return !simple.some((one) => isSimilar(sub, { ...filter, comparison: 'eq' }, one));
  return simple.some((one) => isSimilar(sub, filter, one));
}

function isSimilar({ type, caseExact }: ScimAttribute, { comparison, value }: Compare, own: SimpleValue): boolean {
  if (comparison === 'co' || comparison === 'sw' || comparison === 'ew') {
    const [whole, part] = folded(caseExact, String(own), String(value));
    if (comparison === 'co') return whole.includes(part);
    return comparison === 'sw' ? whole.startsWith(part) : whole.endsWith(part);
  }
  const order = orderOf(type, caseExact, own, value as SimpleValue);
  switch (comparison) {
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
    case 'lt':
      return order < 0;
    case 'le':
      return order <= 0;
    default:
      return order === 0;
  }
}

/** Negative, zero or positive; NaN, which is none of them, for what cannot be compared. */
function orderOf(type: ScimAttribute['type'], caseExact: boolean, own: SimpleValue, value: SimpleValue): number {
  if (type === 'dateTime') return Date.parse(String(own)) - Date.parse(String(value));
  if (type === 'integer' || type === 'decimal') return Number(own) - Number(value);
  const [a, b] = folded(caseExact, String(own), String(value));
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function folded(caseExact: boolean, a: string, b: string): readonly [string, string] {
  return caseExact ? [a, b] : [a.toLowerCase(), b.toLowerCase()];
}
