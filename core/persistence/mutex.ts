/** First come, first served: one piece of work at a time. */
export class Mutex {
  #tail: Promise<unknown> = Promise.resolve();
  #held = false;

  /** Whether a piece of work is under way at this moment. */
  get held(): boolean {
    return this.#held;
  }

  /** Runs `work` when everything that asked before has finished. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(async () => {
      this.#held = true;
      try {
        return await work();
      } finally {
        this.#held = false;
      }
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
