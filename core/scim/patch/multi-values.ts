import { bare, type ComplexValue, isComplex, isSame, type SingleValue } from '../attributes/resource.js';
import { type ScimAttribute, subAttribute } from '../attributes/resource-model.js';
import type { Filter } from '../filter/filter.js';
import { matches } from '../filter/matches.js';
import { badRequest, ScimError } from '../protocol/scim-error.js';
import { merged, withoutSub, withSub } from './complex-values.js';
import type { PatchOperation } from './patch-operation.js';

/** Comparisons for one request at most. */
const MOST_COMPARISONS = 500_000;

/** Counts what a request makes the server compare. */
export class PatchWork {
  #done = 0;

  /** @throws ScimError 413 when it is too much */
  spend(comparisons: number): void {
    this.#done += comparisons;
    if (this.#done > MOST_COMPARISONS)
      throw new ScimError(413, 'The changes compare too many values. Send several requests.');
  }
}

/** A list of values after `add` or `replace`. @throws ScimError 400 noTarget, mutability or invalidValue */
export function changedList(list: readonly SingleValue[], operation: PatchOperation, work: PatchWork): SingleValue[] {
  const { op, at, filter, value } = operation;
  if (value === undefined || op === 'remove') return [...list];
  if (filter) return changedMatches(list, operation, filter, work);
  if (at.sub) return changedSubs(list, operation);
  const given = Array.isArray(value) ? value : [value];
  if (op === 'replace') return onePrimary(unique([], given, work));
  const added = unique(list, given, work);
  return primaryAmong([...list], added);
}

/** A list of values after `remove`. */
export function reducedList(list: readonly SingleValue[], operation: PatchOperation, work: PatchWork): SingleValue[] {
  const { at, filter, value } = operation;
  const { attribute, sub } = at;
  if (filter) work.spend(list.length * sizeOf(filter));
  const isMeant = (one: SingleValue) => !filter || matches(attribute, filter, one);
  const reduced = (one: SingleValue): SingleValue | undefined => (sub && isMeant(one) ? withoutSub(one, sub) : one);
  if (sub) return list.map(reduced).filter((one) => one !== undefined);
  if (value === undefined) return list.filter((one) => !isMeant(one));
  const listed = Array.isArray(value) ? value : [value];
  work.spend(list.length * listed.length);
  return list.filter((one) => !listed.some((other) => isListed(one, other)));
}

function changedMatches(
  list: readonly SingleValue[],
  { op, at, value }: PatchOperation,
  filter: Filter,
  work: PatchWork,
): SingleValue[] {
  const { attribute, sub } = at;
  work.spend(list.length * sizeOf(filter));
  const change = (one: SingleValue | undefined): SingleValue => {
    if (sub) return withSub(one, sub, value as SingleValue, op === 'add' ? 'add' : 'replace');
    const below = op === 'add' ? one : selected(attribute, filter);
    return merged(below, value as SingleValue);
  };
  if (!list.some((one) => matches(attribute, filter, one))) {
    const begun = selected(attribute, filter);
    if (!begun)
      throw badRequest(
        'noTarget',
        `No value of ${attribute.name} fits the filter of the path, so none can be changed.`,
      );
    return primaryAmong([...list], [change(begun)]);
  }
  const others = list.map((one) => (matches(attribute, filter, one) ? undefined : one));
  const changed = list.flatMap((one, index) => (others[index] === undefined ? [change(one)] : []));
  const asked = isPrimaryGiven(value, sub) ? withoutPrimary(others) : others;
  let next = 0;
  return onePrimary(asked.map((one) => one ?? (changed[next++] as SingleValue)));
}

/** `emails.value` without a filter means every value; when there is none yet, one is made. */
function changedSubs(list: readonly SingleValue[], { op, at, value }: PatchOperation): SingleValue[] {
  const { sub } = at;
  const set = (one: SingleValue | undefined) =>
    withSub(one, sub as ScimAttribute, value as SingleValue, op === 'add' ? 'add' : 'replace');
  return list.length === 0 ? [set(undefined)] : onePrimary(list.map(set));
}

/** What a value must have to be selected: `{"type": "work"}`; undefined when the filter does not say it so plainly. */
function selected(attribute: ScimAttribute, filter: Filter): ComplexValue | undefined {
  const parts = filter.op === 'and' ? filter.filters : [filter];
  const value = bare<ComplexValue>();
  for (const part of parts) {
    if (part.op !== 'compare' || part.comparison !== 'eq' || part.value === null) return undefined;
    const sub = subAttribute(attribute, part.path.name);
    if (!sub) return undefined;
    const isBoolean = sub.type === 'boolean';
    value[sub.name] = isBoolean ? String(part.value).toLowerCase() === 'true' : part.value;
  }
  return value;
}

/** Those that are not there yet. */
function unique(list: readonly SingleValue[], given: readonly SingleValue[], work: PatchWork): SingleValue[] {
  work.spend((list.length + given.length) * Math.min(given.length, 100));
  const keys = new Set(list.map(keyOf));
  return given.filter((one) => {
    const key = keyOf(one);
    return !keys.has(key) && keys.add(key);
  });
}

function keyOf(value: SingleValue): string {
  return JSON.stringify(isComplex(value) ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : value);
}

/** Whether a value is meant by one of the list of a `remove`: it has all that the other says. */
function isListed(value: SingleValue, listed: SingleValue): boolean {
  if (!isComplex(value) || !isComplex(listed)) return isSame(value, listed);
  const identifying = listed['value'] === undefined ? Object.keys(listed) : ['value'];
  return identifying.every((name) => isSame(value[name], listed[name]));
}

/** Values followed by new ones; a new primary one takes the place of the former (RFC 7644 section 3.5.2). */
function primaryAmong(list: SingleValue[], added: SingleValue[]): SingleValue[] {
  const isReplaced = added.some(isPrimary);
  return onePrimary([...(isReplaced ? withoutPrimary(list) : list), ...added]);
}

function isPrimaryGiven(value: PatchOperation['value'], sub: ScimAttribute | undefined): boolean {
  if (sub) return sub.name === 'primary' && value === true;
  return value !== undefined && !Array.isArray(value) && isPrimary(value);
}

const isPrimary = (value: SingleValue) => isComplex(value) && value['primary'] === true;

function withoutPrimary<V extends SingleValue | undefined>(list: readonly V[]): V[] {
  return list.map((one) => {
    if (one === undefined || !isPrimary(one)) return one;
    const { primary: _, ...rest } = one as ComplexValue;
    return bare<ComplexValue>(rest) as V;
  });
}

/** @throws ScimError 400 invalidValue when several values are the primary one (RFC 7643 section 2.4) */
function onePrimary(list: SingleValue[]): SingleValue[] {
  if (list.filter(isPrimary).length > 1)
    throw badRequest('invalidValue', 'No more than one value of an attribute can be the primary one.');
  return list;
}

/** Comparisons in a filter. */
export function sizeOf(filter: Filter): number {
  if (filter.op === 'compare') return 1;
  if (filter.op === 'not' || filter.op === 'values') return sizeOf(filter.filter);
  return filter.filters.reduce((sum, one) => sum + sizeOf(one), 0);
}
