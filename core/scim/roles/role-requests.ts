import type { RoleAudience, RoleChange, RoleDirectory, RoleEntity } from '#core/access';
import { externalIdOf } from '../attributes/external-id.js';
import { checkSchemas, readResource } from '../attributes/read-resource.js';
import { bare, type ComplexValue, isComplex, type ScimResource } from '../attributes/resource.js';
import { readPatch } from '../patch/read-patch.js';
import { memberIds, ReferenceChanges } from '../patch/reference-changes.js';
import { isObject, type JsonObject, membersOf } from '../protocol/json-body.js';
import { Schemas } from '../protocol/schemas.js';
import { badRequest, shown } from '../protocol/scim-error.js';
import { GROUPS, PERMISSIONS, RoleModel, USERS } from './role-schema.js';

/** A role as a client sends it whole. */
export interface GivenRole {
  readonly name: string;
  readonly audience: RoleAudience | undefined;
  readonly permissions: readonly string[];
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** Null: none. */
  readonly externalId: string | null;
}

/** Looks at who has a role, for filters of paths. */
export type Present = (which: 'users' | 'groups') => Promise<readonly ComplexValue[]>;

/** A role that is sent whole. @throws ScimError 400 */
export function givenRole(orgId: string, body: JsonObject): GivenRole {
  checkSchemas(body, Schemas.role);
  const resource = readResource(RoleModel, body);
  const idsOf = (name: 'permissions' | 'users' | 'groups') => memberIds(name, resource.core[name]);
  return {
    name: nameOf(resource.core['displayName']),
    audience: audienceIn(orgId, resource),
    permissions: idsOf('permissions'),
    users: idsOf('users'),
    groups: idsOf('groups'),
    externalId: externalIdOf(resource.core['externalId']),
  };
}

/**
 * A change of all of a role. What a role of the server's own cannot have is changed only when it is named.
 *
 * @throws ScimError 400 mutability when another audience is named
 */
export async function wholeChange(given: GivenRole, role: RoleEntity, roles: RoleDirectory): Promise<RoleChange> {
  const { audience, name, externalId } = given;
  const isOther = audience && (audience.type !== role.audienceType || audience.id !== role.audienceId);
  if (isOther) throw badRequest('mutability', 'Attribute audience cannot be modified.');
  const isEveryones = role.system === 'everyone';
  const replaced = (add: readonly string[]) => (isEveryones && add.length === 0 ? undefined : { replace: true, add });
  return {
    name,
    externalId,
    permissions: await wholePermissions(given.permissions, role, roles),
    users: replaced(given.users),
    groups: replaced(given.groups),
  };
}

/** Those of administrators are shown one by one, and may come back so. */
async function wholePermissions(given: readonly string[], role: RoleEntity, roles: RoleDirectory) {
  if (role.system !== 'admin') return given;
  const all = new Set((await roles.permissionsOf(role)).map(({ name }) => name));
  const isAll = given.length === all.size && given.every((name) => all.has(name));
  return isAll || given.length === 0 ? undefined : given;
}

/** What the operations of a PATCH come to. @throws ScimError 400 */
export async function patchedRole(body: JsonObject, role: RoleEntity, present: Present): Promise<RoleChange> {
  const own = () => Promise.resolve(role.permissions.map((value) => bare<ComplexValue>({ value })));
  const permissions = new ReferenceChanges(PERMISSIONS, own);
  const users = new ReferenceChanges(USERS, () => present('users'));
  const groups = new ReferenceChanges(GROUPS, () => present('groups'));
  const lists = new Map([permissions, users, groups].map((list) => [list.attribute, list]));
  let name: string | undefined;
  let externalId: string | null | undefined;
  for (const operation of readPatch(RoleModel, body)) {
    const { attribute } = operation.at;
    const list = lists.get(attribute);
    if (list) await list.take(operation);
    else if (attribute.name === 'displayName') name = nameOf(operation.value);
    else if (attribute.name === 'externalId') externalId = externalIdOf(operation.value);
    else if (attribute.name === 'audience') throw badRequest('mutability', 'Attribute audience cannot be modified.');
  }
  return {
    name,
    externalId,
    permissions: permissionsAfter(role.permissions, permissions),
    users: users.result(),
    groups: groups.result(),
  };
}

/**
 * What the operations of a PATCH of users or groups alone come to; they may leave the path out.
 *
 * @throws ScimError 400 invalidPath for an operation on anything else
 */
export async function patchedMembers(
  body: JsonObject,
  which: 'users' | 'groups',
  present: Present,
): Promise<RoleChange> {
  const attribute = which === 'users' ? USERS : GROUPS;
  const changes = new ReferenceChanges(attribute, () => present(which));
  for (const operation of readPatch(RoleModel, withPaths(body, which))) {
    if (operation.at.attribute !== attribute)
      throw badRequest('invalidPath', `Only ${which} can be changed here, not ${operation.at.attribute.name}.`);
    await changes.take(operation);
  }
  return { [which]: changes.result() };
}

/** Users or groups that are sent as a bare list. @throws ScimError 400 invalidSyntax or invalidValue */
export function bareMembers(given: unknown, which: 'users' | 'groups'): RoleChange {
  if (!Array.isArray(given)) throw badRequest('invalidSyntax', 'The body must be a JSON array: [{"value": "<id>"}].');
  const resource = readResource(RoleModel, { [which]: given });
  return { [which]: { replace: true, add: memberIds(which, resource.core[which]) } };
}

function withPaths(body: JsonObject, path: string): JsonObject {
  const members = membersOf(body);
  const operations = members.get('operations');
  if (!operations || !Array.isArray(operations.value)) return body;
  const completed = (operations.value as unknown[]).map((one) => {
    if (!isObject(one)) return one;
    const own = membersOf(one);
    const value = own.get('value')?.value;
    const isBare = Array.isArray(value) || (isObject(value) && membersOf(value).has('value'));
    return isBare && (own.get('path')?.value ?? '') === '' ? { op: own.get('op')?.value, path, value } : one;
  });
  return { ...body, [operations.name]: completed };
}

function permissionsAfter(before: readonly string[], changes: ReferenceChanges): readonly string[] | undefined {
  const result = changes.result();
  if (!result) return undefined;
  const removed = new Set(result.remove);
  const kept = result.replace ? [] : before.filter((name) => !removed.has(name));
  return [...new Set([...kept, ...result.add])];
}

function nameOf(given: unknown): string {
  if (typeof given === 'string') return given;
  throw badRequest('invalidValue', 'A role needs a "displayName".');
}

function audienceIn(orgId: string, { core }: ScimResource): RoleAudience | undefined {
  const audience = core['audience'];
  if (!isComplex(audience)) return undefined;
  const type = String(audience['type'] ?? 'organization').toLowerCase();
  const id = audience['value'];
  if (type === 'organization') return { type, id: id === undefined ? orgId : String(id) };
  if (type !== 'application')
    throw badRequest('invalidValue', `audience.type must be organization or application, not ${shown(type)}.`);
  if (id === undefined) throw badRequest('invalidValue', 'The audience of type application needs a "value", its id.');
  return { type, id: String(id) };
}
