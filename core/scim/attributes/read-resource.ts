import { isObject, type JsonObject, membersOf } from '../protocol/json-body.js';
import { badRequest } from '../protocol/scim-error.js';
import { readValue } from './read-values.js';
import { bagOf, emptyResource, type ScimResource } from './resource.js';
import type { ResourceModel, ScimAttribute } from './resource-model.js';

/**
 * A resource that a client has sent, for POST and PUT. Attributes that the model does not know, and read-only ones, are
 * passed over (RFC 7644 sections 3.3 and 3.5.1). Attributes of the core schema may also stand below its URI.
 *
 * @throws ScimError 400 invalidValue or invalidSyntax
 */
export function readResource(model: ResourceModel, body: JsonObject): ScimResource {
  const resource = emptyResource();
  const take = (extension: string | undefined, attribute: ScimAttribute | undefined, value: unknown) => {
    if (!attribute || attribute.mutability === 'readOnly') return;
    const read = readValue(attribute, value);
    if (read !== undefined) bagOf(resource, extension)[attribute.name] = read;
  };
  for (const [key, { name, value }] of membersOf(body)) {
    const extension = model.extension(key);
    if (!extension && key !== model.core.id.toLowerCase()) {
      take(undefined, model.coreAttribute(key), value);
      continue;
    }
    if (value === null) continue;
    if (!isObject(value)) throw badRequest('invalidSyntax', `${name} must be an object of attributes.`);
    for (const [inner, member] of membersOf(value)) {
      if (extension) take(extension.id, model.extensionAttribute(extension.id, inner), member.value);
      else take(undefined, model.coreAttribute(inner), member.value);
    }
  }
  return resource;
}

/**
 * Checks `schemas` of a message or a resource: when it names anything, it must name the schema.
 *
 * @throws ScimError 400 invalidSyntax
 */
export function checkSchemas(body: JsonObject, urn: string): void {
  const given = membersOf(body).get('schemas')?.value;
  if (given === undefined || given === null || (Array.isArray(given) && given.length === 0)) return;
  const list = Array.isArray(given) ? (given as unknown[]) : [given];
  if (!list.some((one) => typeof one === 'string' && one.toLowerCase() === urn.toLowerCase()))
    throw badRequest('invalidSyntax', `"schemas" must name ${urn}.`);
}
