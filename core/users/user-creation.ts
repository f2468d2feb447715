import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken, masked } from '#core/audit';
import { ApiError } from '#core/http';
import { type Clock, ClockToken, type EventBus, EventBusToken } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { ClaimValues, type KeptClaims } from './claims/claim-values.js';
import { IdentityDataRepository } from './identity-data.repository.js';
import { RulesOfChanges } from './rules-of-changes.js';
import { UnfinishedUsers } from './stores/unfinished-users.js';
import type { UserStore } from './stores/user-store.js';
import { type User, type UserClaims, UserCreated } from './user.js';
import { located, UserLocator } from './user-locator.js';
import type { ChangedBy, RuleOutcome } from './user-rules.js';

/** A user to be made. */
export interface NewUser {
  /** `username` or `DOMAIN/username`. */
  readonly username: string;
  readonly password?: string | undefined;
  readonly claims?: UserClaims;
  readonly by?: ChangedBy;
}

/**
 * What belongs to the making of a user: runs in the unit of work that completes it, and calls `enter` there, which notes
 * the user. When it throws there is no user, whichever store it was made in.
 */
export type WithNewUser = (enter: () => Promise<User>) => Promise<User>;

/** What is written of a new user. */
interface Entry {
  readonly username: string;
  readonly password: string | undefined;
  readonly kept: KeptClaims;
  readonly outcome: RuleOutcome;
}

/** Makes users, all or nothing across the store and what the server keeps beside it. */
@injectable()
export class UserMaker {
  constructor(
    @inject(UserLocator) private readonly locator: UserLocator,
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(ClaimValues) private readonly values: ClaimValues,
    @inject(RulesOfChanges) private readonly rules: RulesOfChanges,
    @inject(UnfinishedUsers) private readonly unfinished: UnfinishedUsers,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(EventBusToken) private readonly events: EventBus,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /**
   * Makes a user.
   *
   * @param within what belongs into the unit of work that completes the user
   * @throws ApiError 409 when the name is taken, 400 when a rule or the store refuses something, or there is no such
   *   store, 403 when it is read-only; UnavailableError when it cannot be reached
   */
  async create(
    orgId: string,
    { username: name, password, claims = {}, by = 'server' }: NewUser,
    within: WithNewUser = (enter) => enter(),
  ): Promise<User> {
    const { stores, username: given } = await this.locator.named(orgId, name);
    const username = given.normalize('NFC');
    const store = stores[0] as UserStore;
    // Were it made in the primary store, it would be another user as soon as the store that was meant is there.
    if (given === name && /^[^/]+\//.test(name)) throw noSuchStore(name);
    const { writer, domain } = store;
    if (!writer) throw readOnly('Users cannot be made');
    const outcome = await this.rules.create({ orgId, username, domain, password, claims, by });
    const kept = await this.values.split(orgId, domain, { ...claims, ...outcome.claims });
    const entry = { username, password, kept, outcome };
    if (!store.inUnit) return this.#createElsewhere(orgId, store, entry, within);
    return this.database.run(() => within(async () => this.#enter(await write(orgId, store, uuid(), entry), entry)));
  }

  /** In a store over a network: what was written there is removed when the rest fails, be it after a crash. */
  async #createElsewhere(orgId: string, store: UserStore, entry: Entry, within: WithNewUser): Promise<User> {
    if (this.database.inUnit)
      throw new Error('a user of a store over a network cannot be made within a unit of work of the server');
    const unfinished = await this.unfinished.begin(orgId, store, entry.username);
    try {
      const user = await write(orgId, store, unfinished.id, entry).catch((error: unknown) => {
        throw error instanceof ApiError ? new RefusedByStore(error) : error;
      });
      return await this.database.run(() =>
        within(async () => {
          await this.unfinished.complete(unfinished);
          return this.#enter(user, entry);
        }),
      );
    } catch (error) {
      if (error instanceof RefusedByStore) {
        await this.unfinished.forget(unfinished);
        throw error.cause;
      }
      await this.unfinished.undo(unfinished);
      throw error;
    }
  }

  async #enter(user: User, { kept, password, outcome }: Entry): Promise<User> {
    const { orgId, id, username, domain } = user;
    await this.identityData.write(orgId, id, {
      ...kept.identity,
      ...(password === undefined ? {} : { lastPasswordUpdateTime: String(this.clock.now()) }),
    });
    await outcome.write?.(id);
    await this.audit.record({
      orgId,
      action: 'add-user',
      targetId: id,
      targetType: 'User',
      data: { username: masked(username), store: domain },
    });
    await this.events.publish(UserCreated, user);
    return user;
  }
}

/** The store did not take the user, and has written nothing. */
class RefusedByStore extends Error {
  constructor(override readonly cause: ApiError) {
    super(cause.message, { cause });
  }
}

async function write(orgId: string, store: UserStore, id: string, entry: Entry): Promise<User> {
  const { username, password, kept } = entry;
  if (!store.writer) throw readOnly('Users cannot be made');
  const stored = await store.writer.create(orgId, { id, username, password, attributes: kept.attributes });
  return located(orgId, stored, store).user;
}

/** What a read-only store is answered with. */
export const readOnly = (what: string) =>
  new ApiError('SUO-60001', 403, 'Invalid operation. User store is read only', `${what} in this user store.`);

const noSuchStore = (name: string) =>
  new ApiError('SUO-60007', 400, 'There is no such user store.', `The user store of ${name} is not there.`);
