import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken, masked } from '#core/audit';
import { ApiError } from '#core/http';
import { type Clock, ClockToken, EventBus, EventBusToken, eventType, type Soon, token, whenThere } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { type ClaimDialects, ClaimDialectsToken, claimUri, IDENTITY_CLAIMS, type LocalClaim } from './claims.js';
import { IdentityDataRepository } from './identity-data.repository.js';
import type { StoreAttributes, StoredUser, UserStore } from './user-store.js';
import { PRIMARY, type UserStores, UserStoresToken } from './user-stores.js';

/** Injection token of the users. */
export const UserServiceToken = token<UserService>('users.service');

/** A user, addressed by an id that never changes. */
export interface User {
  readonly id: string;
  readonly orgId: string;
  readonly username: string;
  /** Domain of the store that holds it. */
  readonly domain: string;
}

/** Claim values by local claim URI; several values of one claim in one list. */
export type UserClaims = Readonly<Record<string, readonly string[]>>;

/** What an attempt to sign in by password came to. */
export type AuthenticationOutcome =
  | { readonly outcome: 'authenticated'; readonly user: User }
  | {
      readonly outcome: 'rejected';
      readonly reason: 'unknown_user' | 'bad_credential' | 'locked' | 'disabled';
      readonly user?: User;
    };

/** A user was made. */
export const UserCreated = eventType<User>('user.created');
/** A user is gone. */
export const UserDeleted = eventType<User>('user.deleted');
/** A user's password was changed, or the account was locked or disabled: what was granted before must end. */
export const UserCredentialsChanged = eventType<User>('user.credentials-changed');

/** Claims that are no attribute: what a user is called, and where it belongs. */
const OF_USERS = [claimUri('username'), claimUri('userid'), claimUri('groups')];

/** Users of all stores. */
@injectable()
export class UserService {
  constructor(
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(ClaimDialectsToken) private readonly dialects: ClaimDialects,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(EventBusToken) private readonly events: EventBus,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** A user by id, in whichever store it is. */
  findById(orgId: string, id: string): Soon<User | undefined> {
    return whenThere(this.#locate(orgId, id), (located) => located?.user);
  }

  /** A user by `username` or `DOMAIN/username`; without a domain the primary store comes first. */
  async findByUsername(orgId: string, name: string): Promise<User | undefined> {
    const { stores, username } = this.#named(name);
    for (const store of stores) {
      const stored = await store.lookup.byUsername(orgId, username);
      if (stored) return toUser(orgId, stored, store);
    }
    return undefined;
  }

  /** Checks a password, then the state of the account. Takes equally long for users that do not exist. */
  async authenticate(orgId: string, name: string, password: string): Promise<AuthenticationOutcome> {
    const { stores, username } = this.#named(name);
    let rejected: AuthenticationOutcome = { outcome: 'rejected', reason: 'unknown_user' };
    for (const store of stores) {
      const found = await store.credentials?.verify(orgId, username, password);
      if (found?.outcome === 'accepted') return this.#checkState(toUser(orgId, found.user, store));
      if (found?.user)
        rejected = { outcome: 'rejected', reason: 'bad_credential', user: toUser(orgId, found.user, store) };
    }
    return rejected;
  }

  /** Whether the account may be used at all. */
  isUsable(user: User): Soon<boolean> {
    return whenThere(this.#checkState(user), ({ outcome }) => outcome === 'authenticated');
  }

  /**
   * Makes a user; all or nothing across store and identity data.
   *
   * @throws ApiError 409 when the name is taken, 400 when the store refuses name or password, 403 when it is read-only
   */
  async create(
    orgId: string,
    input: { readonly username: string; readonly password?: string | undefined; readonly claims?: UserClaims },
  ): Promise<User> {
    const { stores, username } = this.#named(input.username);
    const store = stores[0] as UserStore;
    if (!store.writer)
      throw new ApiError(
        'SUO-60001',
        403,
        'The user store is read-only.',
        `Users cannot be made in the user store ${store.domain}.`,
      );
    const writer = store.writer;
    const { attributes, identity } = this.#split(input.claims ?? {});
    return this.database.run(async () => {
      const stored = await writer.create(orgId, { id: uuid(), username, password: input.password, attributes });
      const user = toUser(orgId, stored, store);
      await this.identityData.write(orgId, user.id, {
        ...identity,
        ...(input.password ? { lastPasswordUpdateTime: String(this.clock.now()) } : {}),
      });
      await this.audit.record({
        orgId,
        action: 'add-user',
        targetId: user.id,
        targetType: 'User',
        data: { username: masked(username), store: store.domain },
      });
      await this.events.publish(UserCreated, user);
      return user;
    });
  }

  /** Removes a user and all that the server knows of it. Returns whether there was one. */
  async delete(orgId: string, id: string): Promise<boolean> {
    const located = await this.#locate(orgId, id);
    if (!located?.store.writer) return false;
    const { store, user } = located;
    return this.database.run(async () => {
      const gone = (await store.writer?.delete(orgId, id)) ?? false;
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

  /** Sets a password. What was granted with the old one ends. */
  async setPassword(orgId: string, id: string, password: string, by: 'user' | 'administrator'): Promise<void> {
    const located = await this.#locate(orgId, id);
    if (!located?.store.credentials?.set)
      throw new ApiError(
        'SUO-60002',
        403,
        'The password cannot be changed.',
        'The user is not there or its store does not take passwords.',
      );
    const { store, user } = located;
    await this.database.run(async () => {
      await store.credentials?.set?.(orgId, id, password);
      await this.identityData.write(orgId, id, { lastPasswordUpdateTime: String(this.clock.now()) });
      await this.audit.record({ orgId, action: `credential-update-by-${by}`, targetId: id, targetType: 'User' });
      await this.events.publish(UserCredentialsChanged, user);
    });
  }

  /** Values of claims; those that the user does not have are absent. */
  async readClaims(orgId: string, userId: string, uris: readonly string[]): Promise<UserClaims> {
    const located = await this.#locate(orgId, userId);
    return located ? this.#claims(located.store, located.user, uris) : {};
  }

  /** The same for a user that has just been looked up. */
  claimsOf(user: User, uris: readonly string[]): Soon<UserClaims> {
    const store = this.stores.find(user.domain);
    return store ? this.#claims(store, user, uris) : {};
  }

  #claims(store: UserStore, user: User, uris: readonly string[]): Soon<UserClaims> {
    const isStored = (uri: string) => !uri.startsWith(IDENTITY_CLAIMS) && !OF_USERS.includes(uri);
    return uris.every(isStored) ? this.#storedClaims(store, user, uris) : this.#allClaims(store, user, uris);
  }

  /** Claims that the store alone knows of. */
  #storedClaims(store: UserStore, user: User, uris: readonly string[]): Soon<UserClaims> {
    const wanted = uris.flatMap((uri) => this.dialects.local(uri) ?? []);
    const reading = store.attributes.read(user.orgId, user.id, attributesOf(wanted));
    return whenThere(reading, (attributes) => valuesOf(wanted, attributes));
  }

  async #allClaims(store: UserStore, user: User, uris: readonly string[]): Promise<UserClaims> {
    const { orgId, id: userId } = user;
    const wanted = uris.flatMap((uri) => this.dialects.local(uri) ?? []);
    const stored = wanted.filter((claim) => !claim.claimURI.startsWith(IDENTITY_CLAIMS));
    const identity = wanted.filter((claim) => claim.claimURI.startsWith(IDENTITY_CLAIMS));
    const attributes = await store.attributes.read(orgId, userId, attributesOf(stored));
    const known = identity.length > 0 ? await this.identityData.read(orgId, userId, attributesOf(identity)) : {};
    const claims = valuesOf(stored, attributes);
    for (const { claimURI, attribute } of identity)
      if (known[attribute] !== undefined) claims[claimURI] = [known[attribute]];
    if (uris.includes(claimUri('username'))) claims[claimUri('username')] = [qualifiedName(user)];
    if (uris.includes(claimUri('userid'))) claims[claimUri('userid')] = [user.id];
    if (uris.includes(claimUri('groups'))) {
      const groups = (await store.groups?.ofUser(orgId, userId)) ?? [];
      if (groups.length > 0) claims[claimUri('groups')] = groups.map((group) => group.name);
    }
    return claims;
  }

  /** Replaces values of claims; an empty list deletes one. */
  async writeClaims(orgId: string, userId: string, changes: UserClaims): Promise<void> {
    const located = await this.#locate(orgId, userId);
    if (!located) throw new ApiError('SUO-60003', 404, 'User not found.', `There is no user ${userId}.`);
    const { attributes, identity } = this.#split(changes);
    const ends = ['accountLocked', 'accountDisabled'].some((name) => identity[name] === 'true');
    await this.database.run(async () => {
      if (Object.keys(attributes).length > 0) {
        const write = located.store.attributes.write;
        if (!write)
          throw new ApiError(
            'SUO-60001',
            403,
            'The user store is read-only.',
            'Attributes cannot be changed in this user store.',
          );
        await write(orgId, userId, attributes);
      }
      await this.identityData.write(orgId, userId, identity);
      await this.audit.record({
        orgId,
        action: 'set-user-claim-values',
        targetId: userId,
        targetType: 'User',
        data: { claims: Object.keys(changes) },
      });
      if (ends) await this.events.publish(UserCredentialsChanged, located.user);
    });
  }

  /** Ids and names of the user's groups. */
  async groupsOf(orgId: string, userId: string): Promise<readonly { readonly id: string; readonly name: string }[]> {
    const located = await this.#locate(orgId, userId);
    return (await located?.store.groups?.ofUser(orgId, userId)) ?? [];
  }

  #checkState(user: User): Soon<AuthenticationOutcome> {
    const names = ['accountLocked', 'accountDisabled', 'unlockTime'];
    return whenThere(this.identityData.read(user.orgId, user.id, names), (state) => {
      if (state['accountDisabled'] === 'true') return { outcome: 'rejected', reason: 'disabled', user };
      const until = Number(state['unlockTime'] ?? 0);
      if (state['accountLocked'] === 'true' && (until === 0 || until > this.clock.now()))
        return { outcome: 'rejected', reason: 'locked', user };
      return { outcome: 'authenticated', user };
    });
  }

  #locate(orgId: string, id: string, stores = this.stores.all): Soon<{ store: UserStore; user: User } | undefined> {
    const [store, ...others] = stores;
    if (!store) return undefined;
    return whenThere(store.lookup.byId(orgId, id), (stored) =>
      stored ? { store, user: toUser(orgId, stored, store) } : this.#locate(orgId, id, others),
    );
  }

  /** Stores in which a name is looked for, and the name without its domain. */
  #named(name: string): { stores: UserStore[]; username: string } {
    const slash = name.indexOf('/');
    const store = slash > 0 ? this.stores.find(name.slice(0, slash)) : undefined;
    return store ? { stores: [store], username: name.slice(slash + 1) } : { stores: this.stores.all, username: name };
  }

  #split(claims: UserClaims): {
    attributes: Record<string, readonly string[]>;
    identity: Record<string, string | undefined>;
  } {
    const attributes: Record<string, readonly string[]> = {};
    const identity: Record<string, string | undefined> = {};
    for (const [uri, values] of Object.entries(claims)) {
      const claim = this.dialects.local(uri);
      if (!claim) throw new ApiError('CMT-50017', 400, 'Unknown claim.', `There is no local claim ${uri}.`);
      if (uri.startsWith(IDENTITY_CLAIMS)) identity[claim.attribute] = values[0];
      else attributes[claim.attribute] = values;
    }
    return { attributes, identity };
  }
}

const attributesOf = (claims: readonly LocalClaim[]) => claims.map(({ attribute }) => attribute);

/** Values of claims by their attributes. */
function valuesOf(claims: readonly LocalClaim[], attributes: StoreAttributes): Record<string, readonly string[]> {
  const values: Record<string, readonly string[]> = {};
  for (const { claimURI, attribute } of claims) {
    const stored = attributes[attribute];
    if (stored && stored.length > 0) values[claimURI] = stored;
  }
  return values;
}

function toUser(orgId: string, stored: StoredUser, store: UserStore): User {
  return { id: stored.id, orgId, username: stored.username, domain: store.domain };
}

/** `username` in the primary store, else `DOMAIN/username`. */
export function qualifiedName(user: Pick<User, 'username' | 'domain'>): string {
  return user.domain === PRIMARY ? user.username : `${user.domain}/${user.username}`;
}
