import type { Redis } from 'ioredis';
import { BootError, type Logger, reasonOf, token } from '#core/kernel';
import type { ChangeSignal, ConfigurationCaches } from './configuration-cache.js';

/** Injection token of the connection to Redis, for rooms that can use one. */
export const RedisToken = token<RedisLink>('persistence.redis');

/** The connection to Redis, when the operator has configured one. Loaded and opened only then. */
export class RedisLink {
  #client: Redis | undefined;
  #subscriber: Redis | undefined;

  constructor(
    private readonly url: string | undefined,
    readonly prefix: string,
    private readonly logger: Logger,
  ) {}

  /** Whether there is one. */
  get configured(): boolean {
    return this.url !== undefined;
  }

  /** The client; throws when none is configured or it is not open. */
  get client(): Redis {
    if (!this.#client) throw new BootError('this needs a Redis server: set url in [redis]');
    return this.#client;
  }

  /** Connects. */
  async open(): Promise<void> {
    if (this.url === undefined) return;
    const { Redis: Client } = await import('ioredis');
    this.#client = new Client(this.url, { lazyConnect: true, maxRetriesPerRequest: 2, connectTimeout: 5000 });
    this.#client.on('error', (error) => this.logger.warn({ err: reasonOf(error) }, 'Redis'));
    await this.#client.connect().catch((cause: unknown) => {
      throw new BootError(`the Redis server of [redis] cannot be reached: ${reasonOf(cause)}`, { cause });
    });
  }

  /** Sends and receives the news that configuration has changed. */
  async shareChanges(caches: ConfigurationCaches): Promise<void> {
    if (!this.#client) return;
    const channel = `${this.prefix}changes`;
    const client = this.#client;
    this.#subscriber = client.duplicate();
    this.#subscriber.on('error', (error) => this.logger.warn({ err: reasonOf(error) }, 'Redis'));
    this.#subscriber.on('message', (_, kind: string) => caches.forget(kind));
    await this.#subscriber.subscribe(channel);
    const signal: ChangeSignal = { send: (kind) => void client.publish(channel, kind).catch(() => undefined) };
    caches.signal = signal;
  }

  /** Disconnects. */
  async close(): Promise<void> {
    this.#subscriber?.disconnect();
    await this.#client?.quit().catch(() => undefined);
  }
}
