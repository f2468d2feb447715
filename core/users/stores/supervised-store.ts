import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen, type IPolicy } from 'cockatiel';
import { UnavailableError } from '#core/kernel';
import { StoreBusyError } from './store-busy.js';
import type { UserStore } from './user-store.js';

/** When a store that cannot be reached is left alone: `[user_store_commons]`. */
export interface BreakerOptions {
  readonly enable_circuit_breaker: boolean;
  /** Failures in a row. */
  readonly max_connection_retry_count: number;
  /** Milliseconds. */
  readonly min_connection_retry_delay_in_milliseconds: number;
}

type Method = (...args: unknown[]) => unknown;

/**
 * Stands in front of a store over a network: knows which calls are under way, so that nobody closes it under them, and
 * leaves it alone for a while when it has failed too often.
 */
export class SupervisedStore {
  /** The store as others see it. */
  readonly store: UserStore;
  readonly #breaker: IPolicy | undefined;
  readonly #retryAfter: number;
  #running = 0;
  readonly #idle: (() => void)[] = [];

  constructor(
    private readonly inner: UserStore,
    { enable_circuit_breaker, ...breaker }: BreakerOptions,
  ) {
    const { max_connection_retry_count: failures, min_connection_retry_delay_in_milliseconds: delay } = breaker;
    this.#breaker =
      enable_circuit_breaker && !inner.inUnit
        ? circuitBreaker(
            handleWhen((error) => error instanceof UnavailableError && !(error instanceof StoreBusyError)),
            { halfOpenAfter: delay, breaker: new ConsecutiveBreaker(failures) },
          )
        : undefined;
    // Nobody waits for the server's own database, and each sign-in asks it.
    this.store = inner.inUnit ? inner : this.#guarded(inner);
    this.#retryAfter = Math.max(1, Math.ceil(delay / 1000));
  }

  /** Resolves when no call is under way. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Closes the store behind it. */
  close(): Promise<void> {
    return this.inner.close();
  }

  /** The same object with every method watched, and those of its capabilities. */
  #guarded<T extends object>(target: T): T {
    const known = new Map<PropertyKey, unknown>();
    // The proxy stands for an empty object, because one for a frozen object could not show anything else than it has.
    return new Proxy({} as T, {
      has: (_, name) => name in target,
      get: (_, name) => {
        if (known.has(name)) return known.get(name);
        const value = Reflect.get(target, name) as unknown;
        const shown = this.#shown(target, value);
        known.set(name, shown);
        return shown;
      },
    });
  }

  #shown(owner: object, value: unknown): unknown {
    if (typeof value === 'function')
      return (...args: unknown[]) => this.#call(() => Reflect.apply(value as Method, owner, args));
    return typeof value === 'object' && value !== null ? this.#guarded(value) : value;
  }

  async #call(method: () => unknown): Promise<unknown> {
    this.#running++;
    try {
      return await (this.#breaker ? this.#breaker.execute(method) : method());
    } catch (cause) {
      if (!(cause instanceof BrokenCircuitError)) throw cause;
      throw new UnavailableError('A user store cannot be reached. Try again later.', this.#retryAfter, { cause });
    } finally {
      this.#running--;
      if (this.#running === 0) for (const tell of this.#idle.splice(0)) tell();
    }
  }
}
