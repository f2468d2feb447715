import { type Clock, type Soon, whenThere } from '#core/kernel';
import type { Database } from '../database.js';
import { type SqlExecutor, withSavepoint } from '../sql-executor.js';
import { GroupCommit } from './group-commit.js';
import { type StateStatements, statementsFor } from './state-statements.js';
import type { StateChange, StateEntry, StateKey, StateOutcome, StateStore } from './state-store.js';

const refused: StateOutcome = { applied: false, consumed: [] };

/** Entries that a scan reads at once. */
const SCANNED = 500;

/** Thrown inside a transaction to take back a batch that cannot be applied. */
class BatchRefused extends Error {}

/** Living state in two tables of the database. */
export class SqlStateStore implements StateStore {
  readonly #group: GroupCommit;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    this.#group = new GroupCommit(database);
  }

  get #sql(): StateStatements {
    return statementsFor(this.database.dialect);
  }

  get<T>(key: StateKey): Soon<T | undefined> {
    const parameters = [key.orgId, key.kind, key.id, this.clock.now()];
    const found = this.database.sql.one<{ content: string }>(this.#sql.get, parameters);
    return whenThere(found, (row) => row && (JSON.parse(row.content) as T));
  }

  async apply(changes: readonly StateChange[]): Promise<StateOutcome> {
    try {
      return await this.#write((executor) => this.#applyAll(executor, changes));
    } catch (error) {
      if (error instanceof BatchRefused) return refused;
      throw error;
    }
  }

  async update<T>(
    key: StateKey,
    change: (value: T) => Omit<StateEntry, keyof StateKey> | undefined,
  ): Promise<T | undefined> {
    for (;;) {
      const now = this.clock.now();
      const found = [key.orgId, key.kind, key.id, now];
      const row = await this.database.sql.one<{ content: string; version: number }>(this.#sql.get, found);
      if (!row) return undefined;
      const before = JSON.parse(row.content) as T;
      const next = change(before);
      if (next === undefined) return before;
      const done = await this.#write(async (executor) => {
        const changed = await executor.run(this.#sql.swap, [
          JSON.stringify(next.value),
          next.expiresAt,
          key.orgId,
          key.kind,
          key.id,
          row.version,
        ]);
        if (changed === 1) await this.#putRefs(executor, { ...key, ...next });
        return changed === 1;
      });
      if (done) return next.value as T;
    }
  }

  async findByRef<T>(orgId: string, kind: string, ref: string): Promise<{ id: string; value: T }[]> {
    const rows = await this.database.sql.all<{ id: string; content: string }>(this.#sql.findByRef, [
      orgId,
      kind,
      ref,
      this.clock.now(),
    ]);
    return rows.map((row) => ({ id: row.id, value: JSON.parse(row.content) as T }));
  }

  async *scan<T>(orgId: string, kind: string): AsyncGenerator<{ id: string; value: T }> {
    let last = '';
    for (;;) {
      const parameters = [orgId, kind, last, this.clock.now(), SCANNED];
      const rows = await this.database.sql.all<{ id: string; content: string }>(this.#sql.scan, parameters);
      for (const { id, content } of rows) yield { id, value: JSON.parse(content) as T };
      if (rows.length < SCANNED) return;
      last = rows.at(-1)?.id ?? last;
    }
  }

  async removeByRef(orgId: string, kind: string, ref: string): Promise<number> {
    const found = await this.findByRef(orgId, kind, ref);
    if (found.length > 0) await this.apply(found.map(({ id }) => ({ remove: { orgId, kind, id } })));
    return found.length;
  }

  async increment(key: StateKey, ttlMs: number): Promise<number> {
    const now = this.clock.now();
    return this.#write(async (executor) => {
      await executor.run(this.#sql.removeExpired, [key.orgId, key.kind, key.id, now]);
      await executor.run(this.#sql.insertIfAbsent, [key.orgId, key.kind, key.id, '0', now + ttlMs]);
      await executor.run(this.#sql.countUp, [key.orgId, key.kind, key.id]);
      const row = await executor.one<{ version: number }>(this.#sql.get, [key.orgId, key.kind, key.id, now]);
      return Number(row?.version ?? 1) - 1;
    });
  }

  /** Deletes up to `limit` expired entries; returns how many there were. */
  async removeExpired(limit: number): Promise<number> {
    const now = this.clock.now();
    const removed = await this.#write((executor) => executor.run(this.#sql.purge, [now, limit]));
    return removed + (await this.#write((executor) => executor.run(this.#sql.purgeRefs, [now, limit])));
  }

  /** Writes durably, and together with the unit of work in progress when there is one. */
  async #write<T>(work: (executor: SqlExecutor) => Soon<T>): Promise<T> {
    const { database } = this;
    if (database.inUnit) return withSavepoint(database.sql, () => work(database.sql));
    if (database.dialect === 'sqlite') return this.#group.run(work);
    return database.run(async () => work(database.sql));
  }

  /** A batch that is refused before anything was written returns; otherwise it throws, so that it is taken back. */
  async #applyAll(executor: SqlExecutor, changes: readonly StateChange[]): Promise<StateOutcome> {
    const consumed: unknown[] = [];
    for (const [index, change] of changes.entries()) {
      const taking = 'consume' in change ? this.#take(executor, change.consume) : this.#check(executor, change);
      const content = taking instanceof Promise ? await taking : taking;
      if (!('consume' in change)) continue;
      if (content === undefined && index === 0) return refused;
      if (content === undefined) throw new BatchRefused();
      consumed.push(JSON.parse(content) as unknown);
    }
    await this.#putAndRemoveAll(executor, changes);
    return { applied: true, consumed };
  }

  async #putAndRemoveAll(executor: SqlExecutor, changes: readonly StateChange[]): Promise<void> {
    let puts: StateEntry[] = [];
    for (const change of changes) {
      if ('put' in change) puts.push(change.put);
      else if ('remove' in change) {
        const writing = this.#putAndRemove(executor, puts, change.remove);
        if (writing instanceof Promise) await writing;
        puts = [];
      }
    }
    const putting = this.#putAll(executor, puts);
    if (putting instanceof Promise) await putting;
  }

  /** Looks at what has to be so for a batch to be applied. Throws {@link BatchRefused} when it is not. */
  #check(executor: SqlExecutor, change: StateChange): Soon<undefined> {
    if ('require' in change) return this.#hold(executor, change.require);
    return 'claim' in change ? this.#claim(executor, change.claim) : undefined;
  }

  #putAndRemove(executor: SqlExecutor, puts: readonly StateEntry[], { orgId, kind, id }: StateKey): Soon<unknown> {
    return whenThere(this.#putAll(executor, puts), () => executor.run(this.#sql.remove, [orgId, kind, id]));
  }

  async #claim(executor: SqlExecutor, entry: StateEntry): Promise<undefined> {
    const { orgId, kind, id, value, expiresAt } = entry;
    await executor.run(this.#sql.removeExpired, [orgId, kind, id, this.clock.now()]);
    const written = await executor.run(this.#sql.insertIfAbsent, [orgId, kind, id, JSON.stringify(value), expiresAt]);
    if (written !== 1) throw new BatchRefused();
    await this.#putRefs(executor, entry);
    return undefined;
  }

  #hold(executor: SqlExecutor, { orgId, kind, id }: StateKey): Soon<undefined> {
    return whenThere(executor.run(this.#sql.hold, [orgId, kind, id, this.clock.now()]), (held) => {
      if (held !== 1) throw new BatchRefused();
      return undefined;
    });
  }

  #take(executor: SqlExecutor, key: StateKey): Soon<string | undefined> {
    return this.#sql.take(executor, [key.orgId, key.kind, key.id, this.clock.now()]);
  }

  /** One statement for all entries and one for all of their references; of two entries with one key the last one counts. */
  #putAll(executor: SqlExecutor, entries: readonly StateEntry[]): Soon<void> {
    if (entries.length === 0) return;
    const last = new Map(entries.map((entry) => [`${entry.orgId} ${entry.kind} ${entry.id}`, entry]));
    const rows = [...last.values()].flatMap(({ orgId, kind, id, value, expiresAt }) => [
      orgId,
      kind,
      id,
      JSON.stringify(value),
      expiresAt,
    ]);
    return whenThere(executor.run(this.#sql.upsert(last.size), rows), () => this.#putRefs(executor, ...last.values()));
  }

  #putRefs(executor: SqlExecutor, ...entries: readonly StateEntry[]): Soon<void> {
    const rows = entries.flatMap(({ orgId, kind, id, expiresAt, refs }) =>
      [...new Set(refs)].map((ref) => [orgId, kind, ref, id, expiresAt]),
    );
    if (rows.length > 0)
      return whenThere(executor.run(this.#sql.upsertRefs(rows.length), rows.flat()), () => undefined);
  }
}
