import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';
import type { z } from 'zod';
import { BootError, type EntityClass, type MigrationClass, reasonOf } from '#core/kernel';
import { makeTextsLong } from './long-texts.js';
import type { DatabaseSettings } from './settings.js';

/** Values of `[database.identity_db]`. */
export type DatabaseConfig = z.output<(typeof DatabaseSettings)['schema']>;

/** The three families of SQL that we write for. */
export type Dialect = 'sqlite' | 'mysql' | 'postgres';

/** Opened connections: on SQLite two to the same file, else one pool under both names. */
export interface Connections {
  readonly dialect: Dialect;
  /** The only connection on which units of work run. */
  readonly writer: DataSource;
  /** Reads outside a unit of work. */
  readonly reader: DataSource;
}

/** What goes into the data sources. */
export interface Schema {
  readonly entities: readonly EntityClass[];
  readonly migrations: readonly MigrationClass[];
}

/** Opens the database and brings its schema up to date. Throws BootError naming the database when it cannot. */
export async function openConnections(
  config: DatabaseConfig,
  dataFolder: string,
  schema: Schema,
): Promise<Connections> {
  const dialect = dialectOf(config);
  const shared = {
    entities: [...schema.entities] as (new () => object)[],
    migrations: [...schema.migrations] as (new () => never)[],
    migrationsTableName: 'schema_migration',
    migrationsTransactionMode: 'each' as const,
    synchronize: false,
    logging: false as const,
  };
  try {
    if (dialect === 'sqlite') return await openSqlite(join(dataFolder, 'gatehouse.db'), shared);
    const options = { ...serverOptions(config), ...shared } as unknown as DataSourceOptions;
    const source = new DataSource(options);
    if (dialect === 'mysql') makeTextsLong(source);
    await source.initialize();
    await migrate(source, dialect);
    return { dialect, writer: source, reader: source };
  } catch (cause) {
    const where = config.url ? 'the url of [database.identity_db]' : `${config.hostname}/${config.name}`;
    throw new BootError(
      `the ${config.type} database (${dialect === 'sqlite' ? dataFolder : where}) cannot be used: ${reasonOf(cause)}`,
      { cause },
    );
  }
}

function dialectOf(config: DatabaseConfig): Dialect {
  if (config.type === 'sqlite') return 'sqlite';
  return config.type === 'postgresql' ? 'postgres' : 'mysql';
}

/** What is needed of a connection before TypeORM gets it. */
interface DriverConnection {
  exec(sql: string): void;
  prepare(sql: string): unknown;
}

/** libsql is loaded only where SQLite is used. */
function sqliteDriver(): unknown {
  return createRequire(import.meta.url)('libsql');
}

async function openSqlite(file: string, shared: object): Promise<Connections> {
  const base = { type: 'better-sqlite3' as const, database: file, driver: sqliteDriver(), ...shared };
  const prepare = (pragmas: readonly string[]) => (connection: DriverConnection) => {
    for (const pragma of pragmas) connection.exec(`PRAGMA ${pragma}`);
    beginImmediately(connection);
  };
  const durable = ['journal_mode=WAL', 'synchronous=FULL', 'foreign_keys=ON', 'busy_timeout=5000'];
  const writer = await new DataSource({ ...base, prepareDatabase: prepare(durable) } as DataSourceOptions).initialize();
  await migrate(writer, 'sqlite');
  const reading = { ...base, migrations: [], prepareDatabase: prepare(['busy_timeout=5000', 'query_only=ON']) };
  const reader = await new DataSource(reading as DataSourceOptions).initialize();
  return { dialect: 'sqlite', writer, reader };
}

/**
 * TypeORM's BEGIN takes the write lock only at the first write. When another process (a command beside a running server)
 * has written since the first read, SQLite refuses that write at once, however long the time-out is. With the lock taken
 * at the beginning, the one waits for the other.
 */
function beginImmediately(connection: DriverConnection): void {
  const prepare = connection.prepare.bind(connection);
  connection.prepare = (sql) => prepare(sql === 'BEGIN TRANSACTION' ? 'BEGIN IMMEDIATE TRANSACTION' : sql);
}

function serverOptions(config: DatabaseConfig): object {
  const { hostname: host, port, name: database, username, password, url, pool_options: pool } = config;
  const where = url ? { url } : { host, database, username, password, ...(port === undefined ? {} : { port }) };
  if (config.type === 'postgresql') {
    return {
      type: 'postgres',
      ...where,
      poolSize: pool.max_active,
      connectTimeoutMS: pool.max_wait,
      installExtensions: false,
    };
  }
  const text = { charset: 'utf8mb4_bin', timezone: 'Z', supportBigNumbers: true };
  return {
    type: config.type,
    ...where,
    ...text,
    poolSize: pool.max_active,
    connectTimeout: Math.min(pool.max_wait, 30_000),
  };
}

/** Runs pending migrations under a lock of the database, because several nodes may start at once. */
async function migrate(source: DataSource, dialect: Dialect): Promise<void> {
  if (dialect === 'sqlite') {
    await source.runMigrations();
    return;
  }
  const runner = source.createQueryRunner();
  try {
    if (dialect === 'mysql') {
      const [schema] = (await runner.query('SELECT DATABASE() AS name')) as [{ name: string }];
      await runner.query("SELECT GET_LOCK('gatehouse_migrations', 60)");
      if (!(await runner.hasTable('schema_migration'))) {
        const name = schema.name.replaceAll('`', '``');
        await runner.query(`ALTER DATABASE \`${name}\` CHARACTER SET utf8mb4 COLLATE ${await collationOf(runner)}`);
      }
    } else await runner.query('SELECT pg_advisory_lock(7305411)');
    await source.runMigrations();
  } finally {
    const unlock =
      dialect === 'mysql' ? "SELECT RELEASE_LOCK('gatehouse_migrations')" : 'SELECT pg_advisory_unlock(7305411)';
    await runner.query(unlock).catch(() => undefined);
    await runner.release();
  }
}

/** Every character counts, case and blanks at the end included, as in the other databases. */
async function collationOf(runner: QueryRunner): Promise<string> {
  const [server] = (await runner.query('SELECT VERSION() AS version')) as [{ version: string }];
  return /mariadb/i.test(server.version) ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin';
}
