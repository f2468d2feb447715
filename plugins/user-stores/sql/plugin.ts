import { PasswordHashingToken } from '#core/crypto';
import { ClockToken, definePlugin } from '#core/kernel';
import { DatabaseToken } from '#core/persistence';
import { type UserStoreManager, UserStoreManagers } from '#core/users';
import { sqlUserStoreSettings } from './config.js';
import {
  SqlGroupEntity,
  SqlGroupMemberEntity,
  SqlUserAttributeEntity,
  SqlUserEntity,
  SqlUserMarkEntity,
} from './entities.js';
import { SqlUserStore2026112100041 } from './migrations/0001-sql-user-store.js';
import { SqlUserStoreSearch2026112100511 } from './migrations/0002-search-and-scale.js';
import { ownSqlUserStore } from './sql-user-store.js';

export default definePlugin({
  id: 'user-store.sql',
  requires: ['core.users'],
  entities: [SqlUserEntity, SqlUserAttributeEntity, SqlGroupEntity, SqlGroupMemberEntity, SqlUserMarkEntity],
  migrations: [SqlUserStore2026112100041, SqlUserStoreSearch2026112100511],
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
      open: async (config, { domain }) => ownSqlUserStore(domain, config, parts),
    };
    contribute(UserStoreManagers, manager.type, manager);
  },
});
