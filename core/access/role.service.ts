import { inject, injectable } from 'tsyringe';
import { v7 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type Clock, ClockToken, type EventBus, EventBusToken, token } from '#core/kernel';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
} from '#core/persistence';
import type { Administrators, User, UserScopes, UserService } from '#core/users';
import { GroupDeleted, UserDeleted, UserServiceToken } from '#core/users';
import { CONSOLE_ADMINISTRATOR, type ConsoleRoles, ConsoleRolesToken, consoleIdOf } from './console-roles.js';
import { RoleEntity, type SystemRole } from './entities.js';
import { RoleTaken, ScopeSourcesChanged } from './events.js';
import { RoleRepository } from './role.repository.js';
import { EVERY_SCOPE, type RoleAudience } from './role-model.js';

/** Injection token of the roles. */
export const RoleServiceToken = token<RoleService>('access.roles');
/** Injection token of the name of the role that gives every permission. */
export const AdminRoleToken = token<string>('access.admin-role');

/** Name of the role that every user has. */
const EVERYONE = 'everyone';

/** All scopes there are, for those who have {@link EVERY_SCOPE}. */
class EveryScope extends Set<string> {
  override has(scope: string): boolean {
    return scope.length > 0;
  }
}

/** Roles and what they give: what every sign-in and every token asks, and what rooms change without being asked. */
@injectable()
export class RoleService implements Administrators, UserScopes {
  readonly #roles: ConfigurationCache<RoleEntity[]>;

  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(RoleRepository) private readonly repository: RoleRepository,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(AdminRoleToken) private readonly adminRole: string,
    @inject(ConsoleRolesToken) private readonly presets: ConsoleRoles,
    @inject(EventBusToken) private readonly events: EventBus,
    @inject(ClockToken) private readonly clock: Clock,
  ) {
    this.#roles = caches.create('role', 2000);
    // The ids of a directory come back when it is set up again: who had a role before must not have it then.
    events.participate(UserDeleted, async ({ orgId, id }) => void (await repository.forget(orgId, id, 'user')));
    events.participate(GroupDeleted, async ({ orgId, groupId }) => {
      if (await repository.forget(orgId, groupId, 'group')) await events.publish(ScopeSourcesChanged, { orgId });
    });
  }

  /**
   * Makes a user an administrator: gives it that role of its organization and that of its console, which are made when
   * they are not there.
   */
  async promote(user: User): Promise<void> {
    const { orgId, id } = user;
    await this.database.run(async () => {
      const role = await this.#ensure(orgId, ofOrganization(orgId), this.adminRole, [EVERY_SCOPE], 'admin');
      await this.#ensureOwn(orgId);
      await this.assign(orgId, role.id, id, 'user');
      const inConsole = await this.repository.ofAudience(orgId, ofConsole(orgId));
      for (const { id: roleId, name, system } of inConsole)
        if (system === 'console' && name === CONSOLE_ADMINISTRATOR) await this.assign(orgId, roleId, id, 'user');
    });
  }

  /** Makes the roles that every organization has, when they are not there: that of every user, and those of its console. */
  async ensureOwn(orgId: string): Promise<void> {
    try {
      await this.database.run(() => this.#ensureOwn(orgId));
    } catch (error) {
      // Another node that starts on the same empty database was faster.
      if (!(await this.everyone(orgId))) throw error;
    }
  }

  /** A role of the organization by name; made with these permissions when it is not there. */
  async ensureRole(orgId: string, name: string, permissions: string[]): Promise<RoleEntity> {
    return this.#ensure(orgId, ofOrganization(orgId), name, permissions, null);
  }

  /** Gives a role to a user or a group. */
  async assign(orgId: string, roleId: string, memberId: string, memberType: 'user' | 'group'): Promise<void> {
    await this.database.run(async () => {
      await this.repository.addMembers([{ orgId, roleId, memberId, memberType }]);
      await this.repository.update(orgId, roleId, {});
      await this.#record(orgId, roleId, `update-${memberType}s-of-role`, { added: [memberId] });
    });
  }

  /** Takes a role from a user or a group; what they have by it ends. */
  async unassign(orgId: string, roleId: string, memberId: string, memberType: 'user' | 'group'): Promise<void> {
    await this.database.run(async () => {
      const had = await this.repository.membersAmong(orgId, roleId, [memberType], [memberId]);
      if (had.length === 0) return;
      await this.repository.removeMembers(orgId, roleId, [memberId]);
      await this.repository.update(orgId, roleId, {});
      await this.#record(orgId, roleId, `update-${memberType}s-of-role`, { removed: [memberId] });
      if (memberType === 'user') await this.events.publish(RoleTaken, { orgId, userId: memberId, roleId });
      else await this.events.publish(ScopeSourcesChanged, { orgId });
    });
  }

  /** Gives a role these permissions in place of those it had. Returns whether there is such a role. */
  async setPermissions(orgId: string, roleId: string, permissions: readonly string[]): Promise<boolean> {
    return this.database.run(async () => {
      const role = await this.repository.hold(orgId, roleId);
      if (!role) return false;
      await this.repository.update(orgId, roleId, { permissions: [...permissions] });
      await this.changed();
      await this.#record(orgId, roleId, 'update-permissions-of-role', { name: role.name, permissions });
      const isLess = role.permissions.some((permission) => !permissions.includes(permission));
      if (isLess) await this.events.publish(ScopeSourcesChanged, { orgId });
      return true;
    });
  }

  /** Takes permissions from all roles of an organization; called in the unit of work that removes the scopes. */
  async dropPermissions(orgId: string, permissions: readonly string[]): Promise<void> {
    const roles = await this.database.manager.findBy(RoleEntity, { orgId });
    for (const { id, permissions: before } of roles)
      if (before.some((one) => permissions.includes(one)))
        await this.setPermissions(
          orgId,
          id,
          before.filter((one) => !permissions.includes(one)),
        );
  }

  /**
   * Roles of a user: direct ones, those through groups, and in the organization the one that everybody has.
   *
   * @param audience which roles count: those of the organization, or those of one application
   */
  async rolesOf(user: Pick<User, 'orgId' | 'id'>, audience: RoleAudience): Promise<RoleEntity[]> {
    const all = await this.ofAudience(user.orgId, audience);
    if (all.length === 0) return [];
    const groups = await this.users.groupsOf(user.orgId, user.id);
    const members = await this.repository.ofMembers(user.orgId, [user.id, ...groups.map((group) => group.id)]);
    const ids = new Set(members.map((member) => member.roleId));
    return all.filter((role) => ids.has(role.id) || role.system === 'everyone');
  }

  /**
   * Roles of somebody who is no user here but is in groups of an identity provider.
   *
   * @param groupIds ids of those groups
   * @param audience as in {@link rolesOf}; what every user has does not count
   */
  async rolesOfGroups(orgId: string, groupIds: readonly string[], audience: RoleAudience): Promise<RoleEntity[]> {
    const all = groupIds.length === 0 ? [] : await this.ofAudience(orgId, audience);
    if (all.length === 0) return [];
    const members = await this.repository.ofMembers(orgId, groupIds);
    const ids = new Set(members.flatMap(({ roleId, memberType }) => (memberType === 'idpgroup' ? [roleId] : [])));
    return all.filter((role) => ids.has(role.id));
  }

  /** Takes all roles from groups of an identity provider; called in the unit of work in which they go. */
  async forgetProviderGroups(orgId: string, groupIds: readonly string[]): Promise<void> {
    let isLess = false;
    for (const id of groupIds) isLess = (await this.repository.forget(orgId, id, 'idpgroup')) || isLess;
    if (isLess) await this.events.publish(ScopeSourcesChanged, { orgId });
  }

  /** Ids of all roles of a user, of whichever audience, direct and through groups. */
  async roleIdsOf(user: Pick<User, 'orgId' | 'id'>): Promise<readonly string[]> {
    const groups = await this.users.groupsOf(user.orgId, user.id);
    const members = await this.repository.ofMembers(user.orgId, [user.id, ...groups.map((group) => group.id)]);
    const everyone = await this.everyone(user.orgId);
    return [...new Set([...members.map(({ roleId }) => roleId), ...(everyone ? [everyone.id] : [])])];
  }

  /** All roles of an audience. */
  async ofAudience(orgId: string, audience: RoleAudience): Promise<readonly RoleEntity[]> {
    const load = () => this.repository.ofAudience(orgId, audience);
    return (await this.#roles.get(`${orgId}:${audience.type}:${audience.id}`, load)) ?? [];
  }

  /** The role of an organization that every user has. */
  async everyone(orgId: string): Promise<RoleEntity | undefined> {
    const all = await this.ofAudience(orgId, ofOrganization(orgId));
    return all.find(({ system }) => system === 'everyone');
  }

  /** Removes all roles of an audience, with their members. */
  async removeAudience(orgId: string, audience: RoleAudience): Promise<void> {
    await this.database.run(async () => {
      const roles = await this.repository.ofAudience(orgId, audience);
      if (roles.length === 0) return;
      await this.repository.delete(
        orgId,
        roles.map((role) => role.id),
      );
      for (const { id, name } of roles) await this.#record(orgId, id, 'delete-role', { name });
      await this.changed();
      await this.events.publish(ScopeSourcesChanged, { orgId });
    });
  }

  /** Scopes that the organization roles of a user give. */
  async of(user: User): Promise<ReadonlySet<string>> {
    return scopesOf(await this.rolesOf(user, ofOrganization(user.orgId)));
  }

  /** Call inside the unit of work that changes roles. */
  changed(): Promise<void> {
    return this.#roles.changed();
  }

  async #ensureOwn(orgId: string): Promise<void> {
    await this.#ensure(orgId, ofOrganization(orgId), EVERYONE, [], 'everyone');
    const there = new Set((await this.repository.ofAudience(orgId, ofConsole(orgId))).map(({ nameKey }) => nameKey));
    const missing = this.presets.names.filter((name) => !there.has(name.toLowerCase()));
    for (const name of missing) await this.#ensure(orgId, ofConsole(orgId), name, [], 'console');
  }

  async #ensure(
    orgId: string,
    audience: RoleAudience,
    name: string,
    permissions: string[],
    system: SystemRole | null,
  ): Promise<RoleEntity> {
    return this.database.run(async () => {
      const nameKey = name.toLowerCase();
      const key = { orgId, nameKey, audienceType: audience.type, audienceId: audience.id };
      const found = await this.database.manager.findOneBy(RoleEntity, key);
      if (found) return found;
      const now = this.clock.now();
      const more = { permissions, system, sharedFrom: null, createdAt: now, modifiedAt: now, revision: 0 };
      const role = Object.assign(new RoleEntity(), { id: uuid(), ...key, name, ...more });
      await this.repository.insert(role);
      await this.changed();
      await this.#record(orgId, role.id, 'add-role', { name });
      return role;
    });
  }

  async #record(
    orgId: string,
    targetId: string,
    action: string,
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.audit.record({ orgId, action, targetId, targetType: 'Role', data });
  }
}

const ofOrganization = (orgId: string): RoleAudience => ({ type: 'organization', id: orgId });
const ofConsole = (orgId: string): RoleAudience => ({ type: 'application', id: consoleIdOf(orgId) });

/** All scopes that roles give together. */
export function scopesOf(roles: readonly RoleEntity[]): ReadonlySet<string> {
  const scopes = new Set(roles.flatMap((role) => role.permissions));
  return scopes.has(EVERY_SCOPE) ? new EveryScope() : scopes;
}
