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

/** A role that somebody has. */
export type HeldRole = Pick<RoleEntity, 'id' | 'name' | 'audienceType' | 'audienceId' | 'system'>;

interface HeldRow {
  readonly member_id: string;
  readonly id: string;
  readonly name: string;
  readonly audience_type: HeldRole['audienceType'];
  readonly audience_id: string;
  readonly system_role: HeldRole['system'];
}

// Asked for every list of users, so by plain SQL.
const SELECT_HELD =
  'SELECT m.member_id, r.id, r.name, r.audience_type, r.audience_id, r.system_role FROM access_role_member m' +
  ' JOIN access_role r ON r.id = m.role_id AND r.org_id = m.org_id WHERE';

/** Ids in one statement at most. */
const BATCH = 500;

/** Who has which role, for many at once. Reads only. */
@injectable()
export class RoleMemberships {
  constructor(@inject(DatabaseToken) private readonly database: Database) {}

  /** Roles of every audience that users and groups have directly, by id of the member; who has none is absent. */
  async ofMembers(orgId: string, memberIds: readonly string[]): Promise<ReadonlyMap<string, readonly HeldRole[]>> {
    const found = new Map<string, HeldRole[]>();
    for (let at = 0; at < memberIds.length; at += BATCH) {
      const ids = memberIds.slice(at, at + BATCH);
      const rows = await this.database.sql.all<HeldRow>(
        `${SELECT_HELD} m.org_id = ? AND m.member_id IN (${ids.map(() => '?').join(', ')}) ORDER BY r.name, r.id`,
        [orgId, ...ids],
      );
      for (const { member_id, id, name, audience_type: audienceType, audience_id: audienceId, system_role } of rows) {
        const role = { id, name, audienceType, audienceId, system: system_role };
        found.set(member_id, [...(found.get(member_id) ?? []), role]);
      }
    }
    return found;
  }

  /** Roles of every audience whose names are chosen. */
  async named(orgId: string, isMeant: (role: HeldRole) => boolean): Promise<readonly HeldRole[]> {
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
}
