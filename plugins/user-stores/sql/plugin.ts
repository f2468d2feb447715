import { PasswordHashingToken } from '#core/crypto';
import { ClockToken, definePlugin } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { type UserStoreManager, UserStoreManagers } from '#core/users';
import { isExisting, sqlUserStoreSettings } from './config.js';
import {
  SqlGroupEntity,
  SqlGroupMemberEntity,
  SqlUserAttributeEntity,
  SqlUserEntity,
  SqlUserMarkEntity,
} from './entities.js';
import { SqlUserStore2026112100041 } from './migrations/0001-sql-user-store.js';
import { SqlUserStoreSearch2026112100511 } from './migrations/0002-search-and-scale.js';
import { FoldedNames2026112100621 } from './migrations/0003-folded-names.js';
import { sqlStoreProperties } from './properties.js';
import { openSqlStore } from './store-opening.js';

export default definePlugin({
  id: 'user-store.sql',
  requires: ['core.users'],
  entities: [SqlUserEntity, SqlUserMarkEntity, SqlUserAttributeEntity, SqlGroupEntity, SqlGroupMemberEntity],
  migrations: [SqlUserStore2026112100041, SqlUserStoreSearch2026112100511, FoldedNames2026112100621],
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
      // Tables of another product hold the users of one organization.
      servesWith: (config) => (isExisting(config) ? 'one' : 'all'),
      properties: sqlStoreProperties,
      settings: sqlUserStoreSettings,
      open: async (config, opened) =>
        openSqlStore(config, { ...opened, orgId: opened.orgId ?? SUPER_ORGANIZATION.id }, parts),
    };
    contribute(UserStoreManagers, manager.type, manager);
  },
});
