import type { ClaimDialects } from '../claims/claim-dialects.js';
import { claimUri, type LocalClaim } from '../claims/claim-model.js';
import { combined, EVERYBODY, NOBODY, type NormalFilter, normalFilter } from '../stores/normal-filter.js';
import { type Comparison, type FilterSubject, MOST_IDS, type ValueType } from '../stores/store-filter.js';
import type { UserStore } from '../stores/user-store.js';
import { instantOf, numberKey } from '../stores/value-keys.js';
import { UserFilterError } from './user-directory.js';
import type { UserFilter, UserFilterSubject } from './user-filter.js';

/** What a filter is translated with. */
export interface Translation {
  readonly dialects: ClaimDialects;
  /** Domains of all stores of the organization. */
  readonly domains: ReadonlySet<string>;
  readonly store: Pick<UserStore, 'domain' | 'groups'>;
}

type Compare = Extract<UserFilter, { readonly op: 'compare' }>;

const TYPES: Readonly<Record<LocalClaim['dataType'], ValueType>> = {
  string: 'string',
  complex: 'string',
  integer: 'integer',
  decimal: 'decimal',
  boolean: 'boolean',
  date: 'dateTime',
  datetime: 'dateTime',
  epoch: 'integer',
};
/** Claims that are times, whatever is said of them. */
const TIMES: readonly string[] = [claimUri('created'), claimUri('modified')];

/**
 * A filter in terms of one store: claims have become attributes or identity data, with the types of the claims, and
 * what names another store is nobody.
 *
 * @throws UserFilterError for a claim that there is not, and for values that are not of its type
 */
export function inTermsOf(translation: Translation, filter: UserFilter): NormalFilter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return combined(
        filter.op,
        filter.filters.map((part) => inTermsOf(translation, part)),
      );
    case 'not':
      return opposite(inTermsOf(translation, filter.filter));
    case 'ids':
      return idsFilter(filter.ids);
    default:
      return comparison(translation, filter);
  }
}

/** Ids in pieces that stores take. */
export function idsFilter(ids: readonly string[]): NormalFilter {
  const unique = [...new Set(ids)];
  const pieces: NormalFilter[] = [];
  for (let first = 0; first < unique.length; first += MOST_IDS)
    pieces.push({ op: 'leaf', negated: false, of: { op: 'ids', ids: unique.slice(first, first + MOST_IDS) } });
  return combined('or', pieces);
}

function opposite(filter: NormalFilter): NormalFilter {
  if (filter.op === 'leaf') return { ...filter, negated: !filter.negated };
  return combined(filter.op === 'and' ? 'or' : 'and', filter.filters.map(opposite));
}

function comparison(translation: Translation, compare: Compare): NormalFilter {
  const { subject } = compare;
  const { of } = subject;
  if (of === 'username' || (of === 'claim' && subject.uri === claimUri('username')))
    return named(translation, compare, { of: 'name' });
  if (of === 'id' || (of === 'claim' && subject.uri === claimUri('userid')))
    return compared({ of: 'id' }, compare, 'string');
  if (of === 'group' || (of === 'claim' && subject.uri === claimUri('groups'))) {
    if (!translation.store.groups) return compare.comparison === 'ne' ? EVERYBODY : NOBODY;
    const by = of === 'group' ? subject.by : 'name';
    return by === 'id'
      ? compared({ of: 'group', by }, compare, 'string')
      : named(translation, compare, { of: 'group', by });
  }
  return claimed(translation, compare, subject);
}

/** A name may carry the domain of a store: then only users of that one fit. */
function named({ domains, store }: Translation, compare: Compare, subject: FilterSubject): NormalFilter {
  const { comparison: given, value } = compare;
  const slash = value.indexOf('/');
  const domain = value.slice(0, Math.max(slash, 0)).toUpperCase();
  if (!domains.has(domain)) return compared(subject, compare, 'string');
  if (domain !== store.domain) return given === 'ne' ? EVERYBODY : NOBODY;
  // The domain is the beginning of the whole name, so a part that has it is a beginning, and an end all of it.
  const within: Partial<Record<Comparison, Comparison>> = { co: 'sw', ew: 'eq' };
  const rest = { ...compare, comparison: within[given] ?? given, value: value.slice(slash + 1) };
  return compared(subject, rest, 'string');
}

function claimed(translation: Translation, compare: Compare, subject: UserFilterSubject): NormalFilter {
  if (subject.of !== 'claim') throw new Error(`a filter by ${subject.of} is no filter by a claim`);
  const { uri } = subject;
  const place = translation.dialects.placeOf(uri, translation.store.domain);
  const claim = translation.dialects.local(uri);
  if (!place || !claim) throw new UserFilterError(`There is no claim ${uri}.`);
  const type = TIMES.includes(uri) ? 'dateTime' : TYPES[claim.dataType];
  const of = place.in === 'store' ? 'attribute' : 'identity';
  const isEpoch = claim.dataType === 'epoch';
  const value = isEpoch ? epochOf(compare.value) : compare.value;
  return compared(
    { of, name: place.name },
    { ...compare, value: readable(claim, compare.comparison, value, type) },
    type,
  );
}

/** A time that is kept in milliseconds may be asked for in ISO 8601. */
function epochOf(value: string): string {
  const instant = instantOf(value);
  return instant === undefined ? value : String(instant);
}

const TEXTUAL: readonly Comparison[] = ['co', 'sw', 'ew', 'pr'];

/** The value, of which the type is certain. @throws UserFilterError when it is not of the type */
function readable({ displayName }: LocalClaim, given: Comparison, value: string, type: ValueType): string {
  if (type === 'string' || TEXTUAL.includes(given)) return value;
  const isReadable = {
    integer: () => numberKey(value) !== undefined,
    decimal: () => numberKey(value) !== undefined,
    boolean: () => /^(true|false)$/i.test(value),
    dateTime: () => instantOf(value) !== undefined,
  }[type]();
  if (isReadable) return value;
  const wanted = { integer: 'a number', decimal: 'a number', boolean: 'true or false', dateTime: 'a time (ISO 8601)' };
  throw new UserFilterError(`${displayName} is compared with ${wanted[type]}, and "${value}" is none.`);
}

function compared(subject: FilterSubject, { comparison: given, value }: Compare, type: ValueType): NormalFilter {
  return normalFilter({ op: 'compare', subject, comparison: given, value, type });
}
