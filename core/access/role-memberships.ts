import { inject, injectable } from 'tsyringe';
import { In } from 'typeorm';
import { token } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { RoleEntity, RoleMemberEntity } from './entities.js';

/** Injection token of {@link RoleMemberships}. */
export const RoleMembershipsToken = token<RoleMemberships>('access.role-memberships');

/** Who has roles directly. */
export interface RoleMembers {
  readonly userIds: readonly string[];
  readonly groupIds: readonly string[];
}

/** Ids in one statement at most. */
const BATCH = 500;

/** Who has which role, for many at once. Reads only. */
@injectable()
export class RoleMemberships {
  constructor(@inject(DatabaseToken) private readonly database: Database) {}

  /** Roles of every audience that users and groups have directly, by id of the member; who has none is absent. */
  async ofMembers(orgId: string, memberIds: readonly string[]): Promise<ReadonlyMap<string, readonly RoleEntity[]>> {
    const found = new Map<string, RoleEntity[]>();
    const members: RoleMemberEntity[] = [];
    for (let at = 0; at < memberIds.length; at += BATCH) {
      const memberId = In(memberIds.slice(at, at + BATCH));
      members.push(...(await this.database.manager.findBy(RoleMemberEntity, { orgId, memberId })));
    }
    const roles = await this.#roles(orgId, [...new Set(members.map(({ roleId }) => roleId))]);
    for (const { memberId, roleId } of members) {
      const role = roles.get(roleId);
      if (role) found.set(memberId, [...(found.get(memberId) ?? []), role]);
    }
    return found;
  }

  /** Roles of every audience whose names are chosen. */
  async named(orgId: string, isMeant: (role: RoleEntity) => boolean): Promise<readonly RoleEntity[]> {
    return (await this.database.manager.findBy(RoleEntity, { orgId })).filter(isMeant);
  }

  /** Members of roles; undefined when there are more than `most`. */
  async membersOf(orgId: string, roleIds: readonly string[], most: number): Promise<RoleMembers | undefined> {
    const members: RoleMemberEntity[] = [];
    for (let at = 0; at < roleIds.length; at += BATCH) {
      const where = { orgId, roleId: In(roleIds.slice(at, at + BATCH)) };
      members.push(...(await this.database.manager.find(RoleMemberEntity, { where, take: most + 1 })));
      if (members.length > most) return undefined;
    }
    const idsOf = (type: RoleMemberEntity['memberType']) => [
      ...new Set(members.filter(({ memberType }) => memberType === type).map(({ memberId }) => memberId)),
    ];
    return { userIds: idsOf('user'), groupIds: idsOf('group') };
  }

  async #roles(orgId: string, ids: readonly string[]): Promise<ReadonlyMap<string, RoleEntity>> {
    const found = new Map<string, RoleEntity>();
    for (let at = 0; at < ids.length; at += BATCH)
      for (const role of await this.database.manager.findBy(RoleEntity, { orgId, id: In(ids.slice(at, at + BATCH)) }))
        found.set(role.id, role);
    return found;
  }
}
