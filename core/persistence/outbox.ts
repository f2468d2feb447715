import { LessThanOrEqual } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { type Clock, extensionPoint, GatehouseError, type Logger, type Registry, reasonOf, token } from '#core/kernel';
import type { Database } from './database.js';
import { OutboxMessageEntity } from './tables.entity.js';

/** A duty as its handler gets it. */
export interface OutboxDelivery {
  /** Idempotency key: the same at every attempt. */
  readonly id: string;
  readonly orgId: string;
  readonly payload: unknown;
  /** 1 at the first attempt. */
  readonly attempt: number;
}

/** Delivers the duties of one topic; throws when the delivery has to be tried again. */
export interface OutboxHandler {
  deliver(delivery: OutboxDelivery): Promise<void>;
  /** Called when a duty is given up, within the unit of work that marks it dead. */
  gaveUp?(delivery: OutboxDelivery, reason: string): Promise<void>;
}

/** Thrown by a handler when no further attempt can succeed: the duty is dead at once. The message is for operators. */
export class UndeliverableError extends GatehouseError {
  override readonly name = 'UndeliverableError';

  constructor(message: string, options?: ErrorOptions) {
    super('undeliverable', message, options);
  }
}

/** Handlers by topic. */
export const OutboxHandlers = extensionPoint<OutboxHandler>('outbox-handlers');

/** Injection token of the outbox. */
export const OutboxToken = token<Outbox>('persistence.outbox');

/** Settings of the delivery, times in milliseconds. */
export interface OutboxOptions {
  readonly enable_delivery: boolean;
  readonly poll_interval: number;
  readonly lease: number;
  readonly max_attempts: number;
}

/** Delay before the next attempt: 1 s, 2 s, 4 s ... at most an hour. */
const backOff = (attempts: number) => Math.min(1000 * 2 ** (attempts - 1), 3_600_000);

/**
 * What must not be lost: written in the transaction of the change that caused it, delivered at least once by whichever
 * node leases it first, tried again with growing delay, dead (and visible) after the last attempt.
 */
export class Outbox {
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #stopped = true;

  constructor(
    private readonly database: Database,
    private readonly handlers: Registry<OutboxHandler>,
    private readonly options: OutboxOptions,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Adds a duty to the unit of work in progress. Returns its idempotency key. */
  async add(orgId: string, topic: string, payload: unknown): Promise<string> {
    this.handlers.get(topic);
    const now = this.clock.now();
    const message = {
      id: uuid(),
      orgId,
      topic,
      payload,
      status: 'pending' as const,
      attempts: 0,
      nextAt: now,
      lastError: null,
      createdAt: now,
    };
    await this.database.run(async () => {
      await this.database.manager.insert(OutboxMessageEntity, message as never);
      await this.database.afterCommit(() => this.#wake());
    });
    return message.id;
  }

  /** Duties of an organization, newest first; those that are dead only when asked so; of one topic or of all. */
  async list(orgId: string, status: 'pending' | 'dead', limit: number, topic?: string): Promise<OutboxMessageEntity[]> {
    return this.database.manager.find(OutboxMessageEntity, {
      where: { orgId, status, ...(topic === undefined ? {} : { topic }) },
      order: { createdAt: 'DESC' },
      take: limit,
    });
  }

  /** Gives a dead duty, of one topic or of any, a fresh set of attempts. Returns whether there was one. */
  async retry(orgId: string, id: string, topic?: string): Promise<boolean> {
    return this.database.run(async () => {
      const { affected } = await this.database.manager.update(
        OutboxMessageEntity,
        { orgId, id, status: 'dead', ...(topic === undefined ? {} : { topic }) },
        { status: 'pending', attempts: 0, nextAt: this.clock.now() },
      );
      await this.database.afterCommit(() => this.#wake());
      return (affected ?? 0) > 0;
    });
  }

  /** Forgets a dead duty of a topic. Returns whether there was one. */
  async discard(orgId: string, id: string, topic: string): Promise<boolean> {
    const { affected } = await this.database.run(() =>
      this.database.manager.delete(OutboxMessageEntity, { orgId, id, topic, status: 'dead' }),
    );
    return (affected ?? 0) > 0;
  }

  /** Begins to deliver. */
  start(): void {
    if (!this.options.enable_delivery) return;
    this.#stopped = false;
    this.#timer = setInterval(() => this.#wake(), this.options.poll_interval);
    this.#timer.unref();
  }

  /** Ends delivering; waits for the one under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#working;
  }

  #wake(): void {
    if (this.#stopped || this.#working) return;
    this.#working = this.#drain()
      .catch((error: unknown) => this.logger.warn({ err: reasonOf(error) }, 'the outbox cannot deliver'))
      .finally(() => {
        this.#working = undefined;
      });
  }

  async #drain(): Promise<void> {
    while (!this.#stopped) {
      const message = await this.#lease();
      if (!message) return;
      await this.#deliver(message);
    }
  }

  /** Takes the next due duty for as long as the lease lasts; no other node sees it as due meanwhile. */
  async #lease(): Promise<OutboxMessageEntity | undefined> {
    return this.database.run(async () => {
      const { manager, dialect } = this.database;
      const message = await manager.findOne(OutboxMessageEntity, {
        where: { status: 'pending', nextAt: LessThanOrEqual(this.clock.now()) },
        order: { nextAt: 'ASC' },
        ...(dialect === 'sqlite' ? {} : { lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' } as const }),
      });
      if (!message) return undefined;
      const leased = { attempts: message.attempts + 1, nextAt: this.clock.now() + this.options.lease };
      await manager.update(OutboxMessageEntity, { id: message.id }, leased);
      return Object.assign(message, leased);
    });
  }

  async #deliver(message: OutboxMessageEntity): Promise<void> {
    const { id, orgId, topic, payload, attempts } = message;
    const delivery = { id, orgId, payload, attempt: attempts };
    try {
      await this.handlers.get(topic).deliver(delivery);
      await this.database.run(() => this.database.manager.delete(OutboxMessageEntity, { id }));
    } catch (error) {
      const dead = attempts >= this.options.max_attempts || error instanceof UndeliverableError;
      this.logger.warn({ outboxId: id, topic, attempts, dead, err: reasonOf(error) }, 'a delivery failed');
      const after = {
        status: dead ? ('dead' as const) : ('pending' as const),
        nextAt: this.clock.now() + backOff(attempts),
        lastError: reasonOf(error),
      };
      await this.database.run(async () => {
        await this.database.manager.update(OutboxMessageEntity, { id }, after);
        if (dead) await this.handlers.find(topic)?.gaveUp?.(delivery, after.lastError);
      });
    }
  }
}
