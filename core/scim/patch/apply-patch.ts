import { type AttributeBag, bagOf, copyOf, type ScimResource } from '../attributes/resource.js';
import { checkImmutable, merged, withoutSub, withSub } from './complex-values.js';
import { changedList, PatchWork, reducedList } from './multi-values.js';
import type { PatchOperation } from './patch-operation.js';

/**
 * A resource after the changes, in their order; the given one stays as it is (RFC 7644 section 3.5.2: all or nothing).
 *
 * @throws ScimError 400 noTarget, mutability or invalidValue
 */
export function applyPatch(resource: ScimResource, operations: readonly PatchOperation[]): ScimResource {
  const result = copyOf(resource);
  const work = new PatchWork();
  for (const operation of operations) apply(bagOf(result, operation.at.extension), operation, work);
  for (const [urn, bag] of result.extensions) if (Object.keys(bag).length === 0) result.extensions.delete(urn);
  return result;
}

function apply(bag: AttributeBag, operation: PatchOperation, work: PatchWork): void {
  const { attribute } = operation.at;
  const before = bag[attribute.name];
  const after = attribute.multiValued ? listAfter(before, operation, work) : singleAfter(before, operation);
  checkImmutable(attribute, before, after);
  if (after === undefined) delete bag[attribute.name];
  else bag[attribute.name] = after;
}

function listAfter(before: AttributeBag[string] | undefined, operation: PatchOperation, work: PatchWork) {
  const list = Array.isArray(before) ? before : [];
  const after = operation.op === 'remove' ? reducedList(list, operation, work) : changedList(list, operation, work);
  return after.length === 0 ? undefined : after;
}

function singleAfter(before: AttributeBag[string] | undefined, { op, at, value }: PatchOperation) {
  const single = Array.isArray(before) ? undefined : before;
  if (op === 'remove' || value === undefined) return at.sub ? withoutSub(single, at.sub) : undefined;
  if (at.sub) return withSub(single, at.sub, value, op);
  return Array.isArray(value) ? undefined : merged(single, value);
}
