import { LRUCache } from 'lru-cache';
import { inject, injectable } from 'tsyringe';
import { type Soon, UnavailableError, whenThere } from '#core/kernel';
import type { StoredUser, UserStore } from './stores/user-store.js';
import { type UserStores, UserStoresToken } from './stores/user-stores.js';
import type { User } from './user.js';

/** A user together with the store that holds it. */
export interface LocatedUser {
  readonly user: User;
  readonly store: UserStore;
}

/** Where a name is looked for. */
export interface NamedStores {
  /** Stores in the order in which they are asked. */
  readonly stores: readonly UserStore[];
  /** The name without its domain. */
  readonly username: string;
}

/** Users whose store is remembered. */
const REMEMBERED = 50_000;

/**
 * Finds the store that holds a user. A store that cannot be reached does not stand in the way of users of others; only
 * who is found nowhere else is answered that a store is away, for it may be there.
 */
@injectable()
export class UserLocator {
  /** Domain by id of the user: a user never moves, so this can only be out of date when the user or the store is gone. */
  readonly #domains = new LRUCache<string, string>({ max: REMEMBERED });

  constructor(@inject(UserStoresToken) private readonly stores: UserStores) {}

  /** A user by id. @throws UnavailableError when it was not found and a store could not be asked */
  byId(orgId: string, id: string): Soon<LocatedUser | undefined> {
    const key = `${orgId}/${id}`;
    const domain = this.#domains.get(key);
    if (domain === undefined) return this.#search(orgId, id, key);
    return whenThere(this.stores.find(orgId, domain), (known) =>
      whenThere(known?.lookup.byId(orgId, id), (stored) =>
        known && stored ? located(orgId, stored, known) : this.#search(orgId, id, key),
      ),
    );
  }

  /** Asks one store after the other. @param key under which the answer is remembered */
  async #search(orgId: string, id: string, key: string): Promise<LocatedUser | undefined> {
    const found = await firstOf(await this.stores.all(orgId), async (store) => {
      const user = await store.lookup.byId(orgId, id);
      return user && located(orgId, user, store);
    });
    if (found) this.#domains.set(key, found.store.domain);
    return found;
  }

  /** A user by `username` or `DOMAIN/username`; without a domain the primary store comes first. */
  async byUsername(orgId: string, name: string): Promise<LocatedUser | undefined> {
    const { stores, username } = await this.named(orgId, name);
    return firstOf(stores, async (store) => {
      const stored = await store.lookup.byUsername(orgId, username);
      return stored && located(orgId, stored, store);
    });
  }

  /** Stores in which a name is looked for, and the name without its domain. */
  async named(orgId: string, name: string): Promise<NamedStores> {
    const slash = name.indexOf('/');
    const store = slash > 0 ? await this.stores.find(orgId, name.slice(0, slash)) : undefined;
    if (store) return { stores: [store], username: name.slice(slash + 1) };
    return { stores: await this.stores.all(orgId), username: name };
  }
}

/**
 * What the first store answers that knows something.
 *
 * @throws UnavailableError when none does and one could not be asked
 */
export async function firstOf<T>(
  stores: readonly UserStore[],
  ask: (store: UserStore) => Promise<T | undefined>,
): Promise<T | undefined> {
  let away: UnavailableError | undefined;
  for (const store of stores) {
    try {
      const answer = await ask(store);
      if (answer !== undefined) return answer;
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      away ??= error;
    }
  }
  if (away) throw away;
  return undefined;
}

/** The user of a store. */
export function located(orgId: string, stored: StoredUser, store: UserStore): LocatedUser {
  return { store, user: { id: stored.id, orgId, username: stored.username, domain: store.domain } };
}
