export * from './columns.js';
export { type ConfigurationCache, ConfigurationCaches, ConfigurationCachesToken } from './configuration-cache.js';
export type { Dialect } from './data-source.js';
export { Database, DatabaseToken, isDuplicate } from './database.js';
export { migrationSql } from './migration-sql.js';
export { DataFolderToken, ShippedConfigToken } from './module.js';
export {
  Outbox,
  type OutboxDelivery,
  type OutboxHandler,
  OutboxHandlers,
  OutboxToken,
  UndeliverableError,
} from './outbox.js';
export { RedisLink, RedisToken } from './redis.js';
export { queryableExecutor, type SqlExecutor } from './sql-executor.js';
export { joinedSql, SqlText, sql, sqlList } from './sql-text.js';
export {
  claim,
  consume,
  type ExpiredEntry,
  type StateChange,
  type StateEnd,
  StateEnds,
  type StateEntry,
  type StateKey,
  type StateOutcome,
  type StateStore,
  StateStoreToken,
} from './state/state-store.js';
