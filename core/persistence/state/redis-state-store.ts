import type { Clock } from '#core/kernel';
import type { RedisLink } from '../redis.js';
import type { StateChange, StateEntry, StateKey, StateOutcome, StateStore } from './state-store.js';

/**
 * KEYS: those of the changes, in order. ARGV: the changes as JSON. Conditions are looked at first; only when all hold
 * is anything written. A script runs alone in Redis, so this is atomic.
 */
const applyScript = `
local changes = cjson.decode(ARGV[1])
local consumed = {}
local seen = {}
for i, change in ipairs(changes) do
  if change.op == 'consume' or change.op == 'claim' then
    local held = redis.call('HGET', KEYS[i], 'content')
    if seen[KEYS[i]] or (change.op == 'consume') ~= (held ~= false) then return false end
    seen[KEYS[i]] = true
    if change.op == 'consume' then consumed[#consumed + 1] = held end
  elseif change.op == 'require' and redis.call('EXISTS', KEYS[i]) == 0 then
    return false
  end
end
for i, change in ipairs(changes) do
  if change.op == 'consume' or change.op == 'remove' then
    redis.call('DEL', KEYS[i])
  elseif change.op ~= 'require' then
    redis.call('HSET', KEYS[i], 'content', change.content)
    redis.call('HINCRBY', KEYS[i], 'version', 1)
    redis.call('PEXPIREAT', KEYS[i], change.expiresAt)
    for _, ref in ipairs(change.refs) do
      redis.call('ZADD', ref, change.expiresAt, change.id)
      redis.call('PEXPIREAT', ref, math.max(change.expiresAt, redis.call('PEXPIRETIME', ref)))
    end
  end
end
return consumed`;

const swapScript = `
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'content', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
return 1`;

const incrementScript = `
local count = redis.call('HINCRBY', KEYS[1], 'version', 1)
if count == 1 then redis.call('HSET', KEYS[1], 'content', '0') redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count`;

/** Living state in Redis. As durable as the server is configured to be (`appendonly yes`, `appendfsync always` for no loss at all). */
export class RedisStateStore implements StateStore {
  constructor(
    private readonly link: RedisLink,
    private readonly clock: Clock,
  ) {}

  get #redis() {
    return this.link.client;
  }

  async get<T>(key: StateKey): Promise<T | undefined> {
    const content = await this.#redis.hget(this.#name(key), 'content');
    return content === null ? undefined : (JSON.parse(content) as T);
  }

  async apply(changes: readonly StateChange[]): Promise<StateOutcome> {
    const prepared = changes.map((change) => this.#prepare(change));
    const names = prepared.map(({ name }) => name);
    const consumed = await this.#redis.eval(
      applyScript,
      names.length,
      ...names,
      JSON.stringify(prepared.map(({ change }) => change)),
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
      const [content, version] = await this.#redis.hmget(name, 'content', 'version');
      if (!content || !version) return undefined;
      const before = JSON.parse(content) as T;
      const next = change(before);
      if (next === undefined) return before;
      const swapped = await this.#redis.eval(
        swapScript,
        1,
        name,
        version,
        JSON.stringify(next.value),
        String(next.expiresAt),
      );
      if (swapped !== 1) continue;
      if (next.refs) await this.apply([{ put: { ...key, ...next } }]);
      return next.value as T;
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

  async increment(key: StateKey, ttlMs: number): Promise<number> {
    return Number(await this.#redis.eval(incrementScript, 1, this.#name(key), String(ttlMs)));
  }

  #name({ orgId, kind, id }: StateKey): string {
    return `${this.link.prefix}state:${orgId}:${encodeURIComponent(kind)}:${id}`;
  }

  #refName(orgId: string, kind: string, ref: string): string {
    return `${this.link.prefix}ref:${orgId}:${encodeURIComponent(kind)}:${ref}`;
  }

  #prepare(change: StateChange): { name: string; change: object } {
    if ('consume' in change) return { name: this.#name(change.consume), change: { op: 'consume' } };
    if ('require' in change) return { name: this.#name(change.require), change: { op: 'require' } };
    if ('remove' in change) return { name: this.#name(change.remove), change: { op: 'remove' } };
    const op = 'claim' in change ? 'claim' : 'put';
    const entry = 'claim' in change ? change.claim : change.put;
    const { orgId, kind, id, value, expiresAt } = entry;
    const refs = (entry.refs ?? []).map((ref) => this.#refName(orgId, kind, ref));
    return {
      name: this.#name(entry),
      change: { op, content: JSON.stringify(value), expiresAt: Math.floor(expiresAt), refs, id },
    };
  }
}
