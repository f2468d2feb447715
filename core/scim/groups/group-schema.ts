import { attribute, ResourceModel } from '../attributes/resource-model.js';
import type { ResourceType } from '../discovery/resource-types.routes.js';
import { Schemas } from '../protocol/schemas.js';

const readOnly = { mutability: 'readOnly', caseExact: true } as const;

/** Members of a group: users of its store. */
export const MEMBERS = attribute('members', {
  multiValued: true,
  subAttributes: [
    attribute('value', { caseExact: true, mutability: 'immutable' }),
    attribute('display', { mutability: 'readOnly' }),
    attribute('$ref', { type: 'reference', ...readOnly }),
  ],
});

/** Roles that a group has. */
export const ROLES = attribute('roles', {
  multiValued: true,
  mutability: 'readOnly',
  subAttributes: [
    attribute('value', readOnly),
    attribute('display', { mutability: 'readOnly' }),
    attribute('audienceValue', readOnly),
    attribute('audienceType', readOnly),
    attribute('audienceDisplay', { mutability: 'readOnly' }),
    attribute('$ref', { type: 'reference', ...readOnly }),
  ],
});

/** Groups (RFC 7643 section 4.2), with the roles that they have. */
export const GroupModel = new ResourceModel('Group', {
  id: Schemas.group,
  attributes: [attribute('displayName'), MEMBERS, ROLES],
});

/** Groups as a kind of resource. */
export const groupResourceType: ResourceType = {
  name: 'Group',
  endpoint: '/Groups',
  description: 'Group',
  schema: Schemas.group,
  extensions: [],
};
