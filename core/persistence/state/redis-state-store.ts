import type { Clock } from '#core/kernel';
import type { RedisLink } from '../redis.js';
import { applyScript, incrementScript, swapScript } from './redis-scripts.js';
import {
  type ExpiredEntry,
  KEPT_FOR_END_MS,
  type StateChange,
  type StateEntry,
  type StateKey,
  type StateOutcome,
  type StateStore,
} from './state-store.js';

/** Living state in Redis. As durable as the server is configured to be (`appendonly yes`, `appendfsync always` for no loss at all). */
export class RedisStateStore implements StateStore {
  /** @param kept kinds whose entries are kept for their end; asked when all have contributed */
  constructor(
    private readonly link: RedisLink,
    private readonly clock: Clock,
    private readonly kept: () => readonly string[] = () => [],
  ) {}

  get #redis() {
    return this.link.client;
  }

  async get<T>(key: StateKey): Promise<T | undefined> {
    const [content, ends] = await this.#redis.hmget(this.#name(key), 'content', 'ends');
    return content && !this.#isOver(ends) ? (JSON.parse(content) as T) : undefined;
  }

  async apply(changes: readonly StateChange[]): Promise<StateOutcome> {
    const prepared = changes.map((change) => this.#prepare(change));
    const names = prepared.map(({ name }) => name);
    const consumed = await this.#redis.eval(
      applyScript,
      names.length,
      ...names,
      JSON.stringify(prepared.map(({ change }) => change)),
      String(this.clock.now()),
    );
    if (consumed === null) return { applied: false, consumed: [] };
    return { applied: true, consumed: (consumed as string[]).map((content) => JSON.parse(content) as unknown) };
  }

  async update<T>(
    key: StateKey,
    change: (value: T) => Omit<StateEntry, keyof StateKey> | undefined,
  ): Promise<T | undefined> {
    const name = this.#name(key);
    for (;;) {
      const [content, version, ends] = await this.#redis.hmget(name, 'content', 'version', 'ends');
      if (!content || !version || this.#isOver(ends)) return undefined;
      const before = JSON.parse(content) as T;
      const next = change(before);
      if (next === undefined) return before;
      const written = JSON.stringify(this.#written({ ...key, ...next }));
      if ((await this.#redis.eval(swapScript, 1, name, version, written)) === 1) return next.value as T;
    }
  }

  async findByRef<T>(orgId: string, kind: string, ref: string): Promise<{ id: string; value: T }[]> {
    const name = this.#refName(orgId, kind, ref);
    await this.#redis.zremrangebyscore(name, '-inf', this.clock.now());
    const ids = await this.#redis.zrange(name, '0', '-1');
    const values = await Promise.all(ids.map((id) => this.get<T>({ orgId, kind, id })));
    return ids.flatMap((id, index) => {
      const value = values[index];
      return value === undefined ? [] : [{ id, value }];
    });
  }

  async *scan<T>(orgId: string, kind: string): AsyncGenerator<{ id: string; value: T }> {
    const beginning = this.#name({ orgId, kind, id: '' });
    const pattern = `${beginning.replace(/[*?[\]\\^-]/g, '\\$&')}*`;
    for (let cursor = '0'; ; ) {
      const [next, names] = await this.#redis.scan(cursor, 'MATCH', pattern, 'COUNT', 500);
      const ids = names.map((name) => name.slice(beginning.length));
      const values = await Promise.all(ids.map((id) => this.get<T>({ orgId, kind, id })));
      for (const [index, id] of ids.entries()) {
        const value = values[index];
        if (value !== undefined) yield { id, value };
      }
      if (next === '0') return;
      cursor = next;
    }
  }

  async removeByRef(orgId: string, kind: string, ref: string): Promise<number> {
    const found = await this.findByRef(orgId, kind, ref);
    if (found.length > 0) await this.apply(found.map(({ id }) => ({ remove: { orgId, kind, id } })));
    return found.length;
  }

  async expired(kind: string, skip: number, limit: number): Promise<ExpiredEntry[]> {
    const due = this.#dueName(kind);
    const names = await this.#redis.zrangebyscore(due, '-inf', this.clock.now(), 'LIMIT', skip, limit);
    const found: ExpiredEntry[] = [];
    for (const name of names) {
      const [orgId, id] = JSON.parse(name) as [string, string];
      const key = { orgId, kind, id };
      const content = await this.#redis.hget(this.#name(key), 'content');
      // What nobody has taken in all the time that it was kept.
      if (content === null) await this.#redis.zrem(due, name);
      else found.push({ key, value: JSON.parse(content) as unknown });
    }
    return found;
  }

  /** Redis does that by itself. */
  removeExpired(): Promise<number> {
    return Promise.resolve(0);
  }

  async increment(key: StateKey, ttlMs: number): Promise<number> {
    return Number(await this.#redis.eval(incrementScript, 1, this.#name(key), String(ttlMs)));
  }

  #name({ orgId, kind, id }: StateKey): string {
    return `${this.link.prefix}state:${orgId}:${encodeURIComponent(kind)}:${id}`;
  }

  #refName(orgId: string, kind: string, ref: string): string {
    return `${this.link.prefix}ref:${orgId}:${encodeURIComponent(kind)}:${ref}`;
  }

  #dueName(kind: string): string {
    return `${this.link.prefix}due:${encodeURIComponent(kind)}`;
  }

  /** Whether an entry that is kept for its end has come to it. */
  #isOver(ends: string | null | undefined): boolean {
    return ends !== null && ends !== undefined && Number(ends) <= this.clock.now();
  }

  #prepare(change: StateChange): { name: string; change: object } {
    if ('claim' in change) return this.#writing('claim', change.claim);
    if ('put' in change) return this.#writing('put', change.put);
    if ('consume' in change) return this.#naming('consume', change.consume);
    if ('require' in change) return this.#naming('require', change.require);
    if ('expire' in change) return this.#naming('expire', change.expire);
    return this.#naming('remove', change.remove);
  }

  #naming(op: string, key: StateKey): { name: string; change: object } {
    return { name: this.#name(key), change: { op, ...this.#dueOf(key) } };
  }

  #writing(op: string, entry: StateEntry): { name: string; change: object } {
    return { name: this.#name(entry), change: { op, ...this.#written(entry) } };
  }

  /** What the scripts have to know of an entry that they write. */
  #written(entry: StateEntry): object {
    const { orgId, kind, id, value, expiresAt: at } = entry;
    const due = this.#dueOf(entry);
    const expiresAt = Math.floor(at);
    const goneAt = 'due' in due ? expiresAt + KEPT_FOR_END_MS : expiresAt;
    const refs = (entry.refs ?? []).map((ref) => this.#refName(orgId, kind, ref));
    return { content: JSON.stringify(value), expiresAt, goneAt, refs, id, ...due };
  }

  /** Where the end of an entry is noted, if its kind is kept for that, and under which name. */
  #dueOf({ orgId, kind, id }: StateKey): { due?: string; name?: string } {
    return this.kept().includes(kind) ? { due: this.#dueName(kind), name: JSON.stringify([orgId, id]) } : {};
  }
}
