import { LRUCache } from 'lru-cache';
import type { DataSource } from 'typeorm';
import type { Soon } from '#core/kernel';
import type { Dialect } from './data-source.js';

/**
 * Plain SQL with `?` for parameters: for the few hot look-ups where the mapper would cost more than the database. SQLite
 * answers at once.
 */
export interface SqlExecutor {
  /** Rows of a query. */
  all<T>(sql: string, parameters: readonly unknown[]): Soon<T[]>;
  /** The only row of a statement that gives one at most: cheaper than {@link all}. */
  one<T>(sql: string, parameters: readonly unknown[]): Soon<T | undefined>;
  /** Number of rows that a statement changed. */
  run(sql: string, parameters: readonly unknown[]): Soon<number>;
}

interface SqliteStatement {
  all(...parameters: unknown[]): unknown[];
  get(...parameters: unknown[]): unknown;
  run(...parameters: unknown[]): { changes: number };
}

/** The connection under TypeORM's SQLite driver. */
export interface SqliteConnection {
  prepare(sql: string): SqliteStatement;
  exec(sql: string): void;
}

/** The libsql connection of a data source. */
export function sqliteConnection(source: DataSource): SqliteConnection {
  return (source.driver as unknown as { databaseConnection: SqliteConnection }).databaseConnection;
}

/** Statements of one connection that stay prepared: searches have as many shapes as filters. */
const PREPARED = 1000;

/** Prepared statements straight on the SQLite connection. */
export function sqliteExecutor(connection: SqliteConnection): SqlExecutor {
  const statements = new LRUCache<string, SqliteStatement>({ max: PREPARED });
  const prepared = (sql: string) => {
    let statement = statements.get(sql);
    if (!statement) {
      statement = connection.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  return {
    all: <T>(sql: string, parameters: readonly unknown[]) => prepared(sql).all(...parameters) as T[],
    one: <T>(sql: string, parameters: readonly unknown[]) => prepared(sql).get(...parameters) as T | undefined,
    run: (sql, parameters) => prepared(sql).run(...parameters).changes,
  };
}

/** Something of TypeORM's that can run a query: a data source or the manager of a unit of work. */
export interface Queryable {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

/** Statements through TypeORM, on a pool or in the transaction of a unit of work. */
export function queryableExecutor(source: Queryable, dialect: Dialect): SqlExecutor {
  const text = (sql: string) => {
    let count = 0;
    return dialect === 'postgres' ? sql.replace(/\?/g, () => `$${++count}`) : sql;
  };
  const all = async <T>(sql: string, parameters: readonly unknown[]) => {
    const result = await source.query(text(sql), [...parameters]);
    // For DELETE and UPDATE with RETURNING the PostgreSQL driver answers [rows, count].
    if (dialect === 'postgres' && !/^\s*(select|insert)/i.test(sql)) return (result as [T[], number])[0];
    return result as T[];
  };
  return {
    all,
    one: async <T>(sql: string, parameters: readonly unknown[]) => (await all<T>(sql, parameters))[0],
    run: async (sql, parameters) => {
      const result = await source.query(text(sql), [...parameters]);
      if (dialect === 'mysql') return (result as { affectedRows: number }).affectedRows;
      // An UPDATE or DELETE answers [rows, count]; an INSERT its RETURNING rows; SAVEPOINT and the like neither.
      if (dialect === 'postgres') return postgresCount(result);
      return (result as { changes?: number } | undefined)?.changes ?? 0;
    },
  };
}

function postgresCount(result: unknown): number {
  if (!Array.isArray(result)) return 0;
  return typeof result[1] === 'number' ? result[1] : result.length;
}

/**
 * Runs `work` so that, when it throws, exactly its own statements are taken back from the transaction in progress. When
 * that is not possible, because a deadlock has ended the transaction on MariaDB and MySQL, the unit cannot go on, and has
 * to be told of what `work` threw.
 */
export async function withSavepoint<T>(executor: SqlExecutor, work: () => Soon<T>): Promise<T> {
  await executor.run('SAVEPOINT part', []);
  try {
    const result = await work();
    await executor.run('RELEASE SAVEPOINT part', []);
    return result;
  } catch (error) {
    await takeBack(executor, error);
    throw error;
  }
}

async function takeBack(executor: SqlExecutor, why: unknown): Promise<void> {
  try {
    await executor.run('ROLLBACK TO SAVEPOINT part', []);
    await executor.run('RELEASE SAVEPOINT part', []);
  } catch {
    throw why;
  }
}
