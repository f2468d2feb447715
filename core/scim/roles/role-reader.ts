import { inject, injectable } from 'tsyringe';
import { type RoleDirectory, RoleDirectoryToken, type RoleEntity } from '#core/access';
import { type Pagination, PaginationToken } from '#core/http';
import { qualifiedName } from '#core/users';
import type { Projection } from '../attributes/projection.js';
import { bare, type ComplexValue, emptyResource } from '../attributes/resource.js';
import type { ScimAttribute } from '../attributes/resource-model.js';
import { writeResource } from '../attributes/write-resource.js';
import type { ScimPage } from '../protocol/paging.js';
import { badRequest } from '../protocol/scim-error.js';
import { versionOf } from '../protocol/versions.js';
import { RoleReferences } from './role-references.js';
import { APPLICATIONS, AUDIENCE, GROUPS, PERMISSIONS, RoleModel, USERS } from './role-schema.js';

/** Versions of the API of roles. */
export type RoleApi = 'v2' | 'v3';

/** Where roles are shown: origin with organization, and version of the API. */
export interface RolePlace {
  readonly baseUrl: string;
  readonly api: RoleApi;
}

/** A page of references, and how many there are. */
export interface References {
  readonly values: readonly ComplexValue[];
  readonly total: number;
}

/** Who has a role, of those that an answer may have to look through. */
const MOST_REFERENCES = 10_000;

/** Reads roles as resources. What is not shown is not read; of users no more than one page. */
@injectable()
export class RoleReader {
  constructor(
    @inject(RoleDirectoryToken) private readonly roles: RoleDirectory,
    @inject(RoleReferences) private readonly references: RoleReferences,
    @inject(PaginationToken) private readonly pagination: Pagination,
  ) {}

  /** Address of a role. */
  location({ id }: RoleEntity, { baseUrl, api }: RolePlace): string {
    return `${baseUrl}/scim2/${api}/Roles/${id}`;
  }

  /** A role as JSON. */
  async show(role: RoleEntity, projection: Projection, place: RolePlace): Promise<Record<string, unknown>> {
    const { id, name, system, sharedFrom, createdAt, modifiedAt } = role;
    const limit = this.pagination.usersOfRole;
    const page = { startIndex: 1, count: limit };
    const when = async (attribute: ScimAttribute, read: () => Promise<ComplexValue | readonly ComplexValue[]>) => {
      const value = projection.includes(undefined, attribute) ? await read() : [];
      return Array.isArray(value) && value.length === 0 ? {} : { [attribute.name]: value };
    };
    const resource = emptyResource();
    Object.assign(resource.core, {
      id,
      ...(role.externalId ? { externalId: role.externalId } : {}),
      displayName: name,
      ...(await when(AUDIENCE, () => this.#audience(role))),
      ...(await when(PERMISSIONS, () => this.#permissions(role, place))),
      ...(await when(USERS, async () => (await this.users(role, page, place)).values)),
      ...(await when(GROUPS, async () => (await this.groups(role, page, place)).values)),
      ...(await when(APPLICATIONS, () => this.#applications(role, place))),
      ...(sharedFrom === null ? {} : { properties: [bare({ name: 'isSharedRole', value: 'true' })] }),
      ...(system === null ? {} : { systemRole: true }),
      meta: bare({
        ...(createdAt === 0 ? {} : { created: new Date(createdAt).toISOString() }),
        ...(modifiedAt === 0 ? {} : { lastModified: new Date(modifiedAt).toISOString() }),
        location: this.location(role, place),
        resourceType: 'Role',
        version: versionOfRole(role),
      }),
    });
    return writeResource(RoleModel, resource, projection);
  }

  /** Users who have a role, as a page. */
  async users(role: RoleEntity, { startIndex, count }: ScimPage, { baseUrl }: RolePlace): Promise<References> {
    const { users, total } = await this.roles.users(role, { offset: startIndex - 1, limit: count });
    const values = users.map((user) => {
      const display = user.username === undefined ? {} : { display: qualifiedName(user) };
      return bare<ComplexValue>({ value: user.id, ...display, $ref: `${baseUrl}/scim2/Users/${user.id}` });
    });
    return { values, total };
  }

  /** Groups that have a role, as a page. */
  async groups(role: RoleEntity, { startIndex, count }: ScimPage, { baseUrl }: RolePlace): Promise<References> {
    const { groups, total } = await this.roles.groups(role, { offset: startIndex - 1, limit: count });
    const values = groups.map(({ id, name, type }) => {
      const $ref = type === 'group' ? { $ref: `${baseUrl}/scim2/Groups/${id}` } : {};
      return bare<ComplexValue>({ value: id, display: name, ...$ref });
    });
    return { values, total };
  }

  /** All users or groups of a role, for filters of paths. @throws ScimError 400 tooMany when they are too many */
  async all(role: RoleEntity, which: 'users' | 'groups', place: RolePlace): Promise<readonly ComplexValue[]> {
    const page = { startIndex: 1, count: MOST_REFERENCES };
    const { values, total } = await this[which](role, page, place);
    if (total > MOST_REFERENCES)
      throw badRequest('tooMany', `The role has more than ${MOST_REFERENCES} ${which}. Name them by "value".`);
    return values;
  }

  async #audience(role: RoleEntity): Promise<ComplexValue> {
    const display = await this.references.audienceName(role.orgId, role);
    return bare({ value: role.audienceId, ...(display === undefined ? {} : { display }), type: role.audienceType });
  }

  async #permissions(role: RoleEntity, { baseUrl }: RolePlace): Promise<readonly ComplexValue[]> {
    return (await this.roles.permissionsOf(role)).map(({ name, displayName, apiId }) => {
      const $ref = apiId === undefined ? {} : { $ref: `${baseUrl}/api/server/v1/api-resources/${apiId}` };
      return bare<ComplexValue>({ value: name, display: displayName, ...$ref });
    });
  }

  async #applications(role: RoleEntity, { baseUrl }: RolePlace): Promise<readonly ComplexValue[]> {
    return (await this.roles.applicationsOf(role)).map(({ id, name }) =>
      bare<ComplexValue>({ value: id, display: name, $ref: `${baseUrl}/api/server/v1/applications/${id}` }),
    );
  }
}

/** The version of a role, which changes with everything that is changed of it, and with who has it. */
export function versionOfRole({ id, revision }: RoleEntity): string {
  return versionOf([id, revision]);
}
