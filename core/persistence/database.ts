import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager } from 'typeorm';
import { type EventBus, type Logger, reasonOf, token } from '#core/kernel';
import type { Connections, Dialect } from './data-source.js';
import { Mutex } from './mutex.js';
import { queryableExecutor, type SqlExecutor, sqliteConnection, sqliteExecutor } from './sql-executor.js';

/** Injection token of the database. */
export const DatabaseToken = token<Database>('persistence.database');

interface Unit {
  readonly manager: EntityManager;
  readonly executor: SqlExecutor;
  readonly afterCommit: (() => void | Promise<void>)[];
}

const deadlocks = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', '40P01', '40001', 'ER_CHECKREAD']);

const duplicates = new Set(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', 'ER_DUP_ENTRY', '23505']);

/** Whether a write failed because there is such a row already. The unit of work cannot go on after it. */
export const isDuplicate = (error: unknown): boolean => duplicates.has((error as { code?: string }).code ?? '');

/**
 * The way to the database. Every write goes through {@link run}; whoever keeps a repository instead of asking for
 * {@link manager} each time has left the unit of work.
 *
 * On SQLite TypeORM shares one connection among all async flows, so a plain insert of one request would land inside
 * the open transaction of another and vanish with its rollback. Therefore: one mutex around each whole unit on the
 * writing connection, and reads on a second one.
 */
export class Database {
  readonly #units = new AsyncLocalStorage<Unit>();
  readonly #mutex = new Mutex();
  #open: { readonly connections: Connections; readonly writer: SqlExecutor; readonly reader: SqlExecutor } | undefined;

  constructor(
    events: EventBus,
    private readonly logger: Logger,
  ) {
    events.deferWith((deliver) => {
      const unit = this.#units.getStore();
      unit?.afterCommit.push(deliver);
      return unit !== undefined;
    });
  }

  /** Takes the opened connections; called once by the room's start. */
  attach(connections: Connections): void {
    const executor = (source: Connections['writer']) =>
      connections.dialect === 'sqlite'
        ? sqliteExecutor(sqliteConnection(source))
        : queryableExecutor(source, connections.dialect);
    const writer = executor(connections.writer);
    const reader = executor(connections.reader);
    this.#open = {
      connections,
      writer,
      reader: connections.dialect === 'sqlite' ? this.#quickest(writer, reader) : reader,
    };
  }

  /**
   * On SQLite a connection reads slowly after another one has committed, because it has to find its way through the
   * log anew. Between two units of work the writing connection has no open transaction, so it may answer queries: a
   * statement runs to its end before anything else can begin. Writes still have to go through a unit.
   */
  #quickest(writer: SqlExecutor, reader: SqlExecutor): SqlExecutor {
    const pick = (sql: string) => (this.#mutex.held || !sql.startsWith('SELECT') ? reader : writer);
    return {
      all: (sql, parameters) => pick(sql).all(sql, parameters),
      one: (sql, parameters) => pick(sql).one(sql, parameters),
      run: (sql, parameters) => reader.run(sql, parameters),
    };
  }

  /** Which family of SQL this is. */
  get dialect(): Dialect {
    return this.#opened().connections.dialect;
  }

  /** The manager of the unit of work in progress, else one that only reads. */
  get manager(): EntityManager {
    return this.#units.getStore()?.manager ?? this.#opened().connections.reader.manager;
  }

  /** Plain SQL within the unit of work in progress, else reading only. */
  get sql(): SqlExecutor {
    return this.#units.getStore()?.executor ?? this.#opened().reader;
  }

  /** Whether the caller is inside a unit of work. */
  get inUnit(): boolean {
    return this.#units.getStore() !== undefined;
  }

  /**
   * Options of a find within a unit of work that is going to change what it finds: nobody else changes the row until
   * the unit ends. On SQLite a unit is alone in any case.
   */
  get holding(): { readonly lock?: { readonly mode: 'pessimistic_write' } } {
    return this.dialect === 'sqlite' ? {} : { lock: { mode: 'pessimistic_write' } };
  }

  /**
   * Runs `work` as one unit: all of its writes are committed together or not at all. Joins the unit in progress.
   * No network call inside. On MariaDB, MySQL and PostgreSQL a unit that lost a deadlock is run again, so `work`
   * must not have effects outside the database; those belong into {@link afterCommit}, an event or the outbox.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.inUnit) return work();
    const { connections } = this.#opened();
    if (connections.dialect === 'sqlite') return this.#finish(await this.#mutex.run(() => this.#once(work)));
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#finish(await this.#once(work));
      } catch (error) {
        if (attempt >= 5 || !deadlocks.has((error as { code?: string }).code ?? '')) throw error;
      }
    }
  }

  /** Calls `work` once the unit in progress has committed; at once when there is none. */
  async afterCommit(work: () => void | Promise<void>): Promise<void> {
    const unit = this.#units.getStore();
    if (unit) unit.afterCommit.push(work);
    else await work();
  }

  /**
   * On SQLite: runs `work` in a transaction of its own straight on the writing connection, under the same mutex.
   * Only for the group commit of living state.
   */
  async runBare<T>(work: (executor: SqlExecutor) => Promise<T>): Promise<T> {
    const { connections, writer } = this.#opened();
    const connection = sqliteConnection(connections.writer);
    return this.#mutex.run(async () => {
      connection.exec('BEGIN IMMEDIATE');
      try {
        const result = await work(writer);
        connection.exec('COMMIT');
        return result;
      } catch (error) {
        connection.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    if (!this.#open) return;
    const { writer, reader } = this.#open.connections;
    await this.#mutex.run(async () => writer.destroy());
    if (reader !== writer) await reader.destroy();
    this.#open = undefined;
  }

  async #once<T>(work: () => Promise<T>): Promise<{ result: T; unit: Unit }> {
    const { connections, writer } = this.#opened();
    let unit: Unit | undefined;
    const inTransaction = (manager: EntityManager) => {
      const executor = connections.dialect === 'sqlite' ? writer : queryableExecutor(manager, connections.dialect);
      unit = { manager, executor, afterCommit: [] };
      return this.#units.run(unit, work);
    };
    // MariaDB and MySQL would else show one snapshot for the whole unit, and compare-and-swap could never succeed in it.
    const result =
      connections.dialect === 'mysql'
        ? await connections.writer.transaction('READ COMMITTED', inTransaction)
        : await connections.writer.transaction(inTransaction);
    return { result, unit: unit as Unit };
  }

  async #finish<T>({ result, unit }: { result: T; unit: Unit }): Promise<T> {
    for (const work of unit.afterCommit) {
      try {
        await work();
      } catch (error) {
        this.logger.error({ err: reasonOf(error) }, 'work after a commit failed');
      }
    }
    return result;
  }

  #opened() {
    if (!this.#open) throw new Error('the database is not open: it opens when core.persistence starts');
    return this.#open;
  }
}
