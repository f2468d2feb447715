import { type Clock, type Logger, type Registry, reasonOf, token } from '#core/kernel';
import type { Database } from '../database.js';
import { Lease } from './lease.js';
import type { ExpiredEntry, StateEnd, StateStore } from './state-store.js';

/** Injection token of the sweeper. */
export const StateSweeperToken = token<StateSweeper>('persistence.state-sweeper');

/** How many rows of expired entries are deleted at once. */
const PURGED = 2000;
/** How many entries are read at once whose end is waited for. */
const ENDED = 100;

/** Thrown in a unit of work to take it back: the entry has been taken by another node. */
class TakenByAnother extends Error {}

/** What a {@link StateSweeper} works with. */
export interface SweeperParts {
  readonly store: StateStore;
  readonly database: Database;
  readonly ends: Registry<StateEnd>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds from one round to the next. */
  readonly interval: number;
}

/**
 * Cleans up behind living state: deletes what has expired, and where somebody waits for the end of an entry
 * ({@link StateEnds}), takes it out in a unit of work with all that belongs to its end. One node at a time does so, a
 * bounded part at a time. Should two do it after all, each entry still ends once: only one of them can take it out.
 */
export class StateSweeper {
  readonly #lease: Lease;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> | undefined;
  #stopped = false;

  constructor(private readonly parts: SweeperParts) {
    this.#lease = new Lease(parts.store, 'state-sweep', () => parts.clock.now());
  }

  /** Begins to sweep from time to time. */
  start(): void {
    this.#stopped = false;
    this.#timer = setInterval(() => void this.sweep(), this.parts.interval);
    this.#timer.unref();
  }

  /** Ends it; waits for the part under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#sweeping;
  }

  /** One round, unless this or another node is at it. What goes wrong is noted in the log. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#round()
      .catch((error: unknown) => this.parts.logger.warn({ err: reasonOf(error) }, 'cleaning failed'))
      .finally(() => {
        this.#sweeping = undefined;
      });
    return this.#sweeping;
  }

  async #round(): Promise<void> {
    if (!(await this.#lease.take())) return;
    try {
      // First, so that little else that has expired lies between the entries that are looked for then.
      while ((await this.parts.store.removeExpired(PURGED)) >= PURGED) if (!(await this.#mayGoOn())) return;
      for (const kind of this.parts.ends.ids()) await this.#endAll(kind, this.parts.ends.get(kind));
    } finally {
      await this.#lease.release();
    }
  }

  async #mayGoOn(): Promise<boolean> {
    return !this.#stopped && (await this.#lease.extend());
  }

  /** Those that make trouble are left for the next round, and do not stop the others. */
  async #endAll(kind: string, end: StateEnd): Promise<void> {
    let left = 0;
    while (await this.#mayGoOn()) {
      const found = await this.parts.store.expired(kind, left, ENDED);
      for (const entry of found) if (this.#stopped || !(await this.#end(entry, end))) left++;
      if (found.length < ENDED) return;
    }
  }

  /** Returns whether the entry has ended. */
  async #end(entry: ExpiredEntry, end: StateEnd): Promise<boolean> {
    const { store, database, logger } = this.parts;
    try {
      await database.run(async () => {
        await end.ended(entry);
        // Last, because Redis does not go back with the unit of work.
        if (!(await store.apply([{ expire: entry.key }])).applied) throw new TakenByAnother();
      });
      return true;
    } catch (error) {
      if (error instanceof TakenByAnother) return false;
      const { orgId, kind } = entry.key;
      logger.warn({ orgId, kind, err: reasonOf(error) }, 'what has expired could not be ended yet');
      return false;
    }
  }
}
