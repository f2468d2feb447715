import { type Logger, reasonOf } from '#core/kernel';

/** How often it is done, in milliseconds. */
const EVERY_MS = 60_000;

/** What is done at the start and every minute from then on, one after the other, until the server stops. */
export class StoreDuties {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(
    private readonly duties: readonly (() => Promise<unknown>)[],
    private readonly logger: Logger,
  ) {}

  /** Begins. */
  start(): void {
    this.#timer = setInterval(() => this.#begin(), EVERY_MS);
    this.#timer.unref();
    this.#begin();
  }

  /** Ends; waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  #begin(): void {
    this.#running ??= this.#all().finally(() => {
      this.#running = undefined;
    });
  }

  async #all(): Promise<void> {
    for (const duty of this.duties) {
      if (this.#stopped) return;
      try {
        await duty();
      } catch (error) {
        this.logger.warn({ err: reasonOf(error) }, 'a duty of the user stores failed; it is done again in a minute');
      }
    }
  }
}
