import { In } from 'typeorm';
import type { Database } from '#core/persistence';
import type { GroupsCapability, StoredGroup } from '#core/users';
import { SqlGroupEntity, SqlGroupMemberEntity, SqlUserEntity } from './entities.js';

/** Groups of the SQL user store. */
export function sqlGroups(database: Database, domain: string): GroupsCapability {
  const groupsOf = async (orgId: string, userIds: readonly string[]) => {
    const found = new Map<string, StoredGroup[]>();
    const members = await database.manager.findBy(SqlGroupMemberEntity, { orgId, userId: In([...userIds]) });
    if (members.length === 0) return found;
    const groups = await database.manager.find(SqlGroupEntity, {
      where: { orgId, id: In(members.map((member) => member.groupId)) },
      order: { name: 'ASC' },
    });
    for (const { id, name } of groups)
      for (const { userId } of members.filter(({ groupId }) => groupId === id))
        found.set(userId, [...(found.get(userId) ?? []), { id, name }]);
    return found;
  };
  return {
    ofUser: async (orgId, userId) => (await groupsOf(orgId, [userId])).get(userId) ?? [],
    ofUsers: groupsOf,
    async byId(orgId, id) {
      const group = await database.manager.findOneBy(SqlGroupEntity, { orgId, domain, id });
      return group ? { id: group.id, name: group.name } : undefined;
    },
    async byName(orgId, name) {
      const group = await database.manager.findOneBy(SqlGroupEntity, { orgId, domain, nameKey: name.toLowerCase() });
      return group ? { id: group.id, name: group.name } : undefined;
    },
    async find(orgId, { offset, limit }) {
      const [groups, total] = await database.manager.findAndCount(SqlGroupEntity, {
        where: { orgId, domain },
        order: { nameKey: 'ASC' },
        skip: offset,
        take: limit,
      });
      return { items: groups.map(({ id, name }) => ({ id, name })), total };
    },
    async members(orgId, groupId, { offset, limit }) {
      const members = await database.manager.findBy(SqlGroupMemberEntity, { orgId, groupId });
      const [users, total] = await database.manager.findAndCount(SqlUserEntity, {
        where: { orgId, domain, id: In(members.map(({ userId }) => userId)) },
        order: { usernameKey: 'ASC' },
        skip: offset,
        take: limit,
      });
      return { items: users.map(({ id, username }) => ({ id, username })), total };
    },
    writer: {
      async create(orgId, { id, name }) {
        await database.run(() =>
          database.manager.insert(SqlGroupEntity, { id, orgId, domain, name, nameKey: name.toLowerCase() }),
        );
        return { id, name };
      },
      async rename(orgId, id, name) {
        await database.run(() =>
          database.manager.update(SqlGroupEntity, { orgId, domain, id }, { name, nameKey: name.toLowerCase() }),
        );
      },
      async delete(orgId, id) {
        return database.run(async () => {
          await database.manager.delete(SqlGroupMemberEntity, { orgId, groupId: id });
          const { affected } = await database.manager.delete(SqlGroupEntity, { orgId, domain, id });
          return (affected ?? 0) > 0;
        });
      },
      async addMembers(orgId, groupId, userIds) {
        const rows = userIds.map((userId) => ({ orgId, groupId, userId }));
        await database.run(() => database.manager.save(SqlGroupMemberEntity, rows));
      },
      async removeMembers(orgId, groupId, userIds) {
        await database.run(() =>
          database.manager.delete(SqlGroupMemberEntity, { orgId, groupId, userId: In([...userIds]) }),
        );
      },
    },
  };
}
