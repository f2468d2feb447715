import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken, masked } from '#core/audit';
import { ApiError } from '#core/http';
import { type Clock, ClockToken, EventBus, EventBusToken, type Soon, token, whenThere } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { AccountChecks } from './accounts/account-checks.js';
import { type AuthenticationOutcome, PasswordSignIns, type SignInOptions } from './accounts/password-sign-ins.js';
import { ClaimValues, type KeptClaims } from './claims/claim-values.js';
import { IdentityDataRepository } from './identity-data.repository.js';
import { RulesOfChanges } from './rules-of-changes.js';
import type { StoredGroup } from './stores/user-store.js';
import { type UserStores, UserStoresToken } from './stores/user-stores.js';
import { type KeptAccess, type User, type UserClaims, UserCredentialsChanged, UserDeleted } from './user.js';
import { type NewUser, readOnly, UserMaker, type WithNewUser } from './user-creation.js';
import { type LocatedUser, UserLocator } from './user-locator.js';
import type { ChangedBy } from './user-rules.js';

/** Injection token of the users. */
export const UserServiceToken = token<UserService>('users.service');

/** Users of all stores. */
@injectable()
export class UserService {
  constructor(
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(UserLocator) private readonly locator: UserLocator,
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(ClaimValues) private readonly values: ClaimValues,
    @inject(UserMaker) private readonly maker: UserMaker,
    @inject(RulesOfChanges) private readonly rules: RulesOfChanges,
    @inject(AccountChecks) private readonly accounts: AccountChecks,
    @inject(PasswordSignIns) private readonly signIns: PasswordSignIns,
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

  /** The user whom somebody means who types this to sign in; undefined when it is nobody, or could be several. */
  findBySignInName(orgId: string, typed: string): Promise<User | undefined> {
    return this.signIns.find(orgId, typed);
  }

  /**
   * Checks a password, then the state of the account. Takes equally long for users that do not exist.
   *
   * @param name `username` or `DOMAIN/username`, or what {@link SignInOptions} allow
   * @throws UnavailableError when nobody was found and a store could not be asked
   */
  authenticate(orgId: string, name: string, password: string, options?: SignInOptions): Promise<AuthenticationOutcome> {
    return this.signIns.authenticate(orgId, name, password, options);
  }

  /** Whether the account may be used at all. */
  isUsable(user: User): Soon<boolean> {
    return whenThere(this.accounts.check(user), (refusal) => refusal === undefined);
  }

  /**
   * Makes a user; all or nothing across store and identity data.
   *
   * @param within what belongs into the unit of work that completes the user
   * @throws ApiError 409 when the name is taken, 400 when a rule or the store refuses something, 403 when it is read-only
   */
  create(orgId: string, input: NewUser, within?: WithNewUser): Promise<User> {
    return this.maker.create(orgId, input, within);
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

  /**
   * Sets a password. What was granted with the old one ends.
   *
   * @param kept what of it does not end
   * @throws ApiError 400 when a rule or the store refuses it
   */
  async setPassword(
    orgId: string,
    id: string,
    password: string,
    by: 'user' | 'administrator',
    kept?: KeptAccess,
  ): Promise<void> {
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
      await this.events.publish(UserCredentialsChanged, { ...user, kept });
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
}
