import type { UserFilter, UserFilterSubject } from '#core/users';
import type { ScimAttribute } from '../attributes/resource-model.js';
import type { Compare } from '../filter/filter.js';
import { badRequest, type ScimError, shown } from '../protocol/scim-error.js';

/** A filter that nobody fits. */
export const NOBODY: UserFilter = { op: 'ids', ids: [] };
/** A filter that everybody fits. */
export const EVERYBODY: UserFilter = { op: 'not', filter: NOBODY };

/** Those who do not fit. */
export function negated(filter: UserFilter): UserFilter {
  return filter.op === 'not' ? filter.filter : { op: 'not', filter };
}

/** Those who fit one of several filters. */
export function anyOf(filters: readonly UserFilter[]): UserFilter {
  return joined('or', filters, NOBODY, EVERYBODY);
}

/** Those who fit all of several filters. */
export function allOf(filters: readonly UserFilter[]): UserFilter {
  return joined('and', filters, EVERYBODY, NOBODY);
}

function joined(
  op: 'and' | 'or',
  filters: readonly UserFilter[],
  neutral: UserFilter,
  decisive: UserFilter,
): UserFilter {
  if (filters.includes(decisive)) return decisive;
  const rest = filters.filter((one) => one !== neutral && !(op === 'or' && one.op === 'ids' && one.ids.length === 0));
  if (rest.length === 0) return neutral;
  return rest.length === 1 ? (rest[0] as UserFilter) : { op, filters: rest };
}

const ORDERED: ReadonlySet<string> = new Set(['gt', 'ge', 'lt', 'le']);
const PARTIAL: ReadonlySet<string> = new Set(['co', 'sw', 'ew']);

/**
 * A comparison of one subject.
 *
 * @param attribute says how the value is to be read
 * @throws ScimError 400 invalidFilter for a value or an operator that does not go with the attribute
 */
export function compared(subject: UserFilterSubject, attribute: ScimAttribute, filter: Compare): UserFilter {
  const { comparison, value } = filter;
  const isThere: UserFilter = { op: 'compare', subject, comparison: 'pr', value: '' };
  if (comparison === 'pr') return isThere;
  if (value === null) {
    if (comparison === 'eq') return negated(isThere);
    if (comparison === 'ne') return isThere;
    throw wrong(filter, 'null can be compared by eq and ne only');
  }
  return { op: 'compare', subject, comparison, value: textOf(attribute, filter, String(value)) };
}

function textOf({ type, name }: ScimAttribute, filter: Compare, text: string): string {
  if (text.includes('\0')) throw wrong(filter, 'it holds a character that no value has');
  const { comparison } = filter;
  const isPart = PARTIAL.has(comparison);
  switch (type) {
    case 'boolean':
      if (!/^(true|false)$/i.test(text)) throw wrong(filter, `${name} is true or false`);
      if (isPart || ORDERED.has(comparison)) throw wrong(filter, `${name} can be compared by eq, ne and pr only`);
      return text.toLowerCase();
    case 'integer':
    case 'decimal':
      if (!isPart && !/^-?\d{1,15}(\.\d{1,15})?$/.test(text)) throw wrong(filter, `${name} is a number`);
      return text;
    case 'dateTime':
      if (!isPart && Number.isNaN(Date.parse(text)))
        throw wrong(filter, `${name} is a time such as 2024-01-31T00:00:00Z`);
      return text;
    default:
      return text;
  }
}

function wrong({ path, comparison, value }: Compare, why: string): ScimError {
  const what = `${shown(path.text)} ${comparison} ${shown(JSON.stringify(value))}`;
  return badRequest('invalidFilter', `The comparison ${what} cannot be evaluated: ${why}.`);
}
