import { PasswordHashingToken } from '#core/crypto';
import { ClockToken, definePlugin } from '#core/kernel';
import { DatabaseToken } from '#core/persistence';
import { type UserStoreManager, UserStoreManagers } from '#core/users';
import { sqlUserStoreSettings } from './config.js';
import { SqlGroupEntity, SqlGroupMemberEntity, SqlUserAttributeEntity, SqlUserEntity } from './entities.js';
import { SqlUserStore2026112100041 } from './migrations/0001-sql-user-store.js';
import { SqlUserStore } from './sql-user-store.js';

export default definePlugin({
  id: 'user-store.sql',
  requires: ['core.users'],
  entities: [SqlUserEntity, SqlUserAttributeEntity, SqlGroupEntity, SqlGroupMemberEntity],
  migrations: [SqlUserStore2026112100041],
  setup({ container, contribute }) {
    const parts = {
      database: container.get(DatabaseToken),
      hashing: container.get(PasswordHashingToken),
      clock: container.get(ClockToken),
    };
    const manager: UserStoreManager<typeof sqlUserStoreSettings> = {
      type: 'database_unique_id',
      className: 'UniqueIDJDBCUserStoreManager',
      serves: 'all',
      properties: [],
      settings: sqlUserStoreSettings,
      open: async (config, { domain }) => new SqlUserStore(domain, config, parts),
    };
    contribute(UserStoreManagers, manager.type, manager);
  },
});
