import { LRUCache } from 'lru-cache';
import { inject, injectable } from 'tsyringe';
import {
  type Clock,
  ClockToken,
  type EventBus,
  EventBusToken,
  type Logger,
  LoggerToken,
  reasonOf,
  token,
} from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { IdentityDataRepository } from '../identity-data.repository.js';
import { type User, UserDeleted } from '../user.js';
import type { AccountGuard } from '../user-rules.js';

/** Injection token of {@link SignInTimes}. */
export const SignInTimesToken = token<SignInTimes>('users.sign-in-times');

type Owner = Pick<User, 'orgId' | 'id'>;

/** A user who signs in again within this time is not written again. */
const ONCE_IN_MS = 60_000;
const FLUSH_MS = 2000;
const REMEMBERED = 50_000;
/** Users in one unit of work. */
const BATCH = 200;

/**
 * When users have signed in last (`lastLogonTime`, `lastLoginTime`). Sign-ins only note it; it is written in batches,
 * every two seconds, and for one user at most once a minute. A node that dies loses two seconds of it.
 */
@injectable()
export class SignInTimes implements AccountGuard {
  readonly #written = new LRUCache<string, number>({ max: REMEMBERED });
  #pending = new Map<string, Owner & { readonly at: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(LoggerToken) private readonly logger: Logger,
    @inject(EventBusToken) events: EventBus,
  ) {
    events.participate(UserDeleted, ({ orgId, id }) => void this.#pending.delete(`${orgId}/${id}`));
  }

  /** Notes that a user has signed in. */
  note({ orgId, id }: Owner): void {
    const key = `${orgId}/${id}`;
    const at = this.clock.now();
    if (at - (this.#written.get(key) ?? Number.NEGATIVE_INFINITY) < ONCE_IN_MS) return;
    this.#written.set(key, at);
    this.#pending.set(key, { orgId, id, at });
  }

  async succeeded(user: User): Promise<void> {
    this.note(user);
  }

  /** Writes what has been noted. */
  async flush(): Promise<void> {
    const pending = [...this.#pending.values()];
    this.#pending = new Map();
    for (let from = 0; from < pending.length; from += BATCH) await this.#write(pending.slice(from, from + BATCH));
  }

  /** Begins to write by itself. */
  start(): void {
    this.#timer = setInterval(() => {
      this.flush().catch((error: unknown) =>
        this.logger.warn({ err: reasonOf(error) }, 'times of sign-ins could not be written'),
      );
    }, FLUSH_MS);
    this.#timer.unref();
  }

  /** Writes the rest and ends. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #write(users: readonly (Owner & { readonly at: number })[]): Promise<void> {
    await this.database.run(async () => {
      for (const { orgId, id, at } of users) {
        const time = String(at);
        await this.identityData.write(orgId, id, { lastLogonTime: time, lastLoginTime: time });
      }
    });
  }
}
