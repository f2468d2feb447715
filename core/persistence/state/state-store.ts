import { extensionPoint, type Soon, token } from '#core/kernel';

/** Injection token of the store of living state. */
export const StateStoreToken = token<StateStore>('persistence.state-store');

/** Names one entry. */
export interface StateKey {
  readonly orgId: string;
  /** What it is: `session`, `authorization-code`. At most 32 characters. */
  readonly kind: string;
  /** At most 128 characters. Secrets (codes, tokens) never are an id: their hash is. */
  readonly id: string;
}

/** One entry. It always expires. */
export interface StateEntry extends StateKey {
  /** Anything that survives JSON. */
  readonly value: unknown;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /**
   * Further names under which entries of this kind can be found together: `user:4711`. A name once given to an id stays
   * with the id until it expires, so an id is not used again for something else.
   */
  readonly refs?: readonly string[];
}

/** One change of a batch. */
export type StateChange =
  /** Takes the entry out; when there is none, the whole batch does nothing. */
  | { readonly consume: StateKey }
  /** Leaves the entry where it is; when there is none, or another batch takes it out first, the whole batch does nothing. */
  | { readonly require: StateKey }
  /** Writes only if there is no such entry; when there is one, the whole batch does nothing. */
  | { readonly claim: StateEntry }
  /** Writes, replacing. */
  | { readonly put: StateEntry }
  | { readonly remove: StateKey }
  /** Takes an expired entry out that was kept for its end ({@link StateEnds}); when there is none, the whole batch does nothing. */
  | { readonly expire: StateKey };

/** An entry whose time is over. */
export interface ExpiredEntry {
  readonly key: StateKey;
  readonly value: unknown;
}

/** Does what belongs to the end of entries of a kind whose time is over, such as telling others. */
export interface StateEnd {
  /**
   * Called once for each such entry, on one node, in the unit of work that takes the entry out. What it throws takes the
   * unit back, and the entry comes again with the next round.
   */
  ended(entry: ExpiredEntry): Promise<void>;
}

/** What is done at the end of entries, by their kind. Entries of other kinds just vanish. */
export const StateEnds = extensionPoint<StateEnd>('state-ends');

/** How long an expired entry is kept for its end at most, in milliseconds: while no node runs, or its end fails. */
export const KEPT_FOR_END_MS = 7 * 86_400_000;

/** What became of a batch. */
export interface StateOutcome {
  readonly applied: boolean;
  /** Values of the `consume` changes, in order; empty when not applied. */
  readonly consumed: readonly unknown[];
}

/**
 * Home of everything that lives for a while: sessions, codes, tokens, login contexts, counters. On SQL or Redis, with
 * one contract suite for both. A call that has returned is durable.
 */
export interface StateStore {
  /** The value, unless it is absent or expired. SQLite has it at once. */
  get<T>(key: StateKey): Soon<T | undefined>;
  /** Applies all changes or none, atomically against every other node. */
  apply(changes: readonly StateChange[]): Promise<StateOutcome>;
  /** Replaces the value by what `change` returns, or leaves it when that is undefined; retried when another node was faster. */
  update<T>(key: StateKey, change: (value: T) => Omit<StateEntry, keyof StateKey> | undefined): Promise<T | undefined>;
  /** Entries of a kind that carry the reference. */
  findByRef<T>(orgId: string, kind: string, ref: string): Promise<{ id: string; value: T }[]>;
  /**
   * All entries of a kind, a part at a time, in no order; one that changes meanwhile may come twice or not at all. Reads
   * everything: for administrators, never for the way of a sign-in.
   */
  scan<T>(orgId: string, kind: string): AsyncIterable<{ id: string; value: T }>;
  /** Removes entries of a kind that carry the reference; returns how many. */
  removeByRef(orgId: string, kind: string, ref: string): Promise<number>;
  /**
   * Entries of a kind that have expired and are kept for their end, those of the earliest end first.
   *
   * @param skip how many of them to leave out
   */
  expired(kind: string, skip: number, limit: number): Promise<ExpiredEntry[]>;
  /** Deletes what has expired, a part of at most `limit` entries; returns how many rows that were. */
  removeExpired(limit: number): Promise<number>;
  /** Adds one to a counter that lives for `ttlMs` from its first increment; returns the new count. */
  increment(key: StateKey, ttlMs: number): Promise<number>;
}

/** Takes an entry out; undefined when it is not there (any more). Of many callers exactly one gets it. */
export async function consume<T>(store: StateStore, key: StateKey): Promise<T | undefined> {
  const outcome = await store.apply([{ consume: key }]);
  return outcome.applied ? (outcome.consumed[0] as T) : undefined;
}

/** Writes an entry unless one is there; true when it was written. For one-time values such as `jti`. */
export async function claim(store: StateStore, entry: StateEntry): Promise<boolean> {
  return (await store.apply([{ claim: entry }])).applied;
}
