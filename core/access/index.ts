export { type ApiResourceService, ApiResourceServiceToken, type NewApiScope } from './api-resource.service.js';
export { apiResourceErrors } from './api-resource-errors.js';
export { type ApiResource, type ApiScope, OWN_TYPES } from './api-resource-model.js';
export { type ApiResources, ApiResourcesToken } from './api-resources.js';
export { type ApplicationAccess, ApplicationAccessToken } from './application-access.js';
export {
  type AuthorizationDetailsTypeService,
  AuthorizationDetailsTypeServiceToken,
} from './authorization-details-types.js';
export {
  type ApiAuthorization,
  type AuthorizedApiService,
  AuthorizedApiServiceToken,
} from './authorized-api.service.js';
export { type Consent, type ConsentService, ConsentServiceToken } from './consent.service.js';
export { consoleIdOf } from './console-roles.js';
export { DetailsSchemaError, type DetailsValidator, detailsValidator } from './details-schema.js';
export type { RoleEntity } from './entities.js';
export { RoleTaken, ScopeSourcesChanged } from './events.js';
export { type RoleService, RoleServiceToken, scopesOf } from './role.service.js';
export { type RoleAdministration, RoleAdministrationToken } from './role-administration.js';
export { type RoleAuthority, RoleAuthorityToken } from './role-authority.js';
export { type RoleDirectory, RoleDirectoryToken, type RolePermission } from './role-directory.js';
export type { RoleComparison, RoleFilter } from './role-filter.js';
export {
  type HeldRole,
  type RoleMemberships,
  RoleMembershipsToken,
} from './role-memberships.js';
export {
  type NewRole,
  type RoleApplication,
  type RoleApplications,
  RoleApplicationsToken,
  type RoleAudience,
  type RoleChange,
  type RoleGroupSource,
  /** @public */ RoleGroupSources,
  type RoleMemberChange,
} from './role-model.js';
export { type ScopeMeaning, ScopeMeanings } from './scope-meanings.js';
