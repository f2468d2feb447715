import { attribute, ResourceModel, type ScimAttribute } from '../attributes/resource-model.js';
import type { ResourceType } from '../discovery/resource-types.routes.js';
import { Schemas } from '../protocol/schemas.js';

const readOnly = { mutability: 'readOnly', caseExact: true } as const;

const references = (name: string, more: Partial<Pick<ScimAttribute, 'mutability'>> = {}) =>
  attribute(name, {
    multiValued: true,
    ...more,
    subAttributes: [
      attribute('value', { caseExact: true, mutability: more.mutability ?? 'immutable' }),
      attribute('display', { mutability: 'readOnly' }),
      attribute('$ref', { type: 'reference', ...readOnly }),
    ],
  });

/** Organization or application that a role belongs to; never changed. */
export const AUDIENCE = attribute('audience', {
  mutability: 'immutable',
  subAttributes: [
    attribute('value', { caseExact: true, mutability: 'immutable' }),
    attribute('display', { mutability: 'readOnly' }),
    attribute('type', { mutability: 'immutable' }),
  ],
});
/** Scopes that a role gives. */
export const PERMISSIONS = references('permissions');
/** Users who have it themselves. */
export const USERS = references('users');
/** Groups that have it. */
export const GROUPS = references('groups');
/** Applications for which it counts. */
export const APPLICATIONS = references('associatedApplications', { mutability: 'readOnly' });
const PROPERTIES = attribute('properties', {
  multiValued: true,
  mutability: 'readOnly',
  subAttributes: [attribute('name', readOnly), attribute('value', { mutability: 'readOnly' })],
});

/** Roles, as the contract has them. */
export const RoleModel = new ResourceModel('Role', {
  id: Schemas.role,
  attributes: [
    attribute('displayName'),
    AUDIENCE,
    PERMISSIONS,
    USERS,
    GROUPS,
    APPLICATIONS,
    PROPERTIES,
    attribute('systemRole', { type: 'boolean', mutability: 'readOnly' }),
  ],
});

/** Roles as a kind of resource. */
export const roleResourceType: ResourceType = {
  name: 'Role',
  endpoint: '/v2/Roles',
  description: 'Role',
  schema: Schemas.role,
  extensions: [],
};
