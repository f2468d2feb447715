import { inject, injectable } from 'tsyringe';
import {
  type HeldRole,
  type RoleMemberships,
  RoleMembershipsToken,
  type RoleService,
  RoleServiceToken,
} from '#core/access';
import { type ApplicationService, ApplicationServiceToken } from '#core/applications';
import { type OrganizationService, OrganizationServiceToken } from '#core/organizations';
import { PRIMARY, type StoredGroup, type User, type UserStores, UserStoresToken } from '#core/users';
import { bare, type ComplexValue } from '../attributes/resource.js';
import { type ScimConfig, ScimConfigToken } from '../settings.js';

/** Groups and roles of a user as its resource shows them. */
export interface ShownMemberships {
  readonly groups: ComplexValue[];
  readonly roles: ComplexValue[];
}

/** What of the memberships is asked for. */
export interface AskedMemberships {
  readonly groups: boolean;
  readonly roles: boolean;
  /** Origin and organization, for `$ref`. */
  readonly baseUrl: string;
}

/** Looks up groups and roles for many users at once. */
@injectable()
export class Memberships {
  constructor(
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(RoleMembershipsToken) private readonly roles: RoleMemberships,
    @inject(RoleServiceToken) private readonly service: RoleService,
    @inject(OrganizationServiceToken) private readonly organizations: OrganizationService,
    @inject(ApplicationServiceToken) private readonly applications: ApplicationService,
    @inject(ScimConfigToken) private readonly config: ScimConfig,
  ) {}

  /** Memberships by id of the user. */
  async of(
    orgId: string,
    users: readonly User[],
    { groups, roles, baseUrl }: AskedMemberships,
  ): Promise<ReadonlyMap<string, ShownMemberships>> {
    const found = new Map<string, ShownMemberships>();
    if (users.length === 0 || (!groups && !roles)) return found;
    // Roles come through groups, too.
    const groupsOf = await this.#groups(orgId, users);
    const memberIds = [...users.map(({ id }) => id), ...[...groupsOf.values()].flat().map(({ id }) => id)];
    const rolesOf = roles ? await this.roles.ofMembers(orgId, [...new Set(memberIds)]) : new Map<string, HeldRole[]>();
    const everyone = roles ? await this.service.everyone(orgId) : undefined;
    const everyones: readonly HeldRole[] = everyone ? [everyone] : [];
    const names = await this.#audienceNames(orgId, [...everyones, ...[...rolesOf.values()].flat()]);
    for (const { id, domain } of users) {
      const own = groupsOf.get(id) ?? [];
      const given = [id, ...own.map((group) => group.id)].flatMap((member) => rolesOf.get(member) ?? []);
      const held = new Map([...everyones, ...given].map(byId));
      found.set(id, {
        groups: groups ? own.map((group) => this.#group(group, domain, baseUrl)) : [],
        roles: [...held.values()].map((role) => this.#role(role, names, baseUrl)),
      });
    }
    return found;
  }

  async #groups(orgId: string, users: readonly User[]): Promise<ReadonlyMap<string, readonly StoredGroup[]>> {
    const found = new Map<string, readonly StoredGroup[]>();
    for (const domain of new Set(users.map((user) => user.domain))) {
      const store = await this.stores.find(orgId, domain);
      const ids = users.filter((user) => user.domain === domain).map(({ id }) => id);
      for (const [id, groups] of (await store?.groups?.ofUsers(orgId, ids)) ?? []) found.set(id, groups);
    }
    return found;
  }

  async #audienceNames(orgId: string, roles: readonly HeldRole[]): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>();
    for (const { audienceType, audienceId } of roles) {
      if (names.has(audienceId)) continue;
      const audience =
        audienceType === 'organization'
          ? await this.organizations.byId(audienceId)
          : await this.applications.find(orgId, audienceId);
      names.set(audienceId, audience?.name ?? '');
    }
    return names;
  }

  #group({ id, name }: StoredGroup, domain: string, baseUrl: string): ComplexValue {
    const { mandate_domain_for_usernames_and_group_names_in_response: everywhere } = this.config;
    const isBare = domain === PRIMARY && !everywhere;
    const display = isBare || name.includes('/') ? name : `${domain}/${name}`;
    return bare<ComplexValue>({ display, value: id, $ref: `${baseUrl}/scim2/Groups/${id}` });
  }

  #role({ id, name, audienceType, audienceId }: HeldRole, names: ReadonlyMap<string, string>, baseUrl: string) {
    const $ref = `${baseUrl}/scim2/${this.config.default_role_api_version_for_ref}/Roles/${id}`;
    const audience = { audienceValue: audienceId, audienceType, audienceDisplay: names.get(audienceId) ?? '' };
    return bare<ComplexValue>({ display: name, value: id, ...audience, $ref });
  }
}

const byId = (role: HeldRole) => [role.id, role] as const;
