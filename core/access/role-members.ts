import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type EventBus, EventBusToken } from '#core/kernel';
import type { RoleEntity, RoleMemberType } from './entities.js';
import { RoleTaken, ScopeSourcesChanged } from './events.js';
import { RoleRepository } from './role.repository.js';
import { roleErrors } from './role-errors.js';
import type { RoleGroup, RoleMemberChange } from './role-model.js';
import { RoleRules } from './role-rules.js';

const USERS: readonly RoleMemberType[] = ['user'];
const GROUPS: readonly RoleMemberType[] = ['group', 'idpgroup'];

/** A change of members that has been looked up and checked. */
export interface PlannedMembers {
  readonly replace: boolean;
  readonly add: readonly { readonly id: string; readonly type: RoleMemberType }[];
  readonly remove: readonly string[];
  readonly types: readonly RoleMemberType[];
}

/** Changes who has a role. Whoever loses it loses what it gave. */
@injectable()
export class RoleMembers {
  constructor(
    @inject(RoleRepository) private readonly repository: RoleRepository,
    @inject(RoleRules) private readonly rules: RoleRules,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(EventBusToken) private readonly events: EventBus,
  ) {}

  /** @throws ApiError RMA-60006 when a user to be added is not there */
  async planUsers(
    orgId: string,
    { replace = false, add = [], remove = [] }: RoleMemberChange,
  ): Promise<PlannedMembers> {
    await this.rules.checkUsers(orgId, add);
    const added = [...new Set(add)].map((id) => ({ id, type: 'user' as const }));
    return { replace, add: added, remove, types: USERS };
  }

  /** @throws ApiError RMA-60007 when a group to be added is not there */
  async planGroups(
    orgId: string,
    { replace = false, add = [], remove = [] }: RoleMemberChange,
  ): Promise<PlannedMembers> {
    const groups: readonly RoleGroup[] = await this.rules.groups(orgId, add);
    return { replace, add: groups, remove, types: GROUPS };
  }

  /**
   * Makes a change, in the unit of work in progress.
   *
   * @throws ApiError RMA-60002 when nobody would be an administrator any more
   */
  async apply(role: RoleEntity, { replace, add, remove, types }: PlannedMembers): Promise<void> {
    const { orgId, id: roleId } = role;
    const staying = new Set(add.map((member) => member.id));
    if (replace)
      for await (const page of this.repository.allMembers(orgId, roleId, types))
        await this.#remove(
          role,
          types,
          page.flatMap(({ memberId }) => (staying.has(memberId) ? [] : [memberId])),
        );
    else {
      const had = await this.repository.membersAmong(orgId, roleId, types, remove);
      await this.#remove(
        role,
        types,
        had.map(({ memberId }) => memberId),
      );
    }
    const had = await this.repository.membersAmong(orgId, roleId, types, [...staying]);
    const already = new Set(had.map(({ memberId }) => memberId));
    const joining = add.filter((member) => !already.has(member.id));
    await this.repository.addMembers(
      joining.map(({ id: memberId, type: memberType }) => ({ orgId, roleId, memberId, memberType })),
    );
    if (joining.length > 0) await this.#record(role, types, { added: joining.map((member) => member.id) });
    if (role.system === 'admin') await this.#checkAdministrators(role);
  }

  async #remove(role: RoleEntity, types: readonly RoleMemberType[], ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const { orgId, id: roleId } = role;
    await this.repository.removeMembers(orgId, roleId, ids);
    await this.#record(role, types, { removed: ids });
    if (types === USERS) for (const userId of ids) await this.events.publish(RoleTaken, { orgId, userId, roleId });
    else await this.events.publish(ScopeSourcesChanged, { orgId });
  }

  async #checkAdministrators({ orgId, id, name }: RoleEntity): Promise<void> {
    const [, users] = await this.repository.members(orgId, id, USERS, { offset: 0, limit: 0 });
    if (users === 0) throw roleErrors.refused(`The role ${name} cannot be taken from its last user.`);
  }

  async #record(
    { orgId, id }: RoleEntity,
    types: readonly RoleMemberType[],
    data: { readonly added?: readonly string[]; readonly removed?: readonly string[] },
  ): Promise<void> {
    const action = types === USERS ? 'update-users-of-role' : 'update-groups-of-role';
    await this.audit.record({ orgId, action, targetId: id, targetType: 'Role', data });
  }
}
