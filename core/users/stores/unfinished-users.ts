import { inject, injectable } from 'tsyringe';
import { LessThanOrEqual } from 'typeorm';
import { v4 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken, masked } from '#core/audit';
import { sha256Hex } from '#core/crypto';
import { ApiError } from '#core/http';
import { type Clock, ClockToken, type Logger, LoggerToken, reasonOf, token, UnavailableError } from '#core/kernel';
import { type Database, DatabaseToken, isDuplicate } from '#core/persistence';
import { UnfinishedUserEntity } from './unfinished-user.entity.js';
import type { StoredUser, UserStore } from './user-store.js';
import { type UserStores, UserStoresToken } from './user-stores.js';
import { folded } from './value-keys.js';

/** Injection token of {@link UnfinishedUsers}. */
export const UnfinishedUsersToken = token<UnfinishedUsers>('users.unfinished-users');

/** A user in the making, by what a crash would leave behind. */
export type UnfinishedUser = Readonly<UnfinishedUserEntity>;

/** How long the making of a user may take before it counts as abandoned, in milliseconds. */
const ABANDONED_MS = 2 * 60_000;
/** How long a node may take to clear one, in milliseconds; as long after a failure it is tried again. */
const LEASE_MS = 60_000;
/** How many are cleared in one go. */
const BATCH = 50;

/**
 * Users who are being made in stores over a network. What is written there cannot be in the server's unit of work, so a
 * row tells of it beforehand: whoever finds it later, because the server has died in between, removes what was written.
 */
@injectable()
export class UnfinishedUsers {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(LoggerToken) private readonly logger: Logger,
  ) {}

  /**
   * Makes known that a user is about to be written. Of one name in one store one is made at a time, so what the store
   * has under the name afterwards is what this attempt has written.
   *
   * @throws ApiError 409 when the store has the name already, UnavailableError while another attempt is not over
   */
  async begin(orgId: string, store: UserStore, username: string): Promise<UnfinishedUser> {
    const { domain } = store;
    const nameKey = sha256Hex(folded(username));
    const begun = { id: uuid(), orgId, domain, username, nameKey, state: 'begun' as const };
    const dueAt = this.clock.now() + ABANDONED_MS;
    try {
      await this.database.run(() => this.database.manager.insert(UnfinishedUserEntity, { ...begun, dueAt }));
    } catch (cause) {
      if (!isDuplicate(cause)) throw cause;
      throw new UnavailableError(`The user ${username} is being made already. Try again later.`, 30, { cause });
    }
    try {
      // Only from here on the name is this attempt's: before, another may have made the user and ended.
      if (await store.lookup.byUsername(orgId, username)) throw nameTaken(username);
      await this.database.run(() =>
        this.database.manager.update(UnfinishedUserEntity, { id: begun.id }, { state: 'writing' }),
      );
    } catch (error) {
      await this.forget(begun);
      throw error;
    }
    return { ...begun, state: 'writing', dueAt };
  }

  /**
   * Within the unit of work that completes the user: nothing is to be removed any more.
   *
   * @throws UnavailableError when it has taken so long that it counts as abandoned
   */
  async complete({ id }: UnfinishedUser): Promise<void> {
    const { affected } = await this.database.manager.delete(UnfinishedUserEntity, { id, state: 'writing' });
    if (affected === 0) throw new UnavailableError('The user store was too slow. Try again later.', 30);
  }

  /** Nothing was written. */
  async forget({ id }: Pick<UnfinishedUser, 'id'>): Promise<void> {
    await this.database.run(() => this.database.manager.delete(UnfinishedUserEntity, { id }));
  }

  /**
   * The user is not to be: removes what the store has, later if need be. Not to be called when the store has refused the
   * user, for then what it has under the name is somebody else. Never throws.
   */
  async undo(unfinished: UnfinishedUser): Promise<void> {
    const { id, orgId, domain } = unfinished;
    const next = { state: 'undoing' as const, dueAt: this.clock.now() + LEASE_MS };
    try {
      const { affected } = await this.database.run(() =>
        this.database.manager.update(UnfinishedUserEntity, { id }, next),
      );
      // Without a row the user is complete after all, or another node has removed it.
      if (affected === 1) await this.#clear({ ...unfinished, ...next });
    } catch (error) {
      this.logger.warn({ orgId, store: domain, err: reasonOf(error) }, 'a half-made user cannot be removed yet');
    }
  }

  /** Clears what others have left behind. Safe on every node at once. Returns how many attempts are settled. */
  async sweep(): Promise<number> {
    const due = await this.database.manager.find(UnfinishedUserEntity, {
      where: { dueAt: LessThanOrEqual(this.clock.now()) },
      order: { dueAt: 'ASC' },
      take: BATCH,
    });
    let settled = 0;
    for (const one of due) if ((await this.#lease(one)) && (await this.#clear(one))) settled++;
    return settled;
  }

  /** Whether it is this node that clears it; from then on it cannot be completed. */
  async #lease({ id, dueAt, state }: UnfinishedUserEntity): Promise<boolean> {
    const next = { state: state === 'begun' ? state : ('undoing' as const), dueAt: this.clock.now() + LEASE_MS };
    const { affected } = await this.database.run(() =>
      this.database.manager.update(UnfinishedUserEntity, { id, dueAt, state }, next),
    );
    return affected === 1;
  }

  /** Returns whether it is settled; if not, it stays for the next sweep. */
  async #clear({ id, orgId, domain, username, state }: UnfinishedUser): Promise<boolean> {
    try {
      const store = state === 'begun' ? undefined : await this.#storeOf(orgId, domain);
      const stored = await store?.lookup.byUsername(orgId, username);
      if (store && stored) await this.#remove(orgId, store, stored);
      await this.forget({ id });
      return true;
    } catch (error) {
      this.logger.warn({ orgId, store: domain, err: reasonOf(error) }, 'a half-made user cannot be removed yet');
      return false;
    }
  }

  async #storeOf(orgId: string, domain: string): Promise<UserStore> {
    const store = await this.stores.find(orgId, domain);
    if (!store?.writer) throw new Error('the store is switched off, or read-only now');
    return store;
  }

  async #remove(orgId: string, store: UserStore, { id, username }: StoredUser): Promise<void> {
    await store.writer?.delete(orgId, id);
    await this.audit.record({
      orgId,
      action: 'undo-add-user',
      initiatorType: 'System',
      targetId: id,
      targetType: 'User',
      data: { username: masked(username), store: store.domain },
    });
  }
}

const nameTaken = (username: string) =>
  new ApiError('SUO-60006', 409, 'The user exists.', `There is a user with the name ${username}.`);
