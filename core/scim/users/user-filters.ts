import { inject, injectable } from 'tsyringe';
import { type HeldRole, type RoleMemberships, RoleMembershipsToken } from '#core/access';
import { claimUri, type UserFilter } from '#core/users';
import type { ResolvedAttribute, ScimAttribute } from '../attributes/resource-model.js';
import type { Compare, Filter, FilterComparison } from '../filter/filter.js';
import { matches } from '../filter/matches.js';
import { badRequest, ScimError, shown } from '../protocol/scim-error.js';
import { anyOf, compared, EVERYBODY, NOBODY, negated } from './filter-parts.js';
import { listFilter } from './list-filters.js';
import { TYPED_LISTS } from './user-attributes.js';
import type { UserSchema } from './user-schema.js';

/** Members of roles in a filter at most. */
const MOST_MEMBERS = 10_000;
/** Groups among them at most. */
const MOST_GROUPS = 200;

/** Says in terms of claims, groups and ids which users a filter means; stores and database then find them. */
@injectable()
export class UserFilters {
  constructor(@inject(RoleMembershipsToken) private readonly roles: RoleMemberships) {}

  /**
   * @throws ScimError 400 invalidFilter for attributes that there are not, and for comparisons that make no sense; 400
   * tooMany for roles with more members than a filter can hold
   */
  async translate(orgId: string, schema: UserSchema, filter: Filter): Promise<UserFilter> {
    switch (filter.op) {
      case 'and':
      case 'or': {
        const filters: UserFilter[] = [];
        for (const one of filter.filters) filters.push(await this.translate(orgId, schema, one));
        return { op: filter.op, filters };
      }
      case 'not':
        return negated(await this.translate(orgId, schema, filter.filter));
      case 'values':
        return this.#values(orgId, schema, filter);
      case 'compare':
        return this.#compared(orgId, schema, filter);
    }
  }

  async #values(
    orgId: string,
    schema: UserSchema,
    { path, filter }: Extract<Filter, { readonly op: 'values' }>,
  ): Promise<UserFilter> {
    const at = resolved(schema, path.text, path);
    if (TYPED_LISTS.includes(at.attribute)) return listFilter(at.attribute, schema.slotsOf(at), filter);
    if (at.attribute.name !== 'groups' && at.attribute.name !== 'roles')
      throw badRequest('invalidFilter', `${shown(path.text)} has no values to select.`);
    return this.#membership(orgId, schema, at.attribute.name, filter);
  }

  /** Within `groups[...]` each comparison is one of the groups; a user is in one that fits all of them, or not. */
  async #membership(orgId: string, schema: UserSchema, name: string, filter: Filter): Promise<UserFilter> {
    if (filter.op === 'compare' && filter.path.sub === undefined && filter.path.urn === undefined)
      return this.#compared(orgId, schema, { ...filter, path: { ...filter.path, name, sub: filter.path.name } });
    if (filter.op === 'or') {
      const filters: UserFilter[] = [];
      for (const one of filter.filters) filters.push(await this.#membership(orgId, schema, name, one));
      return { op: 'or', filters };
    }
    throw badRequest('invalidFilter', `Within ${name}[...] only comparisons joined by "or" can be evaluated.`);
  }

  async #compared(orgId: string, schema: UserSchema, filter: Compare): Promise<UserFilter> {
    // To be null is to have no value at all, in whichever of its claims an attribute could have one.
    if (filter.value === null && (filter.comparison === 'eq' || filter.comparison === 'ne')) {
      const isThere = await this.#compared(orgId, schema, { ...filter, comparison: 'pr' });
      return filter.comparison === 'eq' ? negated(isThere) : isThere;
    }
    const at = resolved(schema, filter.path.text, filter.path);
    const { attribute, sub, extension } = at;
    if (extension === undefined)
      switch (attribute.name) {
        case 'id':
          return compared({ of: 'id' }, attribute, filter);
        case 'userName':
          return compared({ of: 'username' }, attribute, filter);
        case 'meta':
          return metaFilter(sub, filter);
        case 'groups':
          return compared({ of: 'group', by: membershipBy(sub) }, sub ?? attribute, filter);
        case 'roles':
          return this.#roleFilter(orgId, membershipBy(sub), sub ?? attribute, filter);
      }
    if (TYPED_LISTS.includes(attribute) && (sub !== undefined || filter.comparison !== 'pr')) {
      const name = sub?.name ?? (attribute.subAttributes.find((one) => one.name === 'value') ? 'value' : 'formatted');
      return listFilter(attribute, schema.slotsOf(at), {
        ...filter,
        path: { ...filter.path, name, sub: undefined, urn: undefined },
      });
    }
    const slots = schema.slotsOf(at).filter(({ part }) => sub === undefined || part === sub.name);
    if (attribute.returned === 'never') throw unfit(filter, 'it is never answered');
    if (slots.length === 0) throw unfit(filter, 'no claim keeps it');
    const filters = slots.map(({ claim, part }) => {
      const own =
        part === undefined ? attribute : (attribute.subAttributes.find((one) => one.name === part) ?? attribute);
      return compared({ of: 'claim', uri: claim.claimURI }, own, positive(filter));
    });
    return turned(filter, anyOf(filters));
  }

  async #roleFilter(orgId: string, by: 'id' | 'name', attribute: ScimAttribute, filter: Compare): Promise<UserFilter> {
    const shownAs = (role: HeldRole) => (by === 'id' ? role.id : role.name);
    const wanted = { ...positive(filter), path: { ...filter.path, name: 'value', sub: undefined, urn: undefined } };
    const simple: ScimAttribute = { ...attribute, type: 'string', caseExact: by === 'id', subAttributes: [] };
    const isMeant = (role: HeldRole) => matches(simple, wanted, shownAs(role));
    const roles = await this.roles.named(orgId, isMeant);
    if (roles.some(({ system }) => system === 'everyone')) return turned(filter, EVERYBODY);
    const members = await this.roles.membersOf(
      orgId,
      roles.map(({ id }) => id),
      MOST_MEMBERS,
    );
    if (!members || members.groupIds.length > MOST_GROUPS)
      throw badRequest(
        'tooMany',
        `The roles in the filter have more than ${MOST_MEMBERS} members, or more than ${MOST_GROUPS} groups.`,
      );
    const inGroups = members.groupIds.map(
      (value): UserFilter => ({ op: 'compare', subject: { of: 'group', by: 'id' }, comparison: 'eq', value }),
    );
    return turned(filter, anyOf([{ op: 'ids', ids: members.userIds }, ...inGroups]));
  }
}

function resolved(schema: UserSchema, text: string, path: Compare['path']): ResolvedAttribute {
  const found = schema.model.resolve(path);
  if (found?.is === 'attribute') return found.at;
  throw badRequest('invalidFilter', `There is no attribute ${shown(text)} in a User.`);
}

function membershipBy(sub: ScimAttribute | undefined): 'id' | 'name' {
  if (sub === undefined || sub.name === 'display') return 'name';
  if (sub.name === 'value') return 'id';
  throw badRequest('invalidFilter', `Users cannot be filtered by ${sub.name} of their groups or roles.`);
}

function metaFilter(sub: ScimAttribute | undefined, filter: Compare): UserFilter {
  if (sub?.name === 'created' || sub?.name === 'lastModified') {
    const uri = claimUri(sub.name === 'created' ? 'created' : 'modified');
    return compared({ of: 'claim', uri }, sub, filter);
  }
  if (sub?.name !== 'resourceType') throw unfit(filter, 'no claim keeps it');
  const own: Compare = { ...filter, path: { ...filter.path, name: 'value', sub: undefined, urn: undefined } };
  return matches({ ...sub, subAttributes: [] }, own, 'User') ? EVERYBODY : NOBODY;
}

function unfit({ path }: Compare, why: string): ScimError {
  return badRequest('invalidFilter', `Users cannot be filtered by ${shown(path.text)}: ${why}.`);
}

/** `ne` of several places is that none of them is equal. */
function positive(filter: Compare): Compare {
  const isNegative = filter.comparison === 'ne';
  return isNegative ? { ...filter, comparison: 'eq' as FilterComparison } : filter;
}

function turned(filter: Compare, translated: UserFilter): UserFilter {
  return filter.comparison === 'ne' ? negated(translated) : translated;
}
