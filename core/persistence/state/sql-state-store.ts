import { type Clock, type Soon, whenThere } from '#core/kernel';
import type { Database } from '../database.js';
import { type SqlExecutor, withSavepoint } from '../sql-executor.js';
import { GroupCommit } from './group-commit.js';
import { type StateStatements, statementsFor } from './state-statements.js';
import {
  type ExpiredEntry,
  KEPT_FOR_END_MS,
  type StateChange,
  type StateEntry,
  type StateKey,
  type StateOutcome,
  type StateStore,
} from './state-store.js';

const refused: StateOutcome = { applied: false, consumed: [] };

/** Entries that a scan reads at once. */
const SCANNED = 500;

/** Thrown inside a transaction to take back a batch that cannot be applied. */
class BatchRefused extends Error {}

/** Living state in two tables of the database. */
export class SqlStateStore implements StateStore {
  readonly #group: GroupCommit;

  /** @param kept kinds whose entries are kept for their end; asked when all have contributed */
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly kept: () => readonly string[] = () => [],
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
        if (changed === 1) await this.#putRefs(executor, [{ ...key, ...next }]);
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

  async expired(kind: string, skip: number, limit: number): Promise<ExpiredEntry[]> {
    const rows = await this.database.sql.all<{ org_id: string; id: string; content: string }>(this.#sql.expired, [
      kind,
      this.clock.now(),
      limit,
      skip,
    ]);
    return rows.map(({ org_id: orgId, id, content }) => ({
      key: { orgId, kind, id },
      value: JSON.parse(content) as unknown,
    }));
  }

  async removeExpired(limit: number): Promise<number> {
    const now = this.clock.now();
    const kinds = this.kept();
    const parameters = kinds.length === 0 ? [now, limit] : [now, ...kinds, now - KEPT_FOR_END_MS, limit];
    const removed = await this.#write((executor) => executor.run(this.#sql.purge(kinds.length), parameters));
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
    const replaced: StateEntry[] = [];
    for (const [index, change] of changes.entries()) {
      if (!('consume' in change)) {
        const checking = this.#check(executor, change, changes);
        const entry = checking instanceof Promise ? await checking : checking;
        if (entry) replaced.push(entry);
        continue;
      }
      const taking = this.#take(executor, change.consume);
      const content = taking instanceof Promise ? await taking : taking;
      if (content === undefined && index === 0) return refused;
      if (content === undefined) throw new BatchRefused();
      consumed.push(JSON.parse(content) as unknown);
    }
    const writing = this.#putAndRemoveAll(executor, changes, replaced);
    if (writing instanceof Promise) await writing;
    return { applied: true, consumed };
  }

  async #putAndRemoveAll(
    executor: SqlExecutor,
    changes: readonly StateChange[],
    replaced: readonly StateEntry[],
  ): Promise<void> {
    let puts: StateEntry[] = [];
    for (const change of changes) {
      if ('put' in change) {
        if (!replaced.some((entry) => isSame(entry, change.put))) puts.push(change.put);
      } else if ('remove' in change) {
        const writing = this.#putAndRemove(executor, puts, change.remove);
        if (writing instanceof Promise) await writing;
        puts = [];
      }
    }
    const putting = this.#putAll(executor, puts, replaced);
    if (putting instanceof Promise) await putting;
  }

  #putAndRemove(executor: SqlExecutor, puts: readonly StateEntry[], { orgId, kind, id }: StateKey): Soon<unknown> {
    return whenThere(this.#putAll(executor, puts), () => executor.run(this.#sql.remove, [orgId, kind, id]));
  }

  /**
   * Looks at what has to be so for a batch to be applied.
   *
   * @returns what was written in place of a required entry
   * @throws BatchRefused when it is not so
   */
  #check(executor: SqlExecutor, change: StateChange, changes: readonly StateChange[]): Soon<StateEntry | undefined> {
    if ('require' in change) return this.#hold(executor, change.require, replacementOf(change.require, changes));
    if ('expire' in change) return this.#expire(executor, change.expire);
    return 'claim' in change ? this.#claim(executor, change.claim) : undefined;
  }

  #expire(executor: SqlExecutor, { orgId, kind, id }: StateKey): Soon<undefined> {
    return whenThere(executor.run(this.#sql.removeExpired, [orgId, kind, id, this.clock.now()]), (taken) => {
      if (taken !== 1) throw new BatchRefused();
      return undefined;
    });
  }

  async #claim(executor: SqlExecutor, entry: StateEntry): Promise<undefined> {
    const { orgId, kind, id, value, expiresAt } = entry;
    await executor.run(this.#sql.removeExpired, [orgId, kind, id, this.clock.now()]);
    const written = await executor.run(this.#sql.insertIfAbsent, [orgId, kind, id, JSON.stringify(value), expiresAt]);
    if (written !== 1) throw new BatchRefused();
    await this.#putRefs(executor, [entry]);
    return undefined;
  }

  /** Writes what takes the place of a required entry, or touches that. */
  #hold(executor: SqlExecutor, key: StateKey, entry: StateEntry | undefined): Soon<StateEntry | undefined> {
    const found = [key.orgId, key.kind, key.id, this.clock.now()];
    const writing = entry
      ? executor.run(this.#sql.replace, [JSON.stringify(entry.value), entry.expiresAt, ...found])
      : executor.run(this.#sql.hold, found);
    return whenThere(writing, (held) => {
      if (held !== 1) throw new BatchRefused();
      return entry;
    });
  }

  #take(executor: SqlExecutor, key: StateKey): Soon<string | undefined> {
    return this.#sql.take(executor, [key.orgId, key.kind, key.id, this.clock.now()]);
  }

  /**
   * One statement for all entries and one for all of their references; of two entries with one key the last one counts.
   *
   * @param replaced entries that are written already, but for their references
   */
  #putAll(executor: SqlExecutor, entries: readonly StateEntry[], replaced: readonly StateEntry[] = []): Soon<void> {
    if (entries.length === 0) return this.#putRefs(executor, replaced);
    const last = [...new Map(entries.map((entry) => [`${entry.orgId} ${entry.kind} ${entry.id}`, entry])).values()];
    const rows: unknown[] = [];
    for (const { orgId, kind, id, value, expiresAt } of last)
      rows.push(orgId, kind, id, JSON.stringify(value), expiresAt);
    const writing = executor.run(this.#sql.upsert(last.length), rows);
    return whenThere(writing, () => this.#putRefs(executor, [...last, ...replaced]));
  }

  #putRefs(executor: SqlExecutor, entries: readonly StateEntry[]): Soon<void> {
    const rows: unknown[] = [];
    let count = 0;
    for (const { orgId, kind, id, expiresAt, refs } of entries)
      for (const ref of new Set(refs)) {
        rows.push(orgId, kind, ref, id, expiresAt);
        count++;
      }
    if (count > 0) return whenThere(executor.run(this.#sql.upsertRefs(count), rows), () => undefined);
  }
}

const isSame = (one: StateKey, other: StateKey): boolean =>
  one.id === other.id && one.kind === other.kind && one.orgId === other.orgId;

/** What a batch writes in place of an entry that it requires, when nothing else happens to that. */
function replacementOf(key: StateKey, changes: readonly StateChange[]): StateEntry | undefined {
  let last: StateEntry | undefined;
  for (const change of changes) {
    if ('put' in change && isSame(change.put, key)) last = change.put;
    if ('remove' in change && isSame(change.remove, key)) return undefined;
    if ('consume' in change && isSame(change.consume, key)) return undefined;
  }
  return last;
}
