import { inject, injectable } from 'tsyringe';
import { type RoleMemberships, RoleMembershipsToken } from '#core/access';
import {
  type Group,
  type GroupDirectory,
  GroupDirectoryToken,
  type GroupExternalIds,
  GroupExternalIdsToken,
  MOST_IDS,
  PRIMARY,
} from '#core/users';
import type { Projection } from '../attributes/projection.js';
import { bare, type ComplexValue, emptyResource, type ScimResource } from '../attributes/resource.js';
import { writeResource } from '../attributes/write-resource.js';
import { badRequest } from '../protocol/scim-error.js';
import { versionOf } from '../protocol/versions.js';
import { RoleReferences } from '../roles/role-references.js';
import { type ScimConfig, ScimConfigToken } from '../settings.js';
import { GroupModel, MEMBERS, ROLES } from './group-schema.js';

/** A group as JSON. */
export interface ShownGroup {
  readonly json: Record<string, unknown>;
  readonly location: string;
  /** Undefined when the members are not shown: they are part of the version, and not read then. */
  readonly version: string | undefined;
}

/** What of a group is kept elsewhere; what is not shown is undefined. */
interface GroupParts {
  readonly members: readonly ComplexValue[] | undefined;
  readonly roles: ComplexValue[] | undefined;
  readonly externalId: string | undefined;
}

/** Members in one answer at most. */
const MOST_MEMBERS = 10_000;

/** Reads groups as resources. Members and roles are read only when they are shown. */
@injectable()
export class GroupReader {
  constructor(
    @inject(GroupDirectoryToken) private readonly directory: GroupDirectory,
    @inject(GroupExternalIdsToken) private readonly externalIds: GroupExternalIds,
    @inject(RoleReferences) private readonly references: RoleReferences,
    @inject(RoleMembershipsToken) private readonly memberships: RoleMemberships,
    @inject(ScimConfigToken) private readonly config: ScimConfig,
  ) {}

  /**
   * Groups as JSON.
   *
   * @throws ScimError 400 tooMany when they have more members than an answer can show
   * @throws UnavailableError when a store cannot be reached
   */
  async show(groups: readonly Group[], projection: Projection, baseUrl: string): Promise<readonly ShownGroup[]> {
    const roles = projection.includes(undefined, ROLES) ? await this.#rolesOf(groups, baseUrl) : undefined;
    const externalIds = await this.#externalIds(groups);
    const shown: ShownGroup[] = [];
    let left = MOST_MEMBERS;
    for (const group of groups) {
      const members = projection.includes(undefined, MEMBERS) ? await this.members(group, baseUrl, left) : undefined;
      left -= members?.length ?? 0;
      const parts = { members, roles: roles?.get(group.id), externalId: externalIds.get(group.id) };
      shown.push(this.#shown(group, parts, projection, baseUrl));
    }
    return shown;
  }

  /** All members of a group, for its `members`. @throws ScimError 400 tooMany when there are more than `most` */
  async members(group: Group, baseUrl: string, most = MOST_MEMBERS): Promise<readonly ComplexValue[]> {
    const { users } = await this.directory.members(group, { offset: 0, limit: most + 1 });
    if (users.length > most)
      throw badRequest(
        'tooMany',
        `More than ${MOST_MEMBERS} members cannot be shown at once. Ask with excludedAttributes=members, and for the ` +
          'users with the filter groups.value eq "<id>".',
      );
    const isBare = group.domain === PRIMARY && !this.config.mandate_domain_for_usernames_and_group_names_in_response;
    return users.map(({ id, username }) =>
      bare<ComplexValue>({
        value: id,
        display: isBare ? username : `${group.domain}/${username}`,
        $ref: `${baseUrl}/scim2/Users/${id}`,
      }),
    );
  }

  /** The version of a group, which changes with its name, its external id and its members. */
  async version(group: Group): Promise<string> {
    const externalId = (await this.#externalIds([group])).get(group.id);
    return versionOfGroup(group, externalId, await this.members(group, ''));
  }

  /** Ids of groups with an external id; undefined: with any. @throws ScimError 400 tooMany */
  async called(orgId: string, externalId: string | undefined): Promise<readonly string[]> {
    const ids = await this.externalIds.named(orgId, externalId, MOST_IDS + 1);
    if (ids.length <= MOST_IDS) return ids;
    throw badRequest('tooMany', `More than ${MOST_IDS} groups have the externalId in the filter.`);
  }

  #externalIds(groups: readonly Group[]): Promise<ReadonlyMap<string, string>> {
    return this.externalIds.of(
      groups[0]?.orgId ?? '',
      groups.map(({ id }) => id),
    );
  }

  #shown(
    group: Group,
    { members, roles, externalId }: GroupParts,
    projection: Projection,
    baseUrl: string,
  ): ShownGroup {
    const { id, created, modified } = group;
    const location = `${baseUrl}/scim2/Groups/${id}`;
    const version = members && versionOfGroup(group, externalId, members);
    const resource: ScimResource = emptyResource();
    Object.assign(resource.core, {
      id,
      ...(externalId === undefined ? {} : { externalId }),
      displayName: this.#nameOf(group),
      ...(members && members.length > 0 ? { members: [...members] } : {}),
      ...(roles && roles.length > 0 ? { roles } : {}),
      meta: bare<ComplexValue>({
        ...(created === undefined ? {} : { created }),
        ...(modified === undefined ? {} : { lastModified: modified }),
        location,
        resourceType: 'Group',
        ...(version === undefined ? {} : { version }),
      }),
    });
    return { json: writeResource(GroupModel, resource, projection), location, version };
  }

  #nameOf({ name, domain }: Group): string {
    const {
      mandate_domain_for_group_names_in_groups_response: here,
      mandate_domain_for_usernames_and_group_names_in_response: everywhere,
    } = this.config;
    return domain === PRIMARY && !here && !everywhere ? name : `${domain}/${name}`;
  }

  async #rolesOf(groups: readonly Group[], baseUrl: string): Promise<ReadonlyMap<string, ComplexValue[]>> {
    const shown = new Map<string, ComplexValue[]>();
    const [first] = groups;
    if (!first) return shown;
    const found = await this.memberships.ofMembers(
      first.orgId,
      groups.map(({ id }) => id),
    );
    const references = await this.references.of(first.orgId, [...found.values()].flat(), baseUrl);
    for (const [id, roles] of found)
      shown.set(
        id,
        roles.map((role) => references.get(role.id)).filter((one) => one !== undefined),
      );
    return shown;
  }
}

function versionOfGroup({ id, name, domain }: Group, externalId: string | undefined, members: readonly ComplexValue[]) {
  return versionOf([id, domain, name, externalId, members.map((member) => member['value'])]);
}
