import type { RoleFilter } from '#core/access';
import type { AttributePath, Compare, Filter } from '../filter/filter.js';
import { badRequest, shown } from '../protocol/scim-error.js';
import { RoleModel } from './role-schema.js';

type Subject = Extract<RoleFilter, { op: 'compare' }>['subject'];

/** What can be compared, by path. */
const subjects: ReadonlyMap<string, Subject> = new Map([
  ['id', 'id'],
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

function compared({ path, comparison, value }: Compare): RoleFilter {
  const subject = subjectOf(path);
  if (comparison === 'pr') return { op: 'compare', subject, comparison, value: '' };
  if (value === null) throw badRequest('invalidFilter', `${shown(path.text)} is never null.`);
  return { op: 'compare', subject, comparison, value: String(value) };
}

function subjectOf(path: AttributePath): Subject {
  const resolved = RoleModel.resolve(path);
  const names = resolved?.is === 'attribute' ? [resolved.at.attribute, resolved.at.sub] : [];
  const subject = subjects.get(names.flatMap((one) => one?.name ?? []).join('.'));
  if (!subject) throw badRequest('invalidFilter', `Roles cannot be filtered by ${shown(path.text)}.`);
  return subject;
}
