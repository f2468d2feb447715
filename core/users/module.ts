import { z } from 'zod';
import { AuditLogToken } from '#core/audit';
import { PassportStrategies, RateLimitsToken } from '#core/http';
import { definePlugin, flag, LoggerToken, settings } from '#core/kernel';
import { OrganizationServiceToken, TenantOwnersToken, TenantParticipants } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { AccountGuardsToken } from './account-checks.js';
import { basicStrategy, UserScopesToken } from './basic-strategy.js';
import { ClaimCatalogToken } from './claims/claim-catalog.js';
import { claimEntities, claimSettings, setUpClaims } from './claims/wiring.js';
import { DirectoryOfStores } from './directory/directory-of-stores.js';
import { UserDirectoryToken } from './directory/user-directory.js';
import { GroupDirectory, GroupDirectoryToken } from './groups/group-directory.js';
import { UserGroups, UserGroupsToken } from './groups/user-groups.js';
import { IdentityDataEntity } from './identity-data.entity.js';
import { IdentityData2026112100040 } from './migrations/0001-identity-data.js';
import { IdentityValues2026112100480 } from './migrations/0002-identity-values.js';
import { Claims2026112100530 } from './migrations/0003-claims.js';
import { IdentitySearch2026112100510 } from './migrations/0003-identity-search.js';
import { UserRulesToken } from './rules-of-changes.js';
import { UserStoreManagers } from './stores/user-store.js';
import { SecondaryStoresToken, UserStores, UserStoresToken } from './stores/user-stores.js';
import { AdministratorsToken, ensureSuperAdmin, FirstAdministratorToken } from './super-admin.js';
import { OwnersAsUsers } from './tenant-owners.js';
import { UserService, UserServiceToken } from './user.service.js';
import { AccountGuards, UserRules } from './user-rules.js';
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

/** `[user_store]`; the keys beside `type` belong to the user-store manager. */
const UserStoreSettings = settings(
  'user_store',
  z.looseObject({ type: z.string().default('database_unique_id').describe('Kind of the primary user store') }),
);

export default definePlugin({
  id: 'core.users',
  requires: ['core.organizations'],
  settings: [SuperAdminSettings, UserStoreSettings, ...claimSettings],
  entities: [IdentityDataEntity, ...claimEntities],
  migrations: [
    IdentityData2026112100040,
    IdentityValues2026112100480,
    IdentitySearch2026112100510,
    Claims2026112100530,
  ],
  setup(context) {
    const { container, contribute, extensions, settings: read } = context;
    container.provideValue(SecondaryStoresToken, { of: async () => [] });
    container.provideLazily(
      UserStoresToken,
      (c) => new UserStores(extensions(UserStoreManagers), c.get(SecondaryStoresToken), c.get(LoggerToken)),
    );
    setUpClaims(context);
    container.provideLazily(UserRulesToken, () => extensions(UserRules));
    container.provideLazily(AccountGuardsToken, () => extensions(AccountGuards));
    container.provide(UserServiceToken, UserService);
    container.provide(UserSecretsToken, UserSecrets);
    container.provide(GroupDirectoryToken, GroupDirectory);
    container.provide(UserGroupsToken, UserGroups);
    container.provide(UserSearchToken, UserSearch);
    container.provide(UserDirectoryToken, DirectoryOfStores);
    const users = () => container.get(UserServiceToken);
    const organizations = () => container.get(OrganizationServiceToken);
    const owners = new OwnersAsUsers({
      users,
      organizations,
      administrators: () => container.get(AdministratorsToken),
      catalog: () => container.get(ClaimCatalogToken),
      database: () => container.get(DatabaseToken),
      audit: () => container.get(AuditLogToken),
    });
    contribute(TenantParticipants, 'owner', owners);
    container.provideValue(TenantOwnersToken, owners);
    contribute(
      PassportStrategies,
      'basic',
      basicStrategy({
        users: users(),
        scopes: () => container.get(UserScopesToken),
        limits: container.get(RateLimitsToken),
      }),
    );
    return {
      async start() {
        const { type, ...rest } = read(UserStoreSettings);
        await container.get(UserStoresToken).openPrimary(type, rest);
        const parts = {
          users: users(),
          organizations: organizations(),
          administrators: container.get(AdministratorsToken),
          database: container.get(DatabaseToken),
        };
        container.get(FirstAdministratorToken).made = await ensureSuperAdmin(read(SuperAdminSettings), parts);
      },
      stop: () => container.get(UserStoresToken).close(),
    };
  },
});
