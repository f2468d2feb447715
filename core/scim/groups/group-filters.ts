import type { GroupFilter, GroupFilterSubject } from '#core/users';
import { checkExternalIdFilter } from '../attributes/external-id.js';
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

/** Ids of the groups that clients call by an external id; undefined: by any. @throws ScimError 400 tooMany */
export type GroupsCalled = (externalId: string | undefined) => Promise<readonly string[]>;

/**
 * A filter in terms of groups: every operator, and all of `and`, `or` and `not`.
 *
 * @throws ScimError 400 invalidFilter for an attribute that groups do not have or that cannot be filtered by
 */
export async function groupFilterOf(filter: Filter, called: GroupsCalled): Promise<GroupFilter> {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const filters: GroupFilter[] = [];
      for (const one of filter.filters) filters.push(await groupFilterOf(one, called));
      return { op: filter.op, filters };
    }
    case 'not':
      return { op: 'not', filter: await groupFilterOf(filter.filter, called) };
    case 'values':
      return compared(withinMembers(filter.path, filter.filter));
    case 'compare':
      return nameOf(filter.path) === 'externalid' ? byExternalId(filter, called) : compared(filter);
  }
}

async function byExternalId(filter: Compare, called: GroupsCalled): Promise<GroupFilter> {
  checkExternalIdFilter(filter);
  const { comparison, value } = filter;
  const isOfNull = value === null;
  const found: GroupFilter = { op: 'ids', ids: await called(isOfNull ? undefined : String(value)) };
  const isOpposite = comparison === (isOfNull ? 'eq' : 'ne');
  return isOpposite ? { op: 'not', filter: found } : found;
}

/** `members[value eq "x"]` as `members.value eq "x"`; of several conditions on one member there is but one that can be. */
function withinMembers(path: AttributePath, inner: Filter): Compare {
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
  const subject = subjects.get(nameOf(path));
  if (!subject) throw badRequest('invalidFilter', `Groups cannot be filtered by ${shown(path.text)}.`);
  return subject;
}

/** What a path names, in lower case; empty: nothing of a group. */
function nameOf(path: AttributePath): string {
  const resolved = GroupModel.resolve(path);
  if (resolved?.is !== 'attribute') return '';
  const { attribute, sub } = resolved.at;
  return `${attribute.name}${sub ? `.${sub.name}` : ''}`.toLowerCase();
}
