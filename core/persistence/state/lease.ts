import { randomUUID } from 'node:crypto';
import { consume, type StateKey, type StateStore } from './state-store.js';

/** How long a lease lasts unless it is extended, in milliseconds. */
const LEASE_MS = 60_000;

/** Leases belong to no organization. */
const leaseKey = (name: string): StateKey => ({ orgId: '', kind: 'lease', id: name });

/** The right to do something that one node does at a time. A node that dies loses it by and by. */
export class Lease {
  readonly #owner = randomUUID();

  constructor(
    private readonly store: StateStore,
    private readonly name: string,
    private readonly now: () => number,
  ) {}

  /** Takes it, unless another node has it. */
  async take(): Promise<boolean> {
    const entry = { ...leaseKey(this.name), value: this.#owner, expiresAt: this.now() + LEASE_MS };
    return (await this.store.apply([{ claim: entry }])).applied;
  }

  /** Begins its time anew. Returns false when another node has it now. */
  async extend(): Promise<boolean> {
    const held = await this.store.update<string>(leaseKey(this.name), (owner) =>
      owner === this.#owner ? { value: owner, expiresAt: this.now() + LEASE_MS } : undefined,
    );
    return held === this.#owner;
  }

  /** Gives it back. */
  async release(): Promise<void> {
    if (await this.extend()) await consume(this.store, leaseKey(this.name));
  }
}
