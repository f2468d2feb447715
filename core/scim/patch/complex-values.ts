import {
  type AttributeValue,
  bare,
  type ComplexValue,
  isComplex,
  isSame,
  type SimpleValue,
  type SingleValue,
} from '../attributes/resource.js';
import type { ScimAttribute } from '../attributes/resource-model.js';
import { badRequest } from '../protocol/scim-error.js';

/** A value with the sub-attributes of another laid over it; what is not complex is replaced. */
export function merged(below: SingleValue | undefined, above: SingleValue): SingleValue {
  if (!isComplex(below) || !isComplex(above)) return above;
  return bare<ComplexValue>({ ...below, ...above });
}

/** A complex value with a sub-attribute set; `add` to a sub-attribute of several values appends. */
export function withSub(
  value: SingleValue | undefined,
  sub: ScimAttribute,
  given: AttributeValue,
  op: 'add' | 'replace',
): ComplexValue {
  const complex = bare<ComplexValue>(isComplex(value) ? { ...value } : {});
  const before = complex[sub.name];
  checkImmutable(sub, before, given);
  const appended = (list: SimpleValue[], more: SimpleValue[]) => [...new Set([...list, ...more])];
  complex[sub.name] =
    op === 'add' && Array.isArray(before) && Array.isArray(given)
      ? appended(before, given as SimpleValue[])
      : (given as SimpleValue);
  return complex;
}

/** A complex value without a sub-attribute; undefined when nothing is left. */
export function withoutSub(value: SingleValue | undefined, sub: ScimAttribute): ComplexValue | undefined {
  if (!isComplex(value)) return undefined;
  const { [sub.name]: removed, ...rest } = value;
  checkImmutable(sub, removed, undefined);
  return Object.keys(rest).length === 0 ? undefined : bare<ComplexValue>(rest);
}

/** @throws ScimError 400 mutability when what may be set once is changed (RFC 7643 section 2.2) */
export function checkImmutable(
  attribute: ScimAttribute,
  before: AttributeValue | undefined,
  after: AttributeValue | undefined,
): void {
  if (attribute.mutability !== 'immutable' || before === undefined || isSame(before, after)) return;
  throw badRequest('mutability', `Attribute ${attribute.name} cannot be modified.`);
}
