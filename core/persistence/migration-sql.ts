import type { QueryRunner } from 'typeorm';
import type { Dialect } from './data-source.js';
import { queryableExecutor, type SqlExecutor } from './sql-executor.js';

/** Of the mapper's names for databases those that are not SQLite. */
const dialects: Readonly<Record<string, Dialect>> = { postgres: 'postgres', mysql: 'mysql', mariadb: 'mysql' };

/**
 * Plain SQL with `?` for parameters, in the transaction of a migration. The mapper is not for migrations: it knows the
 * columns of today, and a migration those of its day.
 */
export function migrationSql(runner: QueryRunner): SqlExecutor {
  return queryableExecutor(runner, dialects[runner.connection.options.type] ?? 'sqlite');
}
