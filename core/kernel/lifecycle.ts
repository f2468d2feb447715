import { BootError, reasonOf } from './errors.js';
import type { RunningPlugin } from './plugin.js';

/** Starts plugins in order, stops them in exact reverse, each within a time limit. */
export class Lifecycle {
  readonly #running: { readonly id: string; readonly plugin: RunningPlugin }[] = [];

  /** @param limitMs how long one `start` or `stop` may take, in milliseconds */
  constructor(private readonly limitMs: number) {}

  /** Starts all; when one fails, stops what had started (the failed one too) and throws a BootError. */
  async start(plugins: Iterable<readonly [id: string, plugin: RunningPlugin]>): Promise<void> {
    for (const [id, plugin] of plugins) {
      this.#running.push({ id, plugin });
      try {
        await this.#within(id, 'start', plugin.start?.());
      } catch (cause) {
        const unwinding = await this.stop().catch((error: unknown) => error);
        const also = unwinding instanceof AggregateError ? `; then ${unwinding.errors.map(reasonOf).join('; ')}` : '';
        throw new BootError(`plugin ${id} did not start: ${reasonOf(cause)}${also}`, { cause });
      }
    }
  }

  /** Stops all that runs. Every stop is tried; failures are thrown together at the end. */
  async stop(): Promise<void> {
    const failures: Error[] = [];
    for (const { id, plugin } of this.#running.splice(0).reverse()) {
      try {
        await this.#within(id, 'stop', plugin.stop?.());
      } catch (cause) {
        failures.push(new Error(`plugin ${id} did not stop: ${reasonOf(cause)}`, { cause }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map((failure) => failure.message).join('; '));
  }

  async #within(id: string, phase: string, work: void | Promise<void>): Promise<void> {
    if (!work) return;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${phase} of ${id} took more than ${this.limitMs} ms`)), this.limitMs);
    });
    try {
      await Promise.race([work, limit]);
    } finally {
      clearTimeout(timer);
    }
  }
}
