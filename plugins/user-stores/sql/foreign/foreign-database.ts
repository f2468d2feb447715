import { createRequire } from 'node:module';
import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleType } from 'cockatiel';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { EventBus, type Logger, type MigrationClass, reasonOf, UnavailableError } from '#core/kernel';
import { Database, type Dialect, type SqlExecutor } from '#core/persistence';
import type { StoreDatabase } from '../store-database.js';
import type { ForeignOptions } from './connection-options.js';

/** What a database of others is opened with. */
export interface ForeignParts {
  readonly domain: string;
  readonly logger: Logger;
  /** Milliseconds that opening a connection may take, and a statement. */
  readonly limits: { readonly connect: number; readonly statement: number };
  /** Brings our tables there up to date; none: they are as they are. */
  readonly migrations: readonly MigrationClass[];
  /** Address to connect to for the name of a host, when it has to be checked first. */
  readonly addressOf?: ((host: string) => Promise<string>) | undefined;
}

/** How many failures in a row let the database alone, and for how long (milliseconds). */
const FAILURES = 5;
const OPEN_MS = 10_000;
/** Name of the table that says which of our migrations a database of others has had. */
const MIGRATIONS = 'gatehouse_store_migration';

/** Codes of the drivers that say that the database is away, full or closed to us, and not that a statement is wrong. */
const AWAY =
  /^(E[A-Z]+|PROTOCOL_.*|POOL_.*|08\w{3}|28\w{3}|3D000|57P0\d|57014|53\d{3}|ER_ACCESS_DENIED_ERROR|ER_DBACCESS_DENIED_ERROR|ER_BAD_DB_ERROR|ER_CON_COUNT_ERROR|ER_SERVER_SHUTDOWN|SQLITE_CANTOPEN.*|SQLITE_BUSY.*|SQLITE_IOERR.*)$/;

/**
 * A database that is not the server's own. It is connected to when it is first needed; each statement has a time limit,
 * and after some failures in a row it is let alone for a while. Whoever asks meanwhile is told that the store is away.
 */
export class ForeignDatabase implements StoreDatabase {
  readonly sql: SqlExecutor;
  readonly #breaker = circuitBreaker(handleType(UnavailableError), {
    halfOpenAfter: OPEN_MS,
    breaker: new ConsecutiveBreaker(FAILURES),
  });
  #opened: Promise<Database> | undefined;

  constructor(
    private readonly options: ForeignOptions,
    private readonly parts: ForeignParts,
  ) {
    this.sql = {
      all: (text, values) => this.#guarded(async (database) => database.sql.all(text, values)),
      one: (text, values) => this.#guarded(async (database) => database.sql.one(text, values)),
      run: (text, values) => this.#guarded(async (database) => database.sql.run(text, values)),
    };
  }

  get dialect(): Dialect {
    return this.options.dialect;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const database = await this.#breakable(() => this.#connected());
    return this.#translated(() => database.run(work));
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await (await opened?.catch(() => undefined))?.close();
  }

  #guarded<T>(work: (database: Database) => Promise<T>): Promise<T> {
    return this.#breakable(async () => {
      const database = await this.#connected();
      return this.#translated(() => withLimit(this.parts.limits.statement, () => work(database)));
    });
  }

  async #breakable<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.#breaker.execute(work);
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw this.#away(error);
      throw error;
    }
  }

  async #translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { code, message = '' } = error as { code?: unknown; message?: string };
      const isAway = AWAY.test(String(code ?? '')) || /timeout|terminated|closed state|not open/i.test(message);
      throw isAway && !(error instanceof UnavailableError) ? this.#away(error) : error;
    }
  }

  #connected(): Promise<Database> {
    if (!this.#opened) {
      const opening = this.#open();
      const opened = withLimit(this.parts.limits.connect, () => opening);
      this.#opened = opened;
      opened.catch(async () => {
        if (this.#opened === opened) this.#opened = undefined;
        // What comes too late is nobody's any more.
        await opening.then((late) => late.close()).catch(() => undefined);
      });
    }
    return this.#opened.catch((error: unknown) => {
      throw this.#away(error);
    });
  }

  async #open(): Promise<Database> {
    const { host, dialect } = this.options;
    const { addressOf, logger, migrations } = this.parts;
    const address = host !== undefined && addressOf ? await addressOf(host) : undefined;
    const options = {
      ...this.options.source(address),
      ...(dialect === 'sqlite' ? sqliteOptions() : {}),
      migrations: [...migrations],
      migrationsTableName: MIGRATIONS,
      migrationsTransactionMode: 'each',
      entities: [],
      synchronize: false,
      logging: false,
    };
    const source = await new DataSource(options as unknown as DataSourceOptions).initialize();
    try {
      if (migrations.length > 0) await source.runMigrations();
    } catch (error) {
      await source.destroy();
      throw error;
    }
    const database = new Database(new EventBus(logger), logger);
    database.attach({ dialect, writer: source, reader: source });
    return database;
  }

  #away(cause: unknown): UnavailableError {
    this.parts.logger.warn({ store: this.parts.domain, err: reasonOf(cause) }, 'the database of a user store is away');
    return new UnavailableError(`The database of the user store ${this.parts.domain} does not answer.`, 5, { cause });
  }
}

interface SqliteDriverConnection {
  exec(sql: string): void;
}

const sqliteOptions = () => ({
  driver: createRequire(import.meta.url)('libsql') as unknown,
  fileMustExist: true,
  prepareDatabase: (connection: SqliteDriverConnection) => connection.exec('PRAGMA busy_timeout=5000'),
});

/** The answer, or the end of waiting for it. */
async function withLimit<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timeout: no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
