import { checkSchemas } from '../attributes/read-resource.js';
import { readSingle, readValue } from '../attributes/read-values.js';
import type { AttributeValue } from '../attributes/resource.js';
import type { ResolvedAttribute, ResourceModel, ScimSchema } from '../attributes/resource-model.js';
import type { Filter, PatchPath } from '../filter/filter.js';
import { parsePatchPath } from '../filter/filter-parser.js';
import { checkValueFilter } from '../filter/matches.js';
import { isObject, type JsonObject, membersOf } from '../protocol/json-body.js';
import { Messages } from '../protocol/schemas.js';
import { badRequest, ScimError, shown } from '../protocol/scim-error.js';
import type { PatchOperation } from './patch-operation.js';

/** Changes in one request at most. */
const MOST_OPERATIONS = 1000;

type Op = PatchOperation['op'];
type Target = { readonly at: ResolvedAttribute; readonly filter: Filter | undefined };

/**
 * The body of a PATCH (RFC 7644 section 3.5.2) as single changes, and what published clients make of it: `op` in any
 * case, values without a path whose members are paths themselves (`name.givenName`, `emails[type eq "work"].value`, the
 * URI of an extension), lists of values for `remove`.
 *
 * A path must name an attribute that can be changed. Members of a value without a path that are unknown or read-only are
 * passed over, as in PUT.
 *
 * @throws ScimError 400 invalidSyntax, invalidPath, invalidFilter, invalidValue, noTarget, mutability
 */
export function readPatch(model: ResourceModel, body: JsonObject): readonly PatchOperation[] {
  checkSchemas(body, Messages.patch);
  const list = membersOf(body).get('operations')?.value;
  if (!Array.isArray(list) || list.length === 0)
    throw badRequest('invalidSyntax', '"Operations" must be a list of at least one operation.');
  const operations: PatchOperation[] = [];
  for (const one of list.length > MOST_OPERATIONS ? tooMany() : (list as unknown[])) {
    operations.push(...operationsOf(model, one));
    if (operations.length > MOST_OPERATIONS) tooMany();
  }
  return operations;
}

function tooMany(): never {
  throw new ScimError(413, `A request may make no more than ${MOST_OPERATIONS} changes. Send several requests.`);
}

function operationsOf(model: ResourceModel, given: unknown): readonly PatchOperation[] {
  if (!isObject(given)) throw badRequest('invalidSyntax', 'Each of the "Operations" must be an object.');
  const members = membersOf(given);
  const op = opOf(members.get('op')?.value);
  const path = members.get('path')?.value ?? '';
  const value = members.get('value')?.value;
  if (typeof path !== 'string') throw badRequest('invalidPath', 'The "path" of an operation must be a text.');
  if (op !== 'remove' && !members.has('value'))
    throw badRequest('invalidSyntax', `The operation "${op}" needs a "value".`);
  if (path.trim() !== '') return atPath(model, op, path, value);
  if (op === 'remove') throw badRequest('noTarget', 'The operation "remove" needs a "path".');
  return ofMembers(model, op, value, undefined);
}

function opOf(given: unknown): Op {
  const op = typeof given === 'string' ? given.toLowerCase() : '';
  if (op === 'add' || op === 'replace' || op === 'remove') return op;
  throw badRequest('invalidSyntax', `"op" must be add, replace or remove, not ${shown(given)}.`);
}

function atPath(model: ResourceModel, op: Op, path: string, value: unknown): readonly PatchOperation[] {
  const parsed = parsePatchPath(path);
  const resolved = model.resolve(parsed.path);
  if (!resolved) throw badRequest('invalidPath', `There is no attribute ${shown(path)} in a ${model.name}.`);
  if (resolved.is === 'schema') return ofSchema(model, op, resolved.schema, value);
  const target = targetOf(resolved.at, parsed);
  const { attribute, sub } = target.at;
  if (attribute.mutability === 'readOnly' || sub?.mutability === 'readOnly')
    throw badRequest('mutability', `Attribute ${shown(path)} is read-only and cannot be modified.`);
  return operation(op, target, value);
}

function ofSchema(model: ResourceModel, op: Op, schema: ScimSchema, value: unknown): readonly PatchOperation[] {
  if (op !== 'remove') return ofMembers(model, op, value, schema);
  const extension = schema === model.core ? undefined : schema.id;
  return schema.attributes
    .filter(({ mutability }) => mutability !== 'readOnly')
    .map((attribute) => ({ op, at: { extension, attribute, sub: undefined }, filter: undefined, value: undefined }));
}

/** @param schema in which the names of the members are looked for; undefined: in all */
function ofMembers(
  model: ResourceModel,
  op: Op,
  value: unknown,
  schema: ScimSchema | undefined,
): readonly PatchOperation[] {
  if (!isObject(value))
    throw badRequest('invalidValue', 'The "value" of an operation without the path of an attribute must be an object.');
  const operations: PatchOperation[] = [];
  for (const { name, value: member } of membersOf(value).values()) {
    const parsed = pathOfMember(schema && !name.toLowerCase().startsWith('urn:') ? `${schema.id}:${name}` : name);
    const resolved = parsed && model.resolve(parsed.path);
    if (!parsed || !resolved) continue;
    if (resolved.is === 'schema') {
      if (!schema && member !== null) operations.push(...ofSchema(model, op, resolved.schema, member));
      continue;
    }
    const { attribute, sub } = resolved.at;
    if (attribute.mutability === 'readOnly' || sub?.mutability === 'readOnly') continue;
    operations.push(...operation(op, targetOf(resolved.at, parsed), member));
  }
  return operations;
}

/** Undefined for what is no path: an attribute that nobody knows. */
function pathOfMember(name: string): PatchPath | undefined {
  try {
    return parsePatchPath(name);
  } catch (error) {
    if (error instanceof ScimError) return undefined;
    throw error;
  }
}

function targetOf(at: ResolvedAttribute, { filter }: PatchPath): Target {
  if (filter) {
    if (!at.attribute.multiValued)
      throw badRequest('invalidPath', `${at.attribute.name} has one value only, so none can be selected.`);
    checkValueFilter(at.attribute, filter);
  }
  return { at, filter };
}

function operation(op: Op, target: Target, value: unknown): readonly PatchOperation[] {
  const { attribute, sub } = target.at;
  if (op === 'remove') return removal(target, value);
  const read = target.filter && !sub ? readSingle(attribute, value) : readValue(sub ?? attribute, value);
  if (read !== undefined) return [{ op, ...target, value: read }];
  return op === 'replace' ? [{ op: 'remove', ...target, value: undefined }] : [];
}

function removal(target: Target, value: unknown): readonly PatchOperation[] {
  const { attribute, sub } = target.at;
  const isListed = attribute.multiValued && !sub && !target.filter && value !== undefined && value !== null;
  const listed: AttributeValue | undefined = isListed ? readValue(attribute, value) : undefined;
  // An empty list of what is to be removed must not remove everything.
  return isListed && listed === undefined ? [] : [{ op: 'remove', ...target, value: listed }];
}
