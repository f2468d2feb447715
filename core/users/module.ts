import { z } from 'zod';
import { AuditLogToken } from '#core/audit';
import { PassportStrategies, RateLimitsToken } from '#core/http';
import { definePlugin, flag, LoggerToken, settings } from '#core/kernel';
import { OrganizationServiceToken, TenantOwnersToken } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { accounts, runAccounts, setUpAccounts } from './accounts/setup.js';
import { UserAssociationEntity } from './associations/user-association.entity.js';
import { UserAssociations, UserAssociationsToken } from './associations/user-associations.service.js';
import { basicStrategy, UserScopesToken } from './basic-strategy.js';
import { ClaimCatalogToken } from './claims/claim-catalog.js';
import { claimEntities, claimSettings, setUpClaims } from './claims/wiring.js';
import { DirectoryOfStores } from './directory/directory-of-stores.js';
import { UserDirectoryToken } from './directory/user-directory.js';
import { GroupDirectory, GroupDirectoryToken } from './groups/group-directory.js';
import { GroupExternalIdEntity } from './groups/group-external-id.entity.js';
import { GroupExternalIds, GroupExternalIdsToken } from './groups/group-external-ids.js';
import { UserGroups, UserGroupsToken } from './groups/user-groups.js';
import { IdentityDataEntity } from './identity-data.entity.js';
import { IdentityData2026112100040 } from './migrations/0001-identity-data.js';
import { IdentityValues2026112100480 } from './migrations/0002-identity-values.js';
import { IdentitySearch2026112100510 } from './migrations/0003-identity-search.js';
import { UserAssociations2026112100580 } from './migrations/0003-user-associations.js';
import { Claims2026112100530 } from './migrations/0004-claims.js';
import { FoldedIdentity2026112100620 } from './migrations/0007-folded-identity.js';
import { GroupExternalIds2026112100602 } from './migrations/0007-group-external-ids.js';
import { UserRulesToken } from './rules-of-changes.js';
import { UserStores2026112100520 } from './stores/migrations/0001-user-stores.js';
import { SecondaryStoreEntity } from './stores/secondary-store.entity.js';
import { StoreCommonsSettings, StoreManagementSettings, UserStoreSettings } from './stores/store-settings.js';
import { UnfinishedUserEntity } from './stores/unfinished-user.entity.js';
import { UserStoresToken } from './stores/user-stores.js';
import { contributeStores, provideStores, runStores } from './stores/wiring.js';
import { AdministratorsToken, FirstAdministratorToken, SuperAdmin } from './super-admin.js';
import { OwnersAsUsers } from './tenant-owners.js';
import { UserService, UserServiceToken } from './user.service.js';
import { UserRules } from './user-rules.js';
import { UserSearch, UserSearchToken } from './user-search.js';
import { UserSecrets, UserSecretsToken } from './user-secrets.js';

/** `[super_admin]`; the room of access reads the name of the role from it. */
export const SuperAdminSettings = settings(
  'super_admin',
  z.strictObject({
    username: z.string().min(1).default('admin').describe('Name of the first administrator'),
    password: z
      .string()
      .min(1)
      .meta({ secret: true })
      .optional()
      .describe('Password at creation; generated and printed once when absent'),
    admin_role: z.string().min(1).default('admin').describe('Role that gives every permission'),
    create_admin_account: flag().prefault(true).describe('Whether the first start makes the account'),
  }),
);

export default definePlugin({
  id: 'core.users',
  requires: ['core.organizations', 'core.notifications'],
  settings: [
    SuperAdminSettings,
    UserStoreSettings,
    StoreManagementSettings,
    StoreCommonsSettings,
    ...claimSettings,
    ...accounts.settings,
  ],
  entities: [
    IdentityDataEntity,
    UserAssociationEntity,
    GroupExternalIdEntity,
    SecondaryStoreEntity,
    UnfinishedUserEntity,
    ...claimEntities,
    ...accounts.entities,
  ],
  migrations: [
    IdentityData2026112100040,
    IdentityValues2026112100480,
    IdentitySearch2026112100510,
    UserStores2026112100520,
    Claims2026112100530,
    UserAssociations2026112100580,
    GroupExternalIds2026112100602,
    FoldedIdentity2026112100620,
    ...accounts.migrations,
  ],
  setup(context) {
    const { container, contribute, extensions, settings: read } = context;
    provideStores(context);
    setUpClaims(context);
    container.provideLazily(UserRulesToken, () => extensions(UserRules));
    setUpAccounts(context);
    container.provide(UserServiceToken, UserService);
    container.provide(UserSecretsToken, UserSecrets);
    container.provide(GroupDirectoryToken, GroupDirectory);
    container.provide(UserAssociationsToken, UserAssociations);
    container.provide(GroupExternalIdsToken, GroupExternalIds);
    container.provide(UserGroupsToken, UserGroups);
    container.provide(UserSearchToken, UserSearch);
    container.provide(UserDirectoryToken, DirectoryOfStores);
    contributeStores(context);
    const users = () => container.get(UserServiceToken);
    const organizations = () => container.get(OrganizationServiceToken);
    const owners = new OwnersAsUsers({
      users,
      stores: () => container.get(UserStoresToken),
      organizations,
      administrators: () => container.get(AdministratorsToken),
      catalog: () => container.get(ClaimCatalogToken),
      database: () => container.get(DatabaseToken),
      audit: () => container.get(AuditLogToken),
    });
    container.provideValue(TenantOwnersToken, owners);
    contribute(
      PassportStrategies,
      'basic',
      basicStrategy({
        users: users(),
        scopes: () => container.get(UserScopesToken),
        limits: container.get(RateLimitsToken),
        audit: container.get(AuditLogToken),
      }),
    );
    const admin = () => {
      // Built now, so that it hears of users who go.
      container.get(UserAssociationsToken);
      return new SuperAdmin(read(SuperAdminSettings), {
        users: users(),
        stores: container.get(UserStoresToken),
        organizations: organizations(),
        administrators: container.get(AdministratorsToken),
        database: container.get(DatabaseToken),
        logger: container.get(LoggerToken),
      });
    };
    const stores = runStores(context, admin, (made) => {
      container.get(FirstAdministratorToken).made = made;
    });
    return runAccounts(context, stores);
  },
});
