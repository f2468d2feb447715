import type { HttpRequest } from '#core/http';
import { checkBodyType } from './media-types.js';
import { badRequest } from './scim-error.js';

/** Nesting of a body at most; no message of SCIM comes near it. */
const DEEPEST = 16;

/** A JSON object as it was sent. Its members are looked at by {@link membersOf} only. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The body of a request: a JSON object.
 *
 * @throws ScimError 415 for another media type, 400 invalidSyntax when it is no JSON object or nested too deeply
 */
export function objectBody(request: HttpRequest): JsonObject {
  const value = jsonBodyOf(request);
  if (!isObject(value)) throw badRequest('invalidSyntax', 'The body must be a JSON object.');
  return value;
}

/** The same for messages that may be any JSON. */
export function jsonBodyOf(request: HttpRequest): unknown {
  checkBodyType(request);
  let value: unknown;
  try {
    value = JSON.parse(request.body) as unknown;
  } catch (cause) {
    const detail = request.body === '' ? 'The request has no body.' : 'The body is not JSON.';
    throw badRequest('invalidSyntax', detail, { cause });
  }
  if (isDeeperThan(value, DEEPEST))
    throw badRequest('invalidSyntax', `The body is nested more than ${DEEPEST} levels deep.`);
  return value;
}

/** Whether a value is a JSON object, no array and not null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Own members of an object by their names in lower case, as names of attributes do not depend on case (RFC 7643
 * section 2.1). A map, so that no name reaches a prototype.
 *
 * @throws ScimError 400 invalidSyntax when a name is there twice in different cases
 */
export function membersOf(value: JsonObject): ReadonlyMap<string, { readonly name: string; readonly value: unknown }> {
  const members = new Map<string, { readonly name: string; readonly value: unknown }>();
  for (const [name, member] of Object.entries(value)) {
    const key = name.toLowerCase();
    if (members.has(key)) throw badRequest('invalidSyntax', `The attribute ${name} is given twice.`);
    members.set(key, { name, value: member });
  }
  return members;
}

/** Level by level, so that no depth of nesting can exhaust the stack. */
function isDeeperThan(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}
