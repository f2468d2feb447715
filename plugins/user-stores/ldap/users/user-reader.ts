import type { FoundUser, StoreAttributes, StoredUser, StorePage, UserSearchCapability, UserStore } from '#core/users';
import type { DirectorySchema } from '../directory/directory-schema.js';
import { type EntryFinder, type Identified, piecesOf } from '../entries/entry-finder.js';
import { isAttributeName } from '../filters/attribute-name.js';
import type { StoreFilters } from '../filters/store-filters.js';
import type { StoreParts } from '../store-parts.js';

/** The user as the store knows it. */
export const storedUser = ({ id, name }: Identified): StoredUser => ({ id, username: name });

/** Name of the attribute of the directory for one of the store. */
export function attributeNames({ settings }: Pick<StoreParts, 'settings'>): (name: string) => string {
  const { displayNameAttribute } = settings.users;
  return (name) => (displayNameAttribute !== undefined && name === 'displayName' ? displayNameAttribute : name);
}

/** Finds and reads users. */
export class UserReader {
  readonly lookup: UserStore['lookup'];
  readonly search: UserSearchCapability;
  readonly #users: EntryFinder;
  readonly #attributeOf: (name: string) => string;

  constructor(
    private readonly parts: StoreParts,
    private readonly filters: StoreFilters,
  ) {
    this.#users = parts.users;
    this.#attributeOf = attributeNames(parts);
    const stored = (found: Identified | undefined) => (found ? storedUser(found) : undefined);
    this.lookup = {
      byId: async (_orgId, id) => stored(await this.#users.byId(id)),
      byUsername: async (_orgId, name) => stored(await this.#users.byName(name)),
    };
    this.search = { identityData: false, users: (_orgId, query) => this.#page(query) };
  }

  /** Values of the named attributes. */
  async attributes(userId: string, names: readonly string[]): Promise<StoreAttributes> {
    const user = await this.#users.byId(userId, this.#asked(names));
    return user ? this.#valuesOf(user, names, await this.parts.schema.get()) : {};
  }

  async #page(query: Parameters<UserSearchCapability['users']>[1]): Promise<StorePage<FoundUser>> {
    const { filter, offset, attributes } = query;
    const { listLength } = this.parts.settings.users;
    const limit = listLength > 0 ? Math.min(query.limit, listLength) : query.limit;
    const wanted = filter && (await this.filters.translated(filter));
    // What is skipped is read without its attributes.
    const asked = offset === 0 ? this.#asked(attributes) : [];
    const { found, complete } = await this.#users.list(wanted, asked, offset + limit + 1);
    const shown = found.slice(offset, offset + limit);
    const read = asked.length > 0 || attributes.length === 0 ? shown : await this.#again(shown, attributes);
    const schema = await this.parts.schema.get();
    const items = read.map((one) => ({ ...storedUser(one), attributes: this.#valuesOf(one, attributes, schema) }));
    return complete ? { items, total: found.length } : { items };
  }

  async #again(users: readonly Identified[], attributes: readonly string[]): Promise<readonly Identified[]> {
    const all: Identified[] = [];
    for (const piece of piecesOf(users, 100)) {
      const found = await this.#users.byIds(
        piece.map(({ id }) => id),
        this.#asked(attributes),
      );
      all.push(...piece.flatMap(({ id }) => found.get(id) ?? []));
    }
    return all;
  }

  /** Names that are attributes at all; others are never sent. */
  #asked(names: readonly string[]): readonly string[] {
    return names.map(this.#attributeOf).filter(isAttributeName);
  }

  /** Values by the names that were asked for; the directory shows an attribute by one of its names, maybe another. */
  #valuesOf({ entry }: Identified, names: readonly string[], schema: DirectorySchema): StoreAttributes {
    const values = names.flatMap((name): [string, readonly string[]][] => {
      const attribute = this.#attributeOf(name);
      for (const one of [attribute, ...(schema.attribute(attribute)?.names ?? [])]) {
        const read = this.parts.codec.read(entry, one);
        if (read.length > 0) return [[name, read]];
      }
      return [];
    });
    return Object.fromEntries(values);
  }
}
