export { type UserScopes, UserScopesToken } from './basic-strategy.js';
export {
  ClaimDialects,
  ClaimDialectsToken,
  claimUri,
  /** @public */ IDENTITY_CLAIMS,
  /** @public */ LOCAL_DIALECT,
  type LocalClaim,
} from './claims.js';
export { SuperAdminSettings } from './module.js';
export {
  type Administrators,
  AdministratorsToken,
  type FirstAdministrator,
  FirstAdministratorToken,
} from './super-admin.js';
export {
  type AuthenticationOutcome,
  qualifiedName,
  type User,
  type UserClaims,
  UserCreated,
  UserCredentialsChanged,
  UserDeleted,
  type UserService,
  UserServiceToken,
} from './user.service.js';
export { type UserGroups, /** @public */ UserGroupsToken, UserLeftGroup } from './user-groups.js';
export { type UserSearch, /** @public */ type UserSearchOptions, UserSearchToken } from './user-search.js';
export { type UserSecrets, UserSecretsToken } from './user-secrets.js';
export {
  type CredentialOutcome,
  type StoreAttributes,
  type StoredGroup,
  type StoredUser,
  type UserStore,
  type UserStoreManager,
  UserStoreManagers,
} from './user-store.js';
export { PRIMARY, type UserStores, UserStoresToken } from './user-stores.js';
