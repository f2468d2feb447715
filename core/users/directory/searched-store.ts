import { combined, EVERYBODY, isConstant, type NormalFilter, storeFilterOf } from '../stores/normal-filter.js';
import { MOST_IDS, type StoreFilter } from '../stores/store-filter.js';
import type { FoundUser, StoredUser, UserSearchCapability, UserStore } from '../stores/user-store.js';
import { folded } from '../stores/value-keys.js';
import { type IdentitySets, isIdentity } from './identity-sets.js';
import { idsFilter } from './store-filters.js';
import { UserFilterError } from './user-directory.js';

/** Users of one comparison with identity data, so few that the store is asked for them by their ids. */
const SELECTIVE = 2000;
/** Ids within `or` or `not`, where they cannot be asked for piece by piece. */
const MOST_INNER_IDS = 5000;

/** A part of the users of one store. */
export interface SearchedPage {
  readonly items: readonly FoundUser[];
  /** How many fit; with stores that cannot count, as many as are known to fit. */
  readonly total: number;
}

/** What of the users of a store is wanted. */
export interface SearchedPart {
  readonly offset: number;
  readonly limit: number;
  readonly attributes: readonly string[];
}

/**
 * One store, searched by any filter.
 *
 * Most filters go to the store as they are. Two kinds do not: those with more ids than a store takes, and those that ask
 * a store elsewhere for identity data, which lies here. Values are never compared here; what is done is done with ids:
 *
 * - **by ids**: when an `and` has a part that says by itself who can fit (ids, or a comparison with identity data that
 *   fits few), these users are looked up in the store, piece by piece, with the rest of the filter.
 * - **by walking**: else the store is gone through with the filter weakened to what it can evaluate; of the users of each
 *   page the database says whom the rest fits. It ends as soon as the page that is wanted is full, so the total is then
 *   only what is known.
 */
export class SearchedStore {
  readonly #search: UserSearchCapability;

  constructor(
    readonly store: UserStore,
    private readonly orgId: string,
    private readonly identity: IdentitySets,
  ) {
    if (!store.search) throw new UserFilterError(`The user store ${store.domain} cannot be searched.`);
    this.#search = store.search;
  }

  /** @throws UserFilterError when the store cannot evaluate the filter */
  async page(filter: NormalFilter, part: SearchedPart): Promise<SearchedPage> {
    if (filter.op === 'or' && isConstant(filter)) return { items: [], total: 0 };
    const parts = filter.op === 'and' ? filter.filters : [filter];
    const needsIdentity = !this.#search.identityData && asksIdentity(filter);
    const isLong = parts.some((one) => idsOf(one).length > MOST_IDS);
    if (!needsIdentity && !isLong) return this.#direct(filter, part);
    const candidates = await this.#candidates(parts);
    const found = candidates
      ? await this.#byIds(candidates.ids, candidates.rest)
      : await this.#byWalking(filter, part.offset + part.limit + 1);
    const users = found.slice(part.offset, part.offset + part.limit);
    return { items: await this.#withAttributes(users, part.attributes), total: found.length };
  }

  async #direct(filter: NormalFilter, part: SearchedPart): Promise<SearchedPage> {
    if (innerIds(filter) > MOST_INNER_IDS)
      throw new UserFilterError(`A filter takes at most ${MOST_INNER_IDS} ids within "or" and "not".`);
    const page = await this.#search.users(this.orgId, { ...part, filter: given(filter) });
    return { items: page.items, total: page.total ?? part.offset + page.items.length };
  }

  /** Who can fit at all, from the part of an `and` that says so. */
  async #candidates(parts: readonly NormalFilter[]) {
    for (const [index, part] of parts.entries()) {
      const ids = idsOf(part);
      if (ids.length > 0) return { ids, rest: combined('and', without(parts, index)) };
    }
    if (this.#search.identityData) return undefined;
    for (const [index, part] of parts.entries()) {
      const ids = await this.#holders(part);
      if (ids) return { ids, rest: combined('and', without(parts, index)) };
    }
    return undefined;
  }

  /** Everybody whom a part of identity data fits, when they are few. */
  async #holders(part: NormalFilter): Promise<readonly string[] | undefined> {
    if (part.op === 'leaf') return isIdentity(part) ? this.identity.holders(this.orgId, part, SELECTIVE) : undefined;
    if (part.op === 'and') return undefined;
    const all = new Set<string>();
    for (const one of part.filters) {
      const ids = await this.#holders(one);
      if (!ids) return undefined;
      for (const id of ids) all.add(id);
    }
    return all.size > SELECTIVE ? undefined : [...all];
  }

  /** Users among these ids, by name. */
  async #byIds(ids: readonly string[], rest: NormalFilter): Promise<readonly StoredUser[]> {
    const found: StoredUser[] = [];
    const weak = this.#weakened(rest);
    for (let first = 0; first < ids.length; first += MOST_IDS) {
      const piece = idsFilter(ids.slice(first, first + MOST_IDS));
      const users = await this.#all(combined('and', [piece, weak]));
      found.push(...(await this.#exactly(rest, weak, users)));
    }
    const keys = new Map(found.map(({ id, username }) => [id, folded(username)]));
    const order = (one: string, other: string) => (one < other ? -1 : Number(one > other));
    return found.sort(
      (one, other) => order(keys.get(one.id) ?? '', keys.get(other.id) ?? '') || order(one.id, other.id),
    );
  }

  /** The first users whom the filter fits, in the order of the store. */
  async #byWalking(filter: NormalFilter, enough: number): Promise<readonly StoredUser[]> {
    const found: StoredUser[] = [];
    const weak = this.#weakened(filter);
    for await (const users of this.#pages(weak)) {
      found.push(...(await this.#exactly(filter, weak, users)));
      if (found.length >= enough) break;
    }
    return found.slice(0, enough);
  }

  /** What the store can evaluate of a filter: all whom the filter fits fit that, too. */
  #weakened(filter: NormalFilter): NormalFilter {
    if (this.#search.identityData || !asksIdentity(filter)) return filter;
    if (filter.op === 'leaf') return EVERYBODY;
    return combined(
      filter.op,
      filter.filters.map((part) => this.#weakened(part)),
    );
  }

  /** Those of some users, whom the weakened filter fits, whom the filter fits. */
  async #exactly(filter: NormalFilter, weak: NormalFilter, users: readonly StoredUser[]): Promise<StoredUser[]> {
    if (filter === weak || users.length === 0) return [...users];
    const ids = users.map(({ id }) => id);
    // The parts of an `and` that the store can evaluate have been evaluated by it already.
    const rest = filter.op === 'and' ? combined('and', filter.filters.filter(asksIdentity)) : filter;
    const fit = await this.#evaluate(rest, ids);
    return users.filter(({ id }) => fit.has(id));
  }

  async #evaluate(filter: NormalFilter, ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    if (!asksIdentity(filter)) {
      if (filter.op !== 'leaf' && isConstant(filter)) return new Set(filter.op === 'and' ? ids : []);
      return new Set((await this.#all(combined('and', [idsFilter(ids), filter]))).map(({ id }) => id));
    }
    if (filter.op === 'leaf') return this.identity.among(this.orgId, filter, ids);
    return filter.op === 'and' ? this.#every(filter.filters, ids) : this.#some(filter.filters, ids);
  }

  /** Whom all parts fit: only those are asked about who have fitted so far. */
  async #every(parts: readonly NormalFilter[], ids: readonly string[]): Promise<ReadonlySet<string>> {
    let left: ReadonlySet<string> = new Set(ids);
    for (const part of grouped('and', parts)) left = await this.#evaluate(part, [...left]);
    return left;
  }

  /** Whom some part fits: only those are asked about who have not fitted yet. */
  async #some(parts: readonly NormalFilter[], ids: readonly string[]): Promise<ReadonlySet<string>> {
    const fit = new Set<string>();
    for (const part of grouped('or', parts)) {
      const rest = ids.filter((id) => !fit.has(id));
      for (const id of await this.#evaluate(part, rest)) fit.add(id);
    }
    return fit;
  }

  async #all(filter: NormalFilter): Promise<StoredUser[]> {
    const found: StoredUser[] = [];
    for await (const users of this.#pages(filter)) found.push(...users);
    return found;
  }

  async *#pages(filter: NormalFilter): AsyncGenerator<readonly StoredUser[]> {
    for (let offset = 0; ; ) {
      const query = { filter: given(filter), offset, limit: MOST_IDS, attributes: [] };
      const { items, total } = await this.#search.users(this.orgId, query);
      if (items.length > 0) yield items;
      offset += items.length;
      if (items.length === 0 || (total !== undefined && offset >= total)) return;
    }
  }

  async #withAttributes(users: readonly StoredUser[], names: readonly string[]): Promise<readonly FoundUser[]> {
    const attributes = new Map<string, FoundUser>();
    for (let first = 0; names.length > 0 && first < users.length; first += MOST_IDS) {
      const ids = users.slice(first, first + MOST_IDS).map(({ id }) => id);
      const filter: StoreFilter = { op: 'ids', ids };
      const page = await this.#search.users(this.orgId, { filter, offset: 0, limit: ids.length, attributes: names });
      for (const user of page.items) attributes.set(user.id, user);
    }
    return users.map(({ id, username }) => ({ id, username, attributes: attributes.get(id)?.attributes ?? {} }));
  }
}

/** The filter as the store is given it. */
const given = (filter: NormalFilter) => (filter.op === 'and' && isConstant(filter) ? undefined : storeFilterOf(filter));

const without = (parts: readonly NormalFilter[], index: number) => parts.filter((_, at) => at !== index);

function asksIdentity(filter: NormalFilter): boolean {
  return filter.op === 'leaf' ? isIdentity(filter) : filter.filters.some(asksIdentity);
}

/** The ids, when a filter says nothing but them. */
function idsOf(filter: NormalFilter): readonly string[] {
  if (filter.op === 'and') return [];
  const leaves = filter.op === 'or' ? filter.filters : [filter];
  const ids = leaves.map((leaf) => (leaf.op === 'leaf' && !leaf.negated && leaf.of.op === 'ids' ? leaf.of.ids : []));
  return ids.every((some) => some.length > 0) ? ids.flat() : [];
}

function innerIds(filter: NormalFilter): number {
  if (filter.op !== 'leaf') return filter.filters.reduce((sum, part) => sum + innerIds(part), 0);
  return filter.of.op === 'ids' ? filter.of.ids.length : 0;
}

/** Parts of a filter, those for the store as one of them. */
function grouped(op: 'and' | 'or', parts: readonly NormalFilter[]): readonly NormalFilter[] {
  const own = parts.filter((part) => !asksIdentity(part));
  const rest = parts.filter(asksIdentity);
  return own.length > 0 ? [combined(op, own), ...rest] : rest;
}
