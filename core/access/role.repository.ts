import { inject, injectable } from 'tsyringe';
import { In, MoreThan } from 'typeorm';
import { type Clock, ClockToken } from '#core/kernel';
import { type Database, DatabaseToken, isDuplicate } from '#core/persistence';
import { type ConsoleRoles, ConsoleRolesToken } from './console-roles.js';
import { RoleEntity, RoleMemberEntity, type RoleMemberType } from './entities.js';
import { roleErrors } from './role-errors.js';
import { addRoleFilter, type RoleFilter } from './role-filter.js';
import type { RoleAudience } from './role-model.js';

/** A part of a list. */
export interface RolePage {
  /** How many to skip. */
  readonly offset: number;
  /** How many at most; 0: only their number is wanted. */
  readonly limit: number;
}

/** Rows that one statement names at most. */
const BATCH = 500;

/** Rows of roles and of who has them. A role may have a million members: they are read in pages. */
@injectable()
export class RoleRepository {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(ConsoleRolesToken) private readonly presets: ConsoleRoles,
  ) {}

  /** A role by id. */
  async find(orgId: string, id: string): Promise<RoleEntity | undefined> {
    if (id.length > 36 || id.includes('\0')) return undefined;
    const role = await this.database.manager.findOneBy(RoleEntity, { orgId, id });
    return role ? this.#whole(role) : undefined;
  }

  /** A role that the unit of work in progress is going to change. */
  async hold(orgId: string, id: string): Promise<RoleEntity | undefined> {
    const where = { orgId, id };
    const role = await this.database.manager.findOne(RoleEntity, { where, ...this.database.holding });
    return role ? this.#whole(role) : undefined;
  }

  /** All roles of an audience. */
  async ofAudience(orgId: string, { type: audienceType, id: audienceId }: RoleAudience): Promise<RoleEntity[]> {
    const found = await this.database.manager.findBy(RoleEntity, { orgId, audienceType, audienceId });
    return found.map((role) => this.#whole(role));
  }

  /** Roles that fit, in the order of names, and how many there are. */
  async search(
    orgId: string,
    filter: RoleFilter | undefined,
    { offset, limit }: RolePage,
  ): Promise<[RoleEntity[], number]> {
    const query = this.database.manager.createQueryBuilder(RoleEntity, 'role').where('role.orgId = :orgId', { orgId });
    if (filter) addRoleFilter(query, filter);
    if (limit === 0) return [[], await query.getCount()];
    query.orderBy('role.nameKey', 'ASC').addOrderBy('role.id', 'ASC');
    const [found, total] = await query.skip(offset).take(limit).getManyAndCount();
    return [found.map((role) => this.#whole(role)), total];
  }

  /** Writes a role. @throws ApiError RMA-60004 when the audience has one of the name; the unit cannot go on then */
  async insert(role: RoleEntity): Promise<void> {
    // A copy: what the database says of columns with defaults is written back into what is inserted.
    await unlessTaken(role.name, () => this.database.manager.insert(RoleEntity, { ...role } as never));
  }

  /** Changes a role, and counts it. @throws ApiError RMA-60004 when the audience has one of the name; the unit cannot go on then */
  async update(orgId: string, id: string, change: Partial<RoleEntity>): Promise<void> {
    const counted = { ...change, modifiedAt: this.clock.now(), revision: () => 'revision + 1' };
    await unlessTaken(change.name ?? '', () =>
      this.database.manager.update(RoleEntity, { orgId, id }, counted as never),
    );
  }

  /** Removes roles, and who has them. */
  async delete(orgId: string, ids: readonly string[]): Promise<void> {
    for (const some of batches(ids)) {
      await this.database.manager.delete(RoleMemberEntity, { orgId, roleId: In(some) });
      await this.database.manager.delete(RoleEntity, { orgId, id: In(some) });
    }
  }

  /** Ids of those who have a role, in the order of ids, and how many there are. */
  async members(
    orgId: string,
    roleId: string,
    types: readonly RoleMemberType[],
    { offset, limit }: RolePage,
  ): Promise<[RoleMemberEntity[], number]> {
    const where = { orgId, roleId, memberType: In([...types]) };
    const total = await this.database.manager.countBy(RoleMemberEntity, where);
    if (limit === 0 || offset >= total) return [[], total];
    const order = { memberId: 'ASC' } as const;
    return [await this.database.manager.find(RoleMemberEntity, { where, order, skip: offset, take: limit }), total];
  }

  /** All who have a role, page by page, each after the one before: changes of what was read disturb nothing. */
  async *allMembers(
    orgId: string,
    roleId: string,
    types: readonly RoleMemberType[],
  ): AsyncGenerator<readonly RoleMemberEntity[]> {
    for (let after = ''; ; ) {
      const where = { orgId, roleId, memberType: In([...types]), memberId: MoreThan(after) };
      const page = await this.database.manager.find(RoleMemberEntity, {
        where,
        order: { memberId: 'ASC' },
        take: BATCH,
      });
      const last = page.at(-1);
      if (!last) return;
      yield page;
      after = last.memberId;
    }
  }

  /** Those of some who have a role. */
  async membersAmong(
    orgId: string,
    roleId: string,
    types: readonly RoleMemberType[],
    ids: readonly string[],
  ): Promise<readonly RoleMemberEntity[]> {
    const found: RoleMemberEntity[] = [];
    for (const some of batches(ids)) {
      const where = { orgId, roleId, memberType: In([...types]), memberId: In(some) };
      found.push(...(await this.database.manager.findBy(RoleMemberEntity, where)));
    }
    return found;
  }

  /** What users and groups have, by roles. */
  async ofMembers(orgId: string, memberIds: readonly string[]): Promise<readonly RoleMemberEntity[]> {
    const found: RoleMemberEntity[] = [];
    for (const some of batches(memberIds))
      found.push(...(await this.database.manager.findBy(RoleMemberEntity, { orgId, memberId: In(some) })));
    return found;
  }

  /** Gives a role; those who have it keep it. */
  async addMembers(members: readonly Pick<RoleMemberEntity, keyof RoleMemberEntity>[]): Promise<void> {
    for (const some of batches(members))
      await this.database.manager.upsert(RoleMemberEntity, some, ['roleId', 'memberId']);
  }

  /** Takes a role. */
  async removeMembers(orgId: string, roleId: string, memberIds: readonly string[]): Promise<void> {
    for (const some of batches(memberIds))
      await this.database.manager.delete(RoleMemberEntity, { orgId, roleId, memberId: In(some) });
  }

  /** Takes all roles from somebody who is gone. Returns whether there were any. */
  async forget(orgId: string, memberId: string, memberType: RoleMemberType): Promise<boolean> {
    return this.database.run(async () => {
      const member = { orgId, memberId, memberType };
      const had = await this.database.manager.countBy(RoleMemberEntity, member);
      if (had > 0) await this.database.manager.delete(RoleMemberEntity, member);
      return had > 0;
    });
  }

  /** What preset roles give is not in the database. */
  #whole(role: RoleEntity): RoleEntity {
    if (role.system === 'console') role.permissions = this.presets.permissionsOf(role.nameKey);
    return role;
  }
}

async function unlessTaken(name: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw isDuplicate(error) ? roleErrors.exists(name) : error;
  }
}

function* batches<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += BATCH) yield all.slice(at, at + BATCH);
}
