import { token } from './container.js';
import { reasonOf } from './errors.js';
import type { Logger } from './logger.js';

/** A typed domain event: something that has happened. */
export interface EventType<T> {
  /** Dotted past-tense name: `user.created`. */
  readonly id: string;
  readonly __type?: T;
}

/** Declares a domain event. */
export function eventType<T>(id: string): EventType<T> {
  return { id };
}

type Handler<T> = (payload: T) => void | Promise<void>;

function add<T>(handlers: Map<string, Handler<never>[]>, type: EventType<T>, handler: Handler<T>): void {
  const before = handlers.get(type.id) ?? [];
  handlers.set(type.id, [...before, handler as Handler<never>]);
}

/** Injection token of the server's event bus. */
export const EventBusToken = token<EventBus>('kernel.events');

/**
 * In-process publish and subscribe. Participants run within the unit of work that publishes. Subscribers run after the unit of work that published has committed and cannot
 * fail it; what must survive a crash goes to the outbox of `core/persistence` instead.
 */
export class EventBus {
  readonly #handlers = new Map<string, Handler<never>[]>();
  readonly #participants = new Map<string, Handler<never>[]>();
  #defer: ((deliver: () => Promise<void>) => boolean) | undefined;

  constructor(private readonly logger: Logger) {}

  /** Calls `handler` with each event of the type, after the commit. */
  subscribe<T>(type: EventType<T>, handler: Handler<T>): void {
    add(this.#handlers, type, handler);
  }

  /**
   * Calls `handler` with each event of the type at once, within the unit of work that publishes it: what it writes is
   * committed with the rest or not at all, and its failure fails the unit. For what must not be missing after a crash.
   */
  participate<T>(type: EventType<T>, handler: Handler<T>): void {
    add(this.#participants, type, handler);
  }

  /** Announces an event. Inside a unit of work it is delivered after the commit and dropped by a rollback. */
  async publish<T>(type: EventType<T>, payload: T): Promise<void> {
    for (const handler of this.#participants.get(type.id) ?? []) await (handler as Handler<T>)(payload);
    const deliver = () => this.#deliver(type, payload);
    if (this.#defer?.(deliver)) return;
    await deliver();
  }

  /** Lets persistence hold deliveries until commit: the function returns true when it took the delivery. */
  deferWith(defer: (deliver: () => Promise<void>) => boolean): void {
    this.#defer = defer;
  }

  async #deliver<T>(type: EventType<T>, payload: T): Promise<void> {
    for (const handler of this.#handlers.get(type.id) ?? []) {
      try {
        await (handler as Handler<T>)(payload);
      } catch (error) {
        this.logger.error({ event: type.id, err: reasonOf(error) }, 'a subscriber failed');
      }
    }
  }
}
