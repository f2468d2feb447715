import type { GroupFilter, GroupFilterSubject } from '#core/users';
import type { AttributePath, Compare, Filter } from '../filter/filter.js';
import { badRequest, shown } from '../protocol/scim-error.js';
import { GroupModel } from './group-schema.js';

/** What can be compared, by path in lower case. */
const subjects: ReadonlyMap<string, GroupFilterSubject> = new Map([
  ['id', 'id'],
  ['displayname', 'name'],
  ['meta.created', 'created'],
  ['meta.lastmodified', 'modified'],
  ['members', 'member'],
  ['members.value', 'member'],
]);
const ofMembers: ReadonlySet<string> = new Set(['eq', 'ne', 'pr']);

/**
 * A filter in terms of groups: every operator, and all of `and`, `or` and `not`.
 *
 * @throws ScimError 400 invalidFilter for an attribute that groups do not have or that cannot be filtered by
 */
export function groupFilterOf(filter: Filter): GroupFilter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { op: filter.op, filters: filter.filters.map(groupFilterOf) };
    case 'not':
      return { op: 'not', filter: groupFilterOf(filter.filter) };
    case 'values':
      return groupFilterOf(withinMembers(filter.path, filter.filter));
    case 'compare':
      return compared(filter);
  }
}

/** `members[value eq "x"]` as `members.value eq "x"`; of several conditions on one member there is but one that can be. */
function withinMembers(path: AttributePath, inner: Filter): Filter {
  if (inner.op !== 'compare' || inner.path.urn !== undefined || inner.path.sub !== undefined)
    throw badRequest('invalidFilter', `${shown(path.text)}[…] can have one comparison of "value" only.`);
  const text = `${path.text}.${inner.path.name}`;
  return { ...inner, path: { ...path, text, sub: inner.path.name } };
}

function compared({ path, comparison, value }: Compare): GroupFilter {
  const subject = subjectOf(path);
  if (comparison === 'pr') return { op: 'compare', subject, comparison, value: '' };
  if (value === null) {
    const present: GroupFilter = { op: 'compare', subject, comparison: 'pr', value: '' };
    if (comparison === 'ne') return present;
    if (comparison === 'eq') return { op: 'not', filter: present };
    throw badRequest('invalidFilter', `Only eq and ne can compare ${shown(path.text)} with null.`);
  }
  if (subject === 'member' && !ofMembers.has(comparison))
    throw badRequest('invalidFilter', `Filter operation: ${comparison} is not supported for ${shown(path.text)}.`);
  const isTime = subject === 'created' || subject === 'modified';
  if (isTime && Number.isNaN(Date.parse(String(value))))
    throw badRequest('invalidFilter', `${shown(path.text)} is a time, which ${shown(value)} is not.`);
  return { op: 'compare', subject, comparison, value: String(value) };
}

function subjectOf(path: AttributePath): GroupFilterSubject {
  const resolved = GroupModel.resolve(path);
  const name = resolved?.is === 'attribute' ? [resolved.at.attribute, resolved.at.sub] : [];
  const key = name.flatMap((one) => one?.name ?? []).join('.');
  const subject = subjects.get(key.toLowerCase());
  if (!subject) throw badRequest('invalidFilter', `Groups cannot be filtered by ${shown(path.text)}.`);
  return subject;
}
