import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { token } from '#core/kernel';
import type { RedisLink } from '#core/persistence';
import { TooManyRequestsError } from './errors.js';

/** Injection token of the rate limits. */
export const RateLimitsToken = token<RateLimits>('http.rate-limits');

/** What is limited. */
export interface RateLimitOptions {
  readonly enable_limits: boolean;
  readonly credentials_per_address: number;
  readonly credentials_per_account: number;
  /** Milliseconds. */
  readonly window: number;
}

/** Limits on tries of credentials: by address for all tries, by account for failed ones. Shared by nodes through Redis when there is one. */
export class RateLimits {
  #address: RateLimiterAbstract | undefined;
  #account: RateLimiterAbstract | undefined;

  constructor(
    private readonly options: RateLimitOptions,
    private readonly redis: RedisLink,
  ) {}

  /** Makes the counters; Redis has to be open. */
  start(): void {
    if (!this.options.enable_limits) return;
    this.#address = this.#limiter('address', this.options.credentials_per_address);
    this.#account = this.#limiter('account', this.options.credentials_per_account);
  }

  /** Counts a try from an address. Throws TooManyRequestsError. */
  async tryFrom(ip: string): Promise<void> {
    if (this.#address) await this.#consume(this.#address, ip);
  }

  /** Throws TooManyRequestsError when an account has had too many failures; counts nothing. */
  async checkAccount(account: string): Promise<void> {
    const state = await this.#account?.get(account);
    if (state && state.consumedPoints >= this.options.credentials_per_account)
      throw new TooManyRequestsError(Math.ceil(state.msBeforeNext / 1000));
  }

  /** Counts a failure for an account. */
  async failed(account: string): Promise<void> {
    await this.#account?.penalty(account);
  }

  /** Forgets the failures of an account. */
  async succeeded(account: string): Promise<void> {
    await this.#account?.delete(account);
  }

  async #consume(limiter: RateLimiterAbstract, key: string): Promise<void> {
    try {
      await limiter.consume(key);
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) throw new TooManyRequestsError(Math.ceil(refusal.msBeforeNext / 1000));
      throw refusal;
    }
  }

  #limiter(name: string, points: number): RateLimiterAbstract {
    const shared = {
      keyPrefix: `${this.redis.prefix}rate:${name}`,
      points,
      duration: Math.ceil(this.options.window / 1000),
    };
    const memory = new RateLimiterMemory(shared);
    if (!this.redis.configured) return memory;
    return new RateLimiterRedis({ ...shared, storeClient: this.redis.client, insuranceLimiter: memory });
  }
}
