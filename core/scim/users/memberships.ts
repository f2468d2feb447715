import { inject, injectable } from 'tsyringe';
import {
  type HeldRole,
  type RoleMemberships,
  RoleMembershipsToken,
  type RoleService,
  RoleServiceToken,
} from '#core/access';
import { PRIMARY, type StoredGroup, type User, type UserStores, UserStoresToken } from '#core/users';
import { bare, type ComplexValue } from '../attributes/resource.js';
import { RoleReferences } from '../roles/role-references.js';
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
    @inject(RoleReferences) private readonly references: RoleReferences,
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
    const references = await this.references.of(orgId, [...everyones, ...[...rolesOf.values()].flat()], baseUrl);
    for (const { id, domain } of users) {
      const own = groupsOf.get(id) ?? [];
      const given = [id, ...own.map((group) => group.id)].flatMap((member) => rolesOf.get(member) ?? []);
      const held = new Set([...everyones, ...given].map((role) => role.id));
      found.set(id, {
        groups: groups ? own.map((group) => this.#group(group, domain, baseUrl)) : [],
        roles: [...held].map((role) => references.get(role)).filter((one) => one !== undefined),
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

  #group({ id, name }: StoredGroup, domain: string, baseUrl: string): ComplexValue {
    const { mandate_domain_for_usernames_and_group_names_in_response: everywhere } = this.config;
    const isBare = domain === PRIMARY && !everywhere;
    const display = isBare || name.includes('/') ? name : `${domain}/${name}`;
    return bare<ComplexValue>({ display, value: id, $ref: `${baseUrl}/scim2/Groups/${id}` });
  }
}
