import { inject, injectable } from 'tsyringe';
import { In } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type EventBus, EventBusToken, token } from '#core/kernel';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
} from '#core/persistence';
import type { Administrators, User, UserScopes, UserService } from '#core/users';
import { UserDeleted, UserServiceToken } from '#core/users';
import { RoleEntity, RoleMemberEntity } from './entities.js';
import { RoleTaken, ScopeSourcesChanged } from './events.js';

/** Injection token of the roles. */
export const RoleServiceToken = token<RoleService>('access.roles');
/** Injection token of the name of the role that gives every permission. */
export const AdminRoleToken = token<string>('access.admin-role');

/** Which roles count: those of an organization, or those of one application. */
export interface RoleAudience {
  readonly type: 'organization' | 'application';
  readonly id: string;
}

/** Stands in a role for every scope of the management APIs. */
const EVERY_SCOPE = '*';

/** All scopes there are, for those who have {@link EVERY_SCOPE}. */
class EveryScope extends Set<string> {
  override has(scope: string): boolean {
    return scope.length > 0;
  }
}

/** Roles and what they give. */
@injectable()
export class RoleService implements Administrators, UserScopes {
  readonly #roles: ConfigurationCache<RoleEntity[]>;

  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(AdminRoleToken) private readonly adminRole: string,
    @inject(EventBusToken) private readonly events: EventBus,
  ) {
    this.#roles = caches.create('role', 2000);
    events.participate(UserDeleted, async ({ orgId, id }) => {
      const member = { orgId, memberId: id, memberType: 'user' as const };
      await database.run(() => database.manager.delete(RoleMemberEntity, member));
    });
  }

  /** Gives a user the administrator role of its organization, which is made when it is not there. */
  async promote(user: User): Promise<void> {
    await this.database.run(async () => {
      const role = await this.ensureRole(user.orgId, this.adminRole, [EVERY_SCOPE]);
      await this.assign(user.orgId, role.id, user.id, 'user');
    });
  }

  /** A role of the organization by name; made with these permissions when it is not there. */
  async ensureRole(orgId: string, name: string, permissions: string[]): Promise<RoleEntity> {
    return this.database.run(async () => {
      const key = { orgId, name, audienceType: 'organization' as const, audienceId: orgId };
      const found = await this.database.manager.findOneBy(RoleEntity, key);
      if (found) return found;
      const role = Object.assign(new RoleEntity(), { id: uuid(), ...key, permissions });
      await this.database.manager.insert(RoleEntity, role as never);
      await this.#roles.changed();
      await this.audit.record({ orgId, action: 'add-role', targetId: role.id, targetType: 'Role', data: { name } });
      return role;
    });
  }

  /** Gives a role to a user or a group. */
  async assign(orgId: string, roleId: string, memberId: string, memberType: 'user' | 'group'): Promise<void> {
    await this.database.run(async () => {
      await this.database.manager.save(RoleMemberEntity, { orgId, roleId, memberId, memberType });
      await this.audit.record({
        orgId,
        action: `update-${memberType}s-of-role`,
        targetId: roleId,
        targetType: 'Role',
        data: { added: memberId },
      });
    });
  }

  /** Takes a role from a user or a group; what they have by it ends. */
  async unassign(orgId: string, roleId: string, memberId: string, memberType: 'user' | 'group'): Promise<void> {
    await this.database.run(async () => {
      const { affected } = await this.database.manager.delete(RoleMemberEntity, {
        orgId,
        roleId,
        memberId,
        memberType,
      });
      if (affected === 0) return;
      await this.audit.record({
        orgId,
        action: `update-${memberType}s-of-role`,
        targetId: roleId,
        targetType: 'Role',
        data: { removed: memberId },
      });
      if (memberType === 'user') await this.events.publish(RoleTaken, { orgId, userId: memberId, roleId });
      else await this.events.publish(ScopeSourcesChanged, { orgId });
    });
  }

  /** Gives a role these permissions in place of those it had. Returns whether there is such a role. */
  async setPermissions(orgId: string, roleId: string, permissions: readonly string[]): Promise<boolean> {
    return this.database.run(async () => {
      const role = await this.database.manager.findOneBy(RoleEntity, { orgId, id: roleId });
      if (!role) return false;
      await this.database.manager.save(Object.assign(new RoleEntity(), role, { permissions: [...permissions] }));
      await this.#roles.changed();
      const data = { name: role.name, permissions };
      await this.audit.record({
        orgId,
        action: 'update-permissions-of-role',
        targetId: roleId,
        targetType: 'Role',
        data,
      });
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
   * Roles of a user, direct and through groups.
   *
   * @param audience which roles count: those of the organization, or those of one application
   */
  async rolesOf(user: Pick<User, 'orgId' | 'id'>, audience: RoleAudience): Promise<RoleEntity[]> {
    const groups = await this.users.groupsOf(user.orgId, user.id);
    const memberId = In([user.id, ...groups.map((group) => group.id)]);
    const members = await this.database.manager.findBy(RoleMemberEntity, { orgId: user.orgId, memberId });
    if (members.length === 0) return [];
    const ids = new Set(members.map((member) => member.roleId));
    return (await this.ofAudience(user.orgId, audience)).filter((role) => ids.has(role.id));
  }

  /** Ids of all roles of a user, of whichever audience, direct and through groups. */
  async roleIdsOf(user: Pick<User, 'orgId' | 'id'>): Promise<readonly string[]> {
    const groups = await this.users.groupsOf(user.orgId, user.id);
    const memberId = In([user.id, ...groups.map((group) => group.id)]);
    const members = await this.database.manager.findBy(RoleMemberEntity, { orgId: user.orgId, memberId });
    return [...new Set(members.map(({ roleId }) => roleId))];
  }

  /** All roles of an audience. */
  async ofAudience(orgId: string, audience: RoleAudience): Promise<readonly RoleEntity[]> {
    const { type: audienceType, id: audienceId } = audience;
    const load = () => this.database.manager.findBy(RoleEntity, { orgId, audienceType, audienceId });
    return (await this.#roles.get(`${orgId}:${audienceType}:${audienceId}`, load)) ?? [];
  }

  /** Removes all roles of an audience, with their members. */
  async removeAudience(orgId: string, audience: RoleAudience): Promise<void> {
    await this.database.run(async () => {
      const { type: audienceType, id: audienceId } = audience;
      const roles = await this.database.manager.findBy(RoleEntity, { orgId, audienceType, audienceId });
      if (roles.length === 0) return;
      const ids = roles.map((role) => role.id);
      await this.database.manager.delete(RoleMemberEntity, { orgId, roleId: In(ids) });
      await this.database.manager.delete(RoleEntity, { orgId, id: In(ids) });
      for (const { id, name } of roles)
        await this.audit.record({ orgId, action: 'delete-role', targetId: id, targetType: 'Role', data: { name } });
      await this.#roles.changed();
      await this.events.publish(ScopeSourcesChanged, { orgId });
    });
  }

  /** Scopes that the organization roles of a user give. */
  async of(user: User): Promise<ReadonlySet<string>> {
    return scopesOf(await this.rolesOf(user, { type: 'organization', id: user.orgId }));
  }
}

/** All scopes that roles give together. */
export function scopesOf(roles: readonly RoleEntity[]): ReadonlySet<string> {
  const scopes = new Set(roles.flatMap((role) => role.permissions));
  return scopes.has(EVERY_SCOPE) ? new EveryScope() : scopes;
}
