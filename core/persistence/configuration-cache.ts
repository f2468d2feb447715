import { LRUCache } from 'lru-cache';
import { type Clock, type Logger, reasonOf, type Soon, token } from '#core/kernel';
import type { Dialect } from './data-source.js';
import type { Database } from './database.js';

/** Injection token of the caches of configuration. */
export const ConfigurationCachesToken = token<ConfigurationCaches>('persistence.configuration-caches');

/** How often a node looks for changes of other nodes, in milliseconds. */
const POLL_MS = 500;

const columns = 'INTO config_version (kind, version) VALUES (?, 0)';
/** The first change of a kind may happen on two nodes at once. */
const firstChange: Record<Dialect, string> = {
  sqlite: `INSERT OR IGNORE ${columns}`,
  mysql: `INSERT IGNORE ${columns}`,
  postgres: `INSERT ${columns} ON CONFLICT DO NOTHING`,
};

/** A cache of one kind of configuration on this node. */
export interface ConfigurationCache<V extends object> {
  /**
   * The cached value, at once; else what `load` gives. Concurrent loads of one key are merged. `undefined` is not cached.
   */
  get(key: string, load: () => Promise<V | undefined>): Soon<V | undefined>;
  /**
   * Call inside the unit of work that changes the kind: every node forgets it within a second of the commit. From here
   * to the commit no other unit that changes the kind goes on, on any node.
   */
  changed(): Promise<void>;
  /** Hits and misses since the start. */
  stats(): { readonly hits: number; readonly misses: number; readonly size: number };
}

/** Tells other nodes at once; the version row in the database tells them in any case. */
export interface ChangeSignal {
  send(kind: string): void;
}

/** All caches of configuration of one server. Values are immutable by convention: what is cached is shared. */
export class ConfigurationCaches {
  readonly #caches = new Map<string, { clear(): void; stats(): { hits: number; misses: number; size: number } }>();
  readonly #seen = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  signal: ChangeSignal | undefined;

  constructor(
    private readonly database: Database,
    readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Makes the cache of a kind. @param size entries at most */
  create<V extends object>(kind: string, size = 2000): ConfigurationCache<V> {
    const entries = new LRUCache<string, { readonly value: V }>({ max: size });
    const loading = new Map<string, Promise<V | undefined>>();
    const counts = { hits: 0, misses: 0 };
    let generation = 0;
    const clear = () => {
      generation++;
      entries.clear();
      loading.clear();
    };
    this.#caches.set(kind, { clear, stats: () => ({ ...counts, size: entries.size }) });
    const load = async (key: string, loader: () => Promise<V | undefined>) => {
      const begun = generation;
      const value = await loader();
      if (value !== undefined && generation === begun) entries.set(key, { value });
      return value;
    };
    return {
      get: (key, loader) => {
        if (this.database.inUnit) return loader();
        const hit = entries.get(key);
        if (hit) {
          counts.hits++;
          return hit.value;
        }
        counts.misses++;
        let pending = loading.get(key);
        if (!pending) {
          const mine = load(key, loader).finally(() => {
            // A change meanwhile has let others begin a newer load, which stays the one to join.
            if (loading.get(key) === mine) loading.delete(key);
          });
          pending = mine;
          loading.set(key, pending);
        }
        return pending;
      },
      changed: () => this.#changed(kind),
      stats: () => ({ ...counts, size: entries.size }),
    };
  }

  /** Hits, misses and size of each cache. */
  stats(): Record<string, { readonly hits: number; readonly misses: number; readonly size: number }> {
    return Object.fromEntries([...this.#caches].map(([kind, cache]) => [kind, cache.stats()]));
  }

  /** Forgets everything of a kind on this node. */
  forget(kind: string): void {
    this.#caches.get(kind)?.clear();
  }

  /** Begins to look for the changes of other nodes. */
  async start(): Promise<void> {
    await this.#poll(true);
    this.#timer = setInterval(() => {
      this.#poll(false).catch((error: unknown) =>
        this.logger.warn({ err: reasonOf(error) }, 'cannot look for configuration changes'),
      );
    }, POLL_MS);
    this.#timer.unref();
  }

  /** Ends it. */
  stop(): void {
    clearInterval(this.#timer);
  }

  async #changed(kind: string): Promise<void> {
    await this.database.run(async () => {
      const { sql, dialect } = this.database;
      const count = () => sql.run('UPDATE config_version SET version = version + 1 WHERE kind = ?', [kind]);
      if ((await count()) === 0) {
        await sql.run(firstChange[dialect], [kind]);
        await count();
      }
      await this.database.afterCommit(() => {
        this.forget(kind);
        this.signal?.send(kind);
      });
    });
  }

  async #poll(first: boolean): Promise<void> {
    const rows = await this.database.sql.all<{ kind: string; version: number }>(
      'SELECT kind, version FROM config_version',
      [],
    );
    for (const { kind, version } of rows) {
      if (!first && this.#seen.get(kind) !== version) this.forget(kind);
      this.#seen.set(kind, version);
    }
  }
}
