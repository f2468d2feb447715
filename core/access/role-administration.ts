import { inject, injectable } from 'tsyringe';
import { v7 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type Clock, ClockToken, type EventBus, EventBusToken, token } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { RoleEntity } from './entities.js';
import { ScopeSourcesChanged } from './events.js';
import { RoleRepository } from './role.repository.js';
import { type RoleService, RoleServiceToken } from './role.service.js';
import { roleErrors } from './role-errors.js';
import { type PlannedMembers, RoleMembers } from './role-members.js';
import type { NewRole, RoleChange } from './role-model.js';
import { RoleRules } from './role-rules.js';

/** Injection token of {@link RoleAdministration}. */
export const RoleAdministrationToken = token<RoleAdministration>('access.role-administration');

/** Makes, changes and removes roles, as administrators want it. Each change is made wholly or not at all. */
@injectable()
export class RoleAdministration {
  constructor(
    @inject(RoleRepository) private readonly repository: RoleRepository,
    @inject(RoleServiceToken) private readonly roles: RoleService,
    @inject(RoleRules) private readonly rules: RoleRules,
    @inject(RoleMembers) private readonly members: RoleMembers,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(EventBusToken) private readonly events: EventBus,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /**
   * Makes a role and gives it to users and groups.
   *
   * @throws ApiError RMA-60004 (409) when the audience has one of the name; 400 for a name, an audience, permissions,
   *   users or groups that cannot be
   */
  async create(orgId: string, given: NewRole): Promise<RoleEntity> {
    const {
      audience = { type: 'organization', id: orgId },
      permissions = [],
      users = [],
      groups = [],
      sharedFrom,
    } = given;
    const name = this.rules.name(given.name);
    await this.rules.checkAudience(orgId, audience);
    const now = this.clock.now();
    const role = Object.assign(new RoleEntity(), {
      id: uuid(),
      orgId,
      name,
      nameKey: name.toLowerCase(),
      audienceType: audience.type,
      audienceId: audience.id,
      permissions: await this.rules.permissions(orgId, audience, permissions),
      system: null,
      sharedFrom: sharedFrom ?? null,
      externalId: given.externalId ?? null,
      createdAt: now,
      modifiedAt: now,
      revision: 0,
    });
    const planned = [
      await this.members.planUsers(orgId, { add: users }),
      await this.members.planGroups(orgId, { add: groups }),
    ];
    await this.database.run(async () => {
      await this.repository.insert(role);
      await this.#changed(role, 'add-role', { name, audience: audience.type, permissions: role.permissions });
      for (const plan of planned) await this.members.apply(role, plan);
    });
    return role;
  }

  /**
   * Changes a role.
   *
   * @throws ApiError RMA-60003 (404) when there is none, RMA-60004 (409) when the name is taken; 400 for what cannot be
   *   changed of it, and for a name, permissions, users or groups that cannot be
   * @param check looks at the role once nobody else can change it; throws when it is not to be changed
   */
  async update(
    orgId: string,
    id: string,
    change: RoleChange,
    check: (role: RoleEntity) => void = () => {},
  ): Promise<void> {
    const before = await this.repository.find(orgId, id);
    if (!before) throw roleErrors.notFound(id);
    const name = change.name === undefined ? undefined : this.rules.name(change.name);
    this.rules.checkChange(before, { ...change, name });
    const audience = { type: before.audienceType, id: before.audienceId };
    const permissions =
      change.permissions && (await this.rules.permissions(orgId, audience, change.permissions, before.permissions));
    const planned = [
      ...(change.users ? [await this.members.planUsers(orgId, change.users)] : []),
      ...(change.groups ? [await this.members.planGroups(orgId, change.groups)] : []),
    ];
    await this.database.run(async () => {
      const role = await this.repository.hold(orgId, id);
      if (!role) throw roleErrors.notFound(id);
      check(role);
      await this.#write(role, { name, permissions, externalId: change.externalId }, planned);
    });
  }

  /**
   * Removes a role; whoever had it loses it. Returns whether there was one.
   *
   * @param check as in {@link update}
   * @throws ApiError RMA-60002 for roles of the server's own, shared ones, and those that applications have chosen
   */
  async delete(orgId: string, id: string, check: (role: RoleEntity) => void = () => {}): Promise<boolean> {
    return this.database.run(async () => {
      const role = await this.repository.hold(orgId, id);
      if (!role) return false;
      check(role);
      await this.rules.checkRemoval(role);
      await this.repository.delete(orgId, [id]);
      await this.#changed(role, 'delete-role', { name: role.name });
      await this.events.publish(ScopeSourcesChanged, { orgId });
      return true;
    });
  }

  async #write(
    role: RoleEntity,
    { name, permissions, externalId }: Pick<RoleChange, 'name' | 'permissions' | 'externalId'>,
    planned: readonly PlannedMembers[],
  ): Promise<void> {
    const { orgId, id } = role;
    const isRenamed = name !== undefined && name !== role.name;
    const named = isRenamed ? { name, nameKey: name.toLowerCase() } : {};
    const isCalled = externalId !== undefined && externalId !== role.externalId;
    await this.repository.update(orgId, id, { ...named, ...(isCalled ? { externalId } : {}) });
    await this.roles.changed();
    if (isCalled) await this.#changed(role, 'update-role-external-id', { externalId });
    if (isRenamed) {
      await this.#changed(role, 'update-role-name', { name });
      // Scopes can be bound to roles by name.
      await this.events.publish(ScopeSourcesChanged, { orgId });
    }
    const isOther = permissions && JSON.stringify(permissions) !== JSON.stringify(role.permissions);
    if (isOther) await this.roles.setPermissions(orgId, id, permissions);
    for (const plan of planned) await this.members.apply(role, plan);
  }

  async #changed({ orgId, id }: RoleEntity, action: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    await this.audit.record({ orgId, action, targetId: id, targetType: 'Role', data });
    await this.roles.changed();
  }
}
