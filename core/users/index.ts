export { type FactorTries, FactorTriesToken } from './accounts/account-lock.js';
export { type IdleAccounts, /** @public */ IdleAccountsToken } from './accounts/idle-accounts.js';
export type { AuthenticationOutcome, SignInOptions } from './accounts/password-sign-ins.js';
export {
  /** @public */ type PersonalDataExport,
  type PersonalDataSource,
  PersonalDataSources,
} from './accounts/personal-data.js';
export { type SignInTimes, SignInTimesToken } from './accounts/sign-in-times.js';
export { type UserAssociations, UserAssociationsToken } from './associations/user-associations.service.js';
export { type UserScopes, UserScopesToken } from './basic-strategy.js';
export { type ClaimCatalog, ClaimCatalogToken } from './claims/claim-catalog.js';
export { ClaimDialects, /** @public */ type MappedClaim } from './claims/claim-dialects.js';
export {
  type ClaimProfile,
  claimUri,
  type ExternalClaim,
  type ExternalDialect,
  /** @public */ flagIn,
  /** @public */ IDENTITY_CLAIMS,
  /** @public */ LOCAL_DIALECT,
  /** @public */ LOCAL_DIALECT_URI,
  type LocalClaim,
} from './claims/claim-model.js';
export { type ClaimUse, ClaimUses } from './claims/claim-uses.js';
export { type LocalClaims, LocalClaimsToken } from './claims/local-claims.js';
export { PatternMatcher } from './claims/safe-pattern.js';
export {
  type DirectoryPage,
  type DirectoryQuery,
  type ListedUser,
  type UserDirectory,
  UserDirectoryToken,
  UserFilterError,
} from './directory/user-directory.js';
export type { UserFilter, UserFilterSubject } from './directory/user-filter.js';
export { type GovernanceService, /** @public */ GovernanceServiceToken } from './governance/governance.service.js';
export {
  /** @public */ type ConnectorProperty,
  type GovernanceConnector,
  /** @public */ GovernanceConnectors,
} from './governance/governance-connector.js';
export { type OrganizationValues, OrganizationValuesToken } from './governance/organization-values.js';
export { type Group, GroupDeleted, qualifiedGroupName, UserLeftGroup } from './groups/group.js';
export { type FoundGroups, type GroupDirectory, GroupDirectoryToken } from './groups/group-directory.js';
export { type GroupExternalIds, GroupExternalIdsToken } from './groups/group-external-ids.js';
export type { GroupFilter, GroupFilterSubject } from './groups/group-filter.js';
export { type GroupChange, type UserGroups, UserGroupsToken } from './groups/user-groups.js';
export { SuperAdminSettings } from './module.js';
export {
  type PasswordChange,
  type PasswordChangeOutcome,
  PasswordChangeToken,
  PRESERVE_SESSION,
  SESSION_VALUES,
} from './passwords/password-change.js';
export {
  type PasswordExpiry,
  PasswordExpiryToken,
  type RolesOfUsers,
  RolesOfUsersToken,
} from './passwords/password-expiry.js';
export {
  type FieldRules,
  type ValidationRule,
  type ValidationRules,
  ValidationRulesToken,
} from './passwords/validation-rules.js';
export {
  combined,
  EVERYBODY,
  type FilterLeaf,
  type NormalFilter,
  normalFilter,
} from './stores/normal-filter.js';
export { /** @public */ UserStoreRemoved } from './stores/secondary-stores.service.js';
export { StoreBusyError } from './stores/store-busy.js';
export {
  attributeIs,
  type CompareFilter,
  type Comparison,
  type FilterSubject,
  MOST_IDS,
  type StoreFilter,
  type ValueType,
} from './stores/store-filter.js';
export type { StoreProperty } from './stores/store-property.js';
export {
  type CredentialOutcome,
  type DescribedGroup,
  type FoundUser,
  type GroupsCapability,
  type OpenedStore,
  type StoreAttributes,
  type StoredGroup,
  type StoredUser,
  type StorePage,
  type StorePageQuery,
  type UserSearchCapability,
  type UserStore,
  type UserStoreManager,
  UserStoreManagers,
  type UserWriterCapability,
} from './stores/user-store.js';
export { PRIMARY, type UserStores, UserStoresToken } from './stores/user-stores.js';
export {
  addValueColumns,
  dialectOf,
  dropIndex,
  dropValueColumns,
  orderByCodePoints,
  refoldNames,
  refoldValues,
  type ValueTable,
} from './stores/value-columns.js';
export { keyCondition, timeCondition, type ValueComparison, valueCondition } from './stores/value-conditions.js';
export { afterPrefix, folded, instantOf, valueKeys } from './stores/value-keys.js';
export {
  type Administrators,
  AdministratorsToken,
  type FirstAdministrator,
  FirstAdministratorToken,
} from './super-admin.js';
export {
  /** @public */ type AccountChange,
  /** @public */ AccountChanged,
  type KeptAccess,
  qualifiedName,
  type User,
  type UserClaims,
  UserCreated,
  UserCredentialsChanged,
  UserDeleted,
} from './user.js';
export { type UserService, UserServiceToken } from './user.service.js';
export type { NewUser } from './user-creation.js';
export {
  type AccountGuard,
  /** @public */ AccountGuards,
  type AccountProblem,
  type AccountRefusal,
  type ChangedBy,
  type PasswordTry,
  type RuleOutcome,
  type UserCreation,
  type UserRule,
  /** @public */ UserRules,
} from './user-rules.js';
export { type UserSearch, /** @public */ type UserSearchOptions, UserSearchToken } from './user-search.js';
export { type UserSecrets, UserSecretsToken } from './user-secrets.js';
