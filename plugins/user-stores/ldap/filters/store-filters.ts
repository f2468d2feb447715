import { AndFilter, type Filter, NotFilter, OrFilter } from 'ldapts';
import { type CompareFilter, type StoreFilter, UserFilterError } from '#core/users';
import type { SchemaSource } from '../directory/directory-schema.js';
import type { EntryFinder } from '../entries/entry-finder.js';
import type { ValueCodec } from '../entries/value-codec.js';
import { anyOf, everything, nothing, unable, ValueFilters } from './value-filters.js';

/** What of the other kind of entries is compared: groups of users, members of groups. */
export type RelationFilter = (compared: CompareFilter) => Promise<Filter>;

/** What {@link StoreFilters} works with. */
export interface FilterParts {
  readonly schema: SchemaSource;
  readonly codec: ValueCodec;
  readonly finder: EntryFinder;
  /** Attribute of the directory for one of the store. */
  readonly attributeOf: (name: string) => string;
  readonly relation: RelationFilter;
}

/** Depth of a filter at most: what is deeper was not meant to be answered. */
const DEEPEST = 50;

/** Translates filters of the server into filters of the directory. */
export class StoreFilters {
  constructor(private readonly parts: FilterParts) {}

  /**
   * The filter of the directory.
   *
   * @throws UserFilterError when the directory cannot evaluate it
   * @throws UnavailableError when the directory does not answer
   */
  async translated(filter: StoreFilter): Promise<Filter> {
    const values = new ValueFilters(await this.parts.schema.get(), this.parts.codec);
    return this.#of(filter, values, 0);
  }

  async #of(filter: StoreFilter, values: ValueFilters, depth: number): Promise<Filter> {
    if (depth > DEEPEST) throw new UserFilterError('The filter is nested too deeply.');
    switch (filter.op) {
      case 'not':
        return new NotFilter({ filter: await this.#of(filter.filter, values, depth + 1) });
      case 'ids':
        return anyOf(filter.ids.flatMap((id) => this.parts.finder.idFilter(id) ?? []));
      case 'compare':
        return this.#compared(filter, values);
      default: {
        const filters: Filter[] = [];
        for (const one of filter.filters) filters.push(await this.#of(one, values, depth + 1));
        if (filters.length === 0) return filter.op === 'and' ? everything() : nothing();
        return filter.op === 'and' ? new AndFilter({ filters }) : new OrFilter({ filters });
      }
    }
  }

  async #compared(filter: CompareFilter, values: ValueFilters): Promise<Filter> {
    const { finder, relation, attributeOf } = this.parts;
    const { subject, comparison, value } = filter;
    switch (subject.of) {
      case 'name':
        return values.of(finder.kind.nameAttribute, filter);
      case 'attribute':
        return values.of(attributeOf(subject.name), filter);
      case 'identity':
        throw unable('What the server keeps itself', 'cannot be asked of a directory');
      case 'id': {
        if (comparison === 'eq') return finder.idFilter(value) ?? nothing();
        if (comparison === 'ne') return new NotFilter({ filter: finder.idFilter(value) ?? nothing() });
        return values.of(finder.kind.idAttribute, filter);
      }
      default:
        return relation(filter);
    }
  }
}
