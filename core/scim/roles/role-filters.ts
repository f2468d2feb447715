import type { RoleFilter } from '#core/access';
import { checkExternalIdFilter } from '../attributes/external-id.js';
import type { AttributePath, Compare, Filter } from '../filter/filter.js';
import { badRequest, shown } from '../protocol/scim-error.js';
import { RoleModel } from './role-schema.js';

type Subject = Extract<RoleFilter, { op: 'compare' }>['subject'];

/** No database keeps the first; the second is no Unicode. */
const UNFIT = /\0|[\ud800-\udfff]/u;

/** What can be compared, by path. */
const subjects: ReadonlyMap<string, Subject> = new Map([
  ['id', 'id'],
  ['externalId', 'externalId'],
  ['displayName', 'name'],
  ['audience', 'audienceId'],
  ['audience.value', 'audienceId'],
  ['audience.type', 'audienceType'],
]);

/**
 * A filter in terms of roles: every operator, joined by `and`.
 *
 * @throws ScimError 400 invalidFilter for `or`, and for an attribute that roles do not have or are not filtered by
 */
export function roleFilterOf(filter: Filter): RoleFilter {
  switch (filter.op) {
    case 'and':
      return { op: 'and', filters: filter.filters.map(roleFilterOf) };
    case 'or':
      throw badRequest('invalidFilter', 'Unsupported Operation: or. Filters of roles are joined by "and" only.');
    case 'not':
      return { op: 'not', filter: roleFilterOf(filter.filter) };
    case 'values':
      throw badRequest('invalidFilter', `Roles cannot be filtered by values of ${shown(filter.path.text)}.`);
    case 'compare':
      return compared(filter);
  }
}

function compared(filter: Compare): RoleFilter {
  const { path, comparison, value } = filter;
  const subject = subjectOf(path);
  if (subject === 'externalId') checkExternalIdFilter(filter);
  const isThere: RoleFilter = { op: 'compare', subject, comparison: 'pr', value: '' };
  if (comparison === 'pr') return isThere;
  if (value === null) {
    if (subject !== 'externalId') throw badRequest('invalidFilter', `${shown(path.text)} is never null.`);
    return comparison === 'ne' ? isThere : { op: 'not', filter: isThere };
  }
  const text = String(value);
  if (UNFIT.test(text))
    throw badRequest('invalidFilter', `${shown(path.text)} is compared with a character that no value has.`);
  return { op: 'compare', subject, comparison, value: text };
}

function subjectOf(path: AttributePath): Subject {
  const resolved = RoleModel.resolve(path);
  const names = resolved?.is === 'attribute' ? [resolved.at.attribute, resolved.at.sub] : [];
  const subject = subjects.get(names.flatMap((one) => one?.name ?? []).join('.'));
  if (!subject) throw badRequest('invalidFilter', `Roles cannot be filtered by ${shown(path.text)}.`);
  return subject;
}
