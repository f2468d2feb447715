import { type Logger, reasonOf } from '#core/kernel';
import type { SupervisedStore } from './supervised-store.js';

/** How long requests that have a store in hand may go on with it, in milliseconds. */
const GRACE_MS = 30_000;

/** Instances of stores whose settings have changed: closed when the requests that use them are through. */
export class RetiredStores {
  readonly #waiting = new Map<SupervisedStore, NodeJS.Timeout>();

  constructor(
    private readonly logger: Logger,
    private readonly graceMs = GRACE_MS,
  ) {}

  /** Closes an instance once no call is under way and requests have had their time. */
  retire(store: SupervisedStore): void {
    const timer = setTimeout(() => {
      void store.idle().then(() => this.#close(store));
    }, this.graceMs);
    timer.unref();
    this.#waiting.set(store, timer);
  }

  /** Closes all that wait, at once. */
  async closeAll(): Promise<void> {
    for (const store of [...this.#waiting.keys()]) await this.#close(store);
  }

  async #close(store: SupervisedStore): Promise<void> {
    const timer = this.#waiting.get(store);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#waiting.delete(store);
    try {
      await store.close();
    } catch (error) {
      this.logger.warn({ err: reasonOf(error) }, 'a user store could not be closed');
    }
  }
}
