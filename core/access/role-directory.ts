import { inject, injectable } from 'tsyringe';
import { token } from '#core/kernel';
import { type User, type UserSearch, UserSearchToken } from '#core/users';
import { type ApiResources, ApiResourcesToken } from './api-resources.js';
import type { RoleEntity } from './entities.js';
import { type RolePage, RoleRepository } from './role.repository.js';
import type { RoleFilter } from './role-filter.js';
import {
  EVERY_SCOPE,
  type RoleApplication,
  type RoleApplications,
  RoleApplicationsToken,
  type RoleGroup,
} from './role-model.js';
import { RoleRules } from './role-rules.js';

/** Injection token of the {@link RoleDirectory}. */
export const RoleDirectoryToken = token<RoleDirectory>('access.role-directory');

/** A scope that a role gives. */
export interface RolePermission {
  readonly name: string;
  readonly displayName: string;
  /** API resource that it is a scope of; undefined: of none any more. */
  readonly apiId: string | undefined;
}

/** A part of those who have a role, with how many there are. Of who is gone from a user store only the id is known. */
export interface RoleUsers {
  readonly users: readonly (User | { readonly id: string; readonly username?: undefined })[];
  readonly total: number;
}

/** Roles as administrators look at them. Reading only. */
@injectable()
export class RoleDirectory {
  constructor(
    @inject(RoleRepository) private readonly repository: RoleRepository,
    @inject(RoleRules) private readonly rules: RoleRules,
    @inject(RoleApplicationsToken) private readonly applications: RoleApplications,
    @inject(ApiResourcesToken) private readonly resources: ApiResources,
    @inject(UserSearchToken) private readonly search: UserSearch,
  ) {}

  /** A role by id. */
  find(orgId: string, id: string): Promise<RoleEntity | undefined> {
    return this.repository.find(orgId, id);
  }

  /** Roles that fit, by name, and how many there are. */
  list(orgId: string, filter: RoleFilter | undefined, page: RolePage): Promise<[RoleEntity[], number]> {
    return this.repository.search(orgId, filter, page);
  }

  /** Applications for which a role counts: the one that it belongs to, or those that have chosen it. */
  async applicationsOf({ orgId, id, audienceType, audienceId }: RoleEntity): Promise<readonly RoleApplication[]> {
    if (audienceType === 'organization') return this.applications.withRole(orgId, id);
    const owner = await this.applications.find(orgId, audienceId);
    return owner ? [owner] : [];
  }

  /** Scopes that a role gives; for administrators each there is. */
  async permissionsOf({ orgId, permissions }: RoleEntity): Promise<readonly RolePermission[]> {
    const known = new Map<string, RolePermission>();
    for (const { id: apiId, scopes } of await this.resources.all(orgId))
      for (const { name, displayName } of scopes) known.set(name, { name, displayName, apiId });
    if (permissions.includes(EVERY_SCOPE)) return [...known.values()];
    return permissions.map((name) => known.get(name) ?? { name, displayName: name, apiId: undefined });
  }

  /** Users who have a role themselves, in the order of ids. */
  async users({ orgId, id }: RoleEntity, page: RolePage): Promise<RoleUsers> {
    const [members, total] = await this.repository.members(orgId, id, ['user'], page);
    const ids = members.map(({ memberId }) => memberId);
    const found = await this.search.byIds(orgId, ids);
    return { users: ids.map((one) => found.get(one) ?? { id: one }), total };
  }

  /** Groups that have a role, in the order of ids; those that are gone are left out. */
  async groups({ orgId, id }: RoleEntity, page: RolePage): Promise<{ groups: readonly RoleGroup[]; total: number }> {
    const [members, total] = await this.repository.members(orgId, id, ['group', 'idpgroup'], page);
    const ids = members.map(({ memberId }) => memberId);
    const found = await this.rules.groupsAmong(orgId, ids);
    return { groups: ids.flatMap((one) => found.get(one) ?? []), total };
  }
}
