import { In } from 'typeorm';
import type { Database } from '#core/persistence';
import type { UserStore } from '#core/users';
import { SqlGroupEntity, SqlGroupMemberEntity } from './entities.js';

/** Groups of the SQL user store. */
export function sqlGroups(database: Database, domain: string): NonNullable<UserStore['groups']> {
  return {
    async ofUser(orgId, userId) {
      const members = await database.manager.findBy(SqlGroupMemberEntity, { orgId, userId });
      if (members.length === 0) return [];
      const groups = await database.manager.find(SqlGroupEntity, {
        where: { orgId, id: In(members.map((member) => member.groupId)) },
        order: { name: 'ASC' },
      });
      return groups.map(({ id, name }) => ({ id, name }));
    },
    async byName(orgId, name) {
      const group = await database.manager.findOneBy(SqlGroupEntity, { orgId, domain, nameKey: name.toLowerCase() });
      return group ? { id: group.id, name: group.name } : undefined;
    },
    writer: {
      async create(orgId, { id, name }) {
        await database.run(() =>
          database.manager.insert(SqlGroupEntity, { id, orgId, domain, name, nameKey: name.toLowerCase() }),
        );
      },
      async delete(orgId, id) {
        await database.run(async () => {
          await database.manager.delete(SqlGroupMemberEntity, { orgId, groupId: id });
          await database.manager.delete(SqlGroupEntity, { orgId, domain, id });
        });
      },
      async addMember(orgId, groupId, userId) {
        await database.run(() => database.manager.save(SqlGroupMemberEntity, { orgId, groupId, userId }));
      },
      async removeMember(orgId, groupId, userId) {
        await database.run(() => database.manager.delete(SqlGroupMemberEntity, { orgId, groupId, userId }));
      },
    },
  };
}
