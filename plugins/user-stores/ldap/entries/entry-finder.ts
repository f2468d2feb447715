import { AndFilter, EqualityFilter, type Filter, OrFilter, PresenceFilter } from 'ldapts';
import { folded } from '#core/users';
import type { Directory, FoundEntries } from '../directory/directory.js';
import type { DirectoryEntry } from '../directory/directory-entry.js';
import { comparable, escapedValue, firstRdn, isWithin } from '../directory/distinguished-name.js';
import type { FilterTemplate } from '../filters/filter-template.js';
import { isUuid } from './guid.js';
import type { ValueCodec } from './value-codec.js';

/** Which entries are meant. */
export interface EntryKind {
  readonly bases: readonly string[];
  readonly nameAttribute: string;
  readonly nameSearch: FilterTemplate;
  readonly listFilter: Filter;
  /** Attribute with the id. */
  readonly idAttribute: string;
  readonly idSearch: FilterTemplate | undefined;
  readonly dnPatterns: readonly string[];
  readonly caseInsensitive: boolean;
}

/** An entry of the kind that was looked for. */
export interface Identified {
  readonly id: string;
  readonly name: string;
  readonly dn: string;
  readonly entry: DirectoryEntry;
}

/** Ids or names in one filter. */
const CHUNK = 100;
/** Longest id and name: what the server's own tables hold, and what a directory would hardly hold. */
const LONGEST_ID = 64;
const LONGEST_NAME = 1024;

/** Cuts a list into pieces. */
export function piecesOf<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, index) => list.slice(index * size, (index + 1) * size));
}

/** Finds entries of one kind, users or groups, below the bases of the settings. */
export class EntryFinder {
  constructor(
    private readonly directory: Directory,
    private readonly codec: ValueCodec,
    readonly kind: EntryKind,
  ) {}

  /** Id, name and DN; undefined for an entry that has no id or name. */
  identify(entry: DirectoryEntry): Identified | undefined {
    const { idAttribute } = this.kind;
    const id = this.codec.read(entry, idAttribute)[0];
    const name = this.#nameOf(entry);
    return id === undefined || name === undefined ? undefined : { id, name, dn: entry.dn, entry };
  }

  /** The one with an id. */
  async byId(id: string, attributes: readonly string[] = []): Promise<Identified | undefined> {
    const filter = this.idFilter(id);
    if (!filter) return undefined;
    return (await this.#identified(filter, attributes, 2)).find((one) => one.id === id);
  }

  /** The one with a name. Two with the same name are none: it is not known who is meant. */
  async byName(name: string, attributes: readonly string[] = []): Promise<Identified | undefined> {
    if (name === '' || name.length > LONGEST_NAME || name.includes('\0')) return undefined;
    const filter = this.#named(name);
    for (const pattern of this.kind.dnPatterns) {
      const dn = pattern.replaceAll('{0}', () => escapedValue(name));
      const entry = await this.directory.entry(dn, filter, this.#wanted(attributes));
      const found = entry && this.identify(entry);
      if (found && this.#hasName(found, name)) return found;
    }
    const found = (await this.#identified(filter, attributes, 10)).filter((one) => this.#hasName(one, name));
    return found.length === 1 ? found[0] : undefined;
  }

  /** Those with one of many ids, by id. */
  async byIds(ids: readonly string[], attributes: readonly string[] = []): Promise<ReadonlyMap<string, Identified>> {
    const found = new Map<string, Identified>();
    const wanted = new Set(ids);
    for (const piece of piecesOf([...wanted], CHUNK)) {
      const filters = piece.flatMap((id) => this.idFilter(id) ?? []);
      if (filters.length === 0) continue;
      for (const one of await this.#identified(new OrFilter({ filters }), attributes))
        if (wanted.has(one.id)) found.set(one.id, one);
    }
    return found;
  }

  /**
   * Those with one of many DNs. Asked by the value of the RDN, which is always an attribute of the entry, so a hundred
   * at once; entries that are not of this kind are left out.
   */
  async byDns(dns: readonly string[], attributes: readonly string[] = []): Promise<readonly Identified[]> {
    const { bases } = this.kind;
    const within = dns.filter((dn) => bases.some((base) => isWithin(dn, base)));
    const wanted = new Map(within.map((dn) => [comparable(dn), dn]));
    const found: Identified[] = [];
    for (const piece of piecesOf([...wanted.values()], CHUNK)) {
      const filters = piece.flatMap((dn) => {
        const [part] = firstRdn(dn);
        return part ? [new EqualityFilter(part)] : [];
      });
      if (filters.length === 0) continue;
      for (const one of await this.#identified(new OrFilter({ filters }), attributes))
        if (wanted.delete(comparable(one.dn))) found.push(one);
    }
    return found;
  }

  /** The first `most` that fit, in the order of the directory. */
  async list(
    filter: Filter | undefined,
    attributes: readonly string[],
    most: number,
  ): Promise<{ readonly found: readonly Identified[]; readonly complete: boolean }> {
    const { entries, complete } = await this.#search(this.#listed(filter), attributes, most);
    return { found: entries.flatMap((entry) => this.identify(entry) ?? []), complete };
  }

  /** Filter for an id; undefined when nobody can have it. */
  idFilter(id: string): Filter | undefined {
    const { idAttribute, idSearch } = this.kind;
    const isPossible = idAttribute.toLowerCase() === 'entryuuid' ? isUuid(id) : id !== '' && !id.includes('\0');
    const value = isPossible && id.length <= LONGEST_ID ? this.codec.write(idAttribute, id) : undefined;
    if (value === undefined) return undefined;
    return idSearch?.with(value, idAttribute) ?? new EqualityFilter({ attribute: idAttribute, value });
  }

  /**
   * The filter for a name. Directories know the case of letters by tables that are older than some of them, and compare a
   * sigma at the end of a word as another letter; so names beyond ASCII are asked for in each case.
   */
  #named(name: string): Filter {
    const { nameSearch, caseInsensitive } = this.kind;
    const isPlain = !caseInsensitive || /^\p{ASCII}*$/u.test(name);
    const spellings = isPlain ? [name] : [name, name.toLowerCase(), name.toUpperCase()];
    const [first, ...others] = [...new Set(spellings.map((one) => one.normalize('NFC')))];
    const filter = nameSearch.with(first ?? name);
    return others.length > 0
      ? new OrFilter({ filters: [filter, ...others.map((one) => nameSearch.with(one))] })
      : filter;
  }

  #hasName({ entry }: Identified, name: string): boolean {
    const wanted = this.#key(name);
    return entry.texts(this.kind.nameAttribute).some((one) => this.#key(one) === wanted);
  }

  /** Directories overlook spaces and more when they compare; who signs in must give the name as it is. */
  #key(name: string): string {
    return this.kind.caseInsensitive ? folded(name) : name.normalize('NFC');
  }

  /** Of several names the one that the DN has. */
  #nameOf(entry: DirectoryEntry): string | undefined {
    const attribute = this.kind.nameAttribute.toLowerCase();
    const names = entry.texts(attribute);
    if (names.length < 2) return names[0];
    const inDn = firstRdn(entry.dn).find((part) => part.attribute === attribute)?.value;
    return names.find((name) => name === inDn) ?? names[0];
  }

  #wanted(attributes: readonly string[]): readonly string[] {
    return [...new Set([this.kind.idAttribute, this.kind.nameAttribute, ...attributes])];
  }

  /** All of the kind that fit: with a name and an id, since those without are nobody. */
  #listed(filter: Filter | undefined): Filter {
    const { listFilter, nameAttribute, idAttribute } = this.kind;
    const present = [...new Set([nameAttribute, idAttribute])]
      .filter((name) => !['entryuuid', 'objectguid'].includes(name.toLowerCase()))
      .map((attribute) => new PresenceFilter({ attribute }));
    return new AndFilter({ filters: [listFilter, ...present, ...(filter ? [filter] : [])] });
  }

  async #identified(filter: Filter, attributes: readonly string[], most?: number): Promise<readonly Identified[]> {
    const { listFilter } = this.kind;
    const all = new AndFilter({ filters: [listFilter, filter] });
    const { entries } = await this.#search(all, attributes, most);
    return entries.flatMap((entry) => this.identify(entry) ?? []);
  }

  async #search(filter: Filter, attributes: readonly string[], most?: number): Promise<FoundEntries> {
    const entries: DirectoryEntry[] = [];
    let complete = true;
    for (const base of this.kind.bases) {
      const rest = most === undefined ? {} : { most: most - entries.length };
      if (rest.most !== undefined && rest.most <= 0) return { entries, complete: false };
      const found = await this.directory.search({ base, filter, attributes: this.#wanted(attributes), ...rest });
      entries.push(...found.entries);
      complete = complete && found.complete;
    }
    return { entries, complete };
  }
}
