import { inject, injectable } from 'tsyringe';
import { token } from '#core/kernel';
import type { DescribedGroup, StoredUser, UserStore } from '../stores/user-store.js';
import { type UserStores, UserStoresToken } from '../stores/user-stores.js';
import { firstOf } from '../user-locator.js';
import type { Group } from './group.js';
import { groupErrors } from './group-errors.js';
import { type GroupFilter, storeFilterOf } from './group-filter.js';

/** Injection token of the {@link GroupDirectory}. */
export const GroupDirectoryToken = token<GroupDirectory>('users.group-directory');

/** What is asked of the directory. */
export interface GroupQuery {
  readonly filter?: GroupFilter | undefined;
  /** Only groups of this store. */
  readonly domain?: string | undefined;
  /** Which of the stores are asked; absent: all. */
  readonly only?: (store: UserStore) => boolean;
  /** How many to skip. */
  readonly offset: number;
  /** How many at most. */
  readonly limit: number;
}

/** A part of what was found. */
export interface FoundGroups {
  readonly groups: readonly Group[];
  /** How many there are altogether; with stores that cannot count, as many as are known of. */
  readonly total: number;
}

/** A part of the members of a group. */
export interface FoundMembers {
  /** By user name. */
  readonly users: readonly StoredUser[];
  /** How many there are altogether; undefined when the store cannot count. */
  readonly total: number | undefined;
}

/** A group together with the store that holds it. */
export interface LocatedGroup {
  readonly group: Group;
  readonly store: UserStore;
}

/** Groups of all stores as one list: the primary store first, the others in their order. Reading only. */
@injectable()
export class GroupDirectory {
  constructor(@inject(UserStoresToken) private readonly stores: UserStores) {}

  /** A group by id. @throws UnavailableError when it was not found and a store could not be asked */
  async get(orgId: string, id: string): Promise<Group | undefined> {
    return (await this.locate(orgId, id))?.group;
  }

  /** A group by id together with its store. @throws UnavailableError when it was not found and a store could not be asked */
  async locate(orgId: string, id: string): Promise<LocatedGroup | undefined> {
    return firstOf(await this.stores.all(orgId), async (store) => {
      const found = await store.groups?.byId(orgId, id);
      return found && { store, group: groupOf(orgId, found, store) };
    });
  }

  /**
   * Groups that fit. Stores without groups contribute none.
   *
   * @throws ApiError 400 when there is no store of the domain
   * @throws UnavailableError when a store that is asked cannot be reached
   */
  async find(orgId: string, { filter, domain, only, offset, limit }: GroupQuery): Promise<FoundGroups> {
    const all = await this.stores.all(orgId);
    const domains = new Set(all.map((store) => store.domain));
    const asked = domain === undefined ? all : all.filter((store) => store.domain === domain.toUpperCase());
    if (asked.length === 0) throw groupErrors.domain(domain ?? '');
    const groups: Group[] = [];
    let skip = offset;
    let total = 0;
    for (const store of asked) {
      if (!store.groups || only?.(store) === false) continue;
      const page = await store.groups.find(orgId, {
        filter: filter && storeFilterOf(filter, store.domain, domains),
        offset: skip,
        limit: limit - groups.length,
      });
      groups.push(...page.items.map((one) => groupOf(orgId, one, store)));
      const counted = page.total ?? skip + page.items.length;
      skip = Math.max(0, skip - counted);
      total += counted;
    }
    return { groups, total };
  }

  /** Members of a group, as a page. @throws UnavailableError when the store cannot be reached */
  async members(
    { orgId, id, domain }: Pick<Group, 'orgId' | 'id' | 'domain'>,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<FoundMembers> {
    const store = await this.stores.find(orgId, domain);
    const found = await store?.groups?.members(orgId, id, page);
    return { users: found?.items ?? [], total: found?.total };
  }

  /** The groups with these ids; those that are not there are absent. */
  async byIds(orgId: string, ids: readonly string[]): Promise<ReadonlyMap<string, Group>> {
    const found = new Map<string, Group>();
    for (const id of new Set(ids)) {
      const group = await this.get(orgId, id);
      if (group) found.set(id, group);
    }
    return found;
  }

  /**
   * The store of a group name, and the name without its domain.
   *
   * @param name `DOMAIN/name`, or a bare name, which is one of the primary store
   * @throws ApiError 400 when there is no such store or the name is not allowed
   */
  async named(orgId: string, name: string): Promise<{ readonly store: UserStore; readonly name: string }> {
    const slash = name.indexOf('/');
    const domain = slash < 0 ? undefined : name.slice(0, slash);
    const store = domain === undefined ? await this.stores.primary(orgId) : await this.stores.find(orgId, domain);
    if (!store) throw groupErrors.domain((domain ?? '').slice(0, 100));
    return { store, name: allowed(name.slice(slash + 1)) };
  }
}

const LONGEST_NAME = 255;
const CONTROL = /\p{Cc}/u;

function allowed(given: string): string {
  const name = given.trim();
  if (name === '') throw groupErrors.name('A group needs a name.');
  if (name.length > LONGEST_NAME) throw groupErrors.name(`Group names have at most ${LONGEST_NAME} characters.`);
  if (name.includes('/') || CONTROL.test(name))
    throw groupErrors.name('Group names have no "/" but that behind the domain, and no control characters.');
  return name;
}

function groupOf(orgId: string, { id, name, created, modified }: DescribedGroup, { domain }: UserStore): Group {
  return {
    id,
    orgId,
    name,
    domain,
    ...(created === undefined ? {} : { created }),
    ...(modified === undefined ? {} : { modified }),
  };
}
