import { UnavailableError } from '#core/kernel';

/** Lets few run and some wait; refuses beyond that, so that a flood of sign-ins cannot take the server down. */
export class WorkQueue {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /**
   * @param concurrency how many run at once
   * @param limit how many may wait
   */
  constructor(
    private readonly concurrency: number,
    private readonly limit: number,
  ) {}

  /** Runs `work` when it is its turn. Throws UnavailableError at once when too many wait. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.concurrency) {
      if (this.#waiting.length >= this.limit)
        throw new UnavailableError('The server is busy. Try again in a moment.', 2);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }
}
