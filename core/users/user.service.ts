import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken, masked } from '#core/audit';
import { ApiError } from '#core/http';
import {
  type Clock,
  ClockToken,
  EventBus,
  EventBusToken,
  type Soon,
  token,
  UnavailableError,
  whenThere,
} from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { AccountChecks } from './account-checks.js';
import { ClaimValues, type KeptClaims } from './claims/claim-values.js';
import { IdentityDataRepository } from './identity-data.repository.js';
import { RulesOfChanges } from './rules-of-changes.js';
import type { StoredGroup, UserStore } from './stores/user-store.js';
import { type UserStores, UserStoresToken } from './stores/user-stores.js';
import { type User, type UserClaims, UserCreated, UserCredentialsChanged, UserDeleted } from './user.js';
import { type LocatedUser, located, UserLocator } from './user-locator.js';
import type { AccountProblem, ChangedBy, RuleOutcome } from './user-rules.js';

/** Injection token of the users. */
export const UserServiceToken = token<UserService>('users.service');

/** What an attempt to sign in by password came to. */
export type AuthenticationOutcome =
  | { readonly outcome: 'authenticated'; readonly user: User }
  | {
      readonly outcome: 'rejected';
      readonly reason: 'unknown_user' | 'bad_credential' | AccountProblem;
      readonly user?: User;
    };

/** A user to be made. */
export interface NewUser {
  /** `username` or `DOMAIN/username`. */
  readonly username: string;
  readonly password?: string | undefined;
  readonly claims?: UserClaims;
  readonly by?: ChangedBy;
}

const readOnly = (what: string) =>
  new ApiError('SUO-60001', 403, 'Invalid operation. User store is read only', `${what} in this user store.`);

/** Users of all stores. */
@injectable()
export class UserService {
  constructor(
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(UserLocator) private readonly locator: UserLocator,
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(ClaimValues) private readonly values: ClaimValues,
    @inject(RulesOfChanges) private readonly rules: RulesOfChanges,
    @inject(AccountChecks) private readonly accounts: AccountChecks,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(EventBusToken) private readonly events: EventBus,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** A user by id, in whichever store it is. */
  findById(orgId: string, id: string): Soon<User | undefined> {
    return whenThere(this.locator.byId(orgId, id), (found) => found?.user);
  }

  /** A user by `username` or `DOMAIN/username`; without a domain the primary store comes first. */
  async findByUsername(orgId: string, name: string): Promise<User | undefined> {
    return (await this.locator.byUsername(orgId, name))?.user;
  }

  /**
   * Checks a password, then the state of the account. Takes equally long for users that do not exist.
   *
   * @throws UnavailableError when nobody was found and a store could not be asked
   */
  async authenticate(orgId: string, name: string, password: string): Promise<AuthenticationOutcome> {
    const { stores, username } = await this.locator.named(orgId, name);
    let rejected: AuthenticationOutcome = { outcome: 'rejected', reason: 'unknown_user' };
    let away: UnavailableError | undefined;
    for (const store of stores) {
      try {
        const found = await store.credentials?.verify(orgId, username, password);
        if (found?.outcome === 'accepted') return await this.#checkState(located(orgId, found.user, store).user);
        if (found?.user) {
          const { user } = located(orgId, found.user, store);
          const reason = found.reason === 'unknown_user' ? 'bad_credential' : found.reason;
          rejected = { outcome: 'rejected', reason, user };
        }
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        away ??= error;
      }
    }
    if (rejected.user && rejected.reason === 'bad_credential') await this.accounts.failed(rejected.user);
    if (away && !rejected.user) throw away;
    return rejected;
  }

  /** Whether the account may be used at all. */
  isUsable(user: User): Soon<boolean> {
    return whenThere(this.accounts.check(user), (problem) => problem === undefined);
  }

  /**
   * Makes a user; all or nothing across store and identity data.
   *
   * @throws ApiError 409 when the name is taken, 400 when a rule or the store refuses something, 403 when it is read-only
   */
  async create(orgId: string, { username: name, password, claims = {}, by = 'server' }: NewUser): Promise<User> {
    const { stores, username } = await this.locator.named(orgId, name);
    const store = stores[0] as UserStore;
    if (!store.writer) throw readOnly('Users cannot be made');
    const { writer, domain } = store;
    const outcome = await this.rules.create({ orgId, username, domain, password, claims, by });
    const kept = await this.values.split(orgId, domain, { ...claims, ...outcome.claims });
    const stored = () =>
      writer.create(orgId, { id: uuid(), username, password, attributes: kept.attributes }).then((user) => {
        return located(orgId, user, store).user;
      });
    const entered = (user: User) => this.#enter(user, kept, password !== undefined, outcome);
    if (store.inUnit) return this.database.run(async () => entered(await stored()));
    const user = await stored();
    try {
      return await this.database.run(() => entered(user));
    } catch (error) {
      await writer.delete(orgId, user.id);
      throw error;
    }
  }

  async #enter(user: User, { identity }: KeptClaims, hasPassword: boolean, { write }: RuleOutcome): Promise<User> {
    const { orgId, id, username, domain } = user;
    const now = String(this.clock.now());
    await this.identityData.write(orgId, id, {
      ...identity,
      ...(hasPassword ? { lastPasswordUpdateTime: now } : {}),
    });
    await write?.(id);
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

  /** Removes a user and all that the server knows of it. Returns whether there was one. */
  async delete(orgId: string, id: string): Promise<boolean> {
    const found = await this.locator.byId(orgId, id);
    if (!found?.store.writer) return false;
    const { user } = found;
    const { writer, inUnit } = found.store;
    // A store over a network comes first: what the server keeps of a user that is still there must not be lost.
    let gone = inUnit ? undefined : await writer.delete(orgId, id);
    return this.database.run(async () => {
      gone ??= await writer.delete(orgId, id);
      await this.identityData.deleteAll(orgId, id);
      await this.audit.record({
        orgId,
        action: 'delete-user',
        targetId: id,
        targetType: 'User',
        data: { username: masked(user.username) },
      });
      await this.events.publish(UserDeleted, user);
      return gone;
    });
  }

  /** Sets a password. What was granted with the old one ends. @throws ApiError 400 when a rule or the store refuses it */
  async setPassword(orgId: string, id: string, password: string, by: 'user' | 'administrator'): Promise<void> {
    const found = await this.locator.byId(orgId, id);
    const set = found?.store.credentials?.set;
    if (!found || !set)
      throw new ApiError(
        'SUO-60002',
        403,
        'The password cannot be changed.',
        'The user is not there or its store does not take passwords.',
      );
    const { store, user } = found;
    const outcome = await this.rules.password(user, password, by);
    const { identity } = await this.values.split(orgId, store.domain, outcome.claims ?? {});
    if (!store.inUnit) await set(orgId, id, password);
    await this.database.run(async () => {
      if (store.inUnit) await set(orgId, id, password);
      await this.identityData.write(orgId, id, { ...identity, lastPasswordUpdateTime: String(this.clock.now()) });
      await outcome.write?.(id);
      await this.audit.record({ orgId, action: `credential-update-by-${by}`, targetId: id, targetType: 'User' });
      await this.events.publish(UserCredentialsChanged, user);
    });
  }

  /** Values of claims; those that the user does not have are absent. */
  async readClaims(orgId: string, userId: string, uris: readonly string[]): Promise<UserClaims> {
    const found = await this.locator.byId(orgId, userId);
    return found ? this.values.read(found.store, found.user, uris) : {};
  }

  /** The same for a user that has just been looked up. */
  claimsOf(user: User, uris: readonly string[]): Soon<UserClaims> {
    return whenThere(this.stores.find(user.orgId, user.domain), (store) =>
      store ? this.values.read(store, user, uris) : {},
    );
  }

  /**
   * Replaces values of claims; an empty list deletes one.
   *
   * @throws ApiError 404 when there is no such user, 400 when a rule or the store refuses a value, 403 when it is read-only
   */
  async writeClaims(orgId: string, userId: string, changes: UserClaims, by: ChangedBy = 'server'): Promise<void> {
    const found = await this.locator.byId(orgId, userId);
    if (!found) throw new ApiError('SUO-60003', 404, 'User not found.', `There is no user ${userId}.`);
    const outcome = await this.rules.claims(found.user, changes, by);
    const all = { ...changes, ...outcome.claims };
    const kept = await this.values.split(orgId, found.store.domain, all);
    const undo = found.store.inUnit ? undefined : await this.#writeElsewhere(found, kept);
    try {
      await this.database.run(async () => {
        if (found.store.inUnit) await this.#writeAttributes(found, kept);
        await this.identityData.write(orgId, userId, kept.identity);
        await outcome.write?.(userId);
        await this.audit.record({
          orgId,
          action: 'set-user-claim-values',
          targetId: userId,
          targetType: 'User',
          data: { claims: Object.keys(all) },
        });
        const ends = ['accountLocked', 'accountDisabled'].some((name) => kept.identity[name]?.[0] === 'true');
        if (ends) await this.events.publish(UserCredentialsChanged, found.user);
      });
    } catch (error) {
      await undo?.();
      throw error;
    }
  }

  /** Ids and names of the user's groups. */
  async groupsOf(orgId: string, userId: string): Promise<readonly StoredGroup[]> {
    const found = await this.locator.byId(orgId, userId);
    return (await found?.store.groups?.ofUser(orgId, userId)) ?? [];
  }

  async #writeAttributes({ store, user }: LocatedUser, { attributes }: KeptClaims): Promise<void> {
    if (Object.keys(attributes).length === 0) return;
    if (!store.attributes.write) throw readOnly('Attributes cannot be changed');
    await store.attributes.write(user.orgId, user.id, attributes);
  }

  /** Writes to a store over a network; answers with the way back. */
  async #writeElsewhere(found: LocatedUser, kept: KeptClaims): Promise<() => Promise<void>> {
    const { orgId, id } = found.user;
    const names = Object.keys(kept.attributes);
    const before = names.length > 0 ? await found.store.attributes.read(orgId, id, names) : {};
    await this.#writeAttributes(found, kept);
    const attributes = Object.fromEntries(names.map((name) => [name, before[name] ?? []]));
    return () => this.#writeAttributes(found, { ...kept, attributes });
  }

  async #checkState(user: User): Promise<AuthenticationOutcome> {
    const reason = await this.accounts.check(user);
    if (reason) return { outcome: 'rejected', reason, user };
    await this.accounts.succeeded(user);
    return { outcome: 'authenticated', user };
  }
}
