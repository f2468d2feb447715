import { Routes } from '#core/http';
import { definePlugin } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { ShippedConfigToken } from '#core/persistence';
import {
  AdministratorsToken,
  PersonalDataSources,
  RolesOfUsersToken,
  SuperAdminSettings,
  UserScopesToken,
} from '#core/users';
import { ApiResourceEntity, ApiScopeEntity } from './api-resource.entities.js';
import { ApiResourceService, ApiResourceServiceToken } from './api-resource.service.js';
import { SystemApiResourcesToken, systemApiResources } from './api-resource-model.js';
import { ApiResources, ApiResourcesToken } from './api-resources.js';
import { ApplicationAccess, ApplicationAccessToken } from './application-access.js';
import {
  AuthorizationDetailsTypeService,
  AuthorizationDetailsTypeServiceToken,
} from './authorization-details-types.js';
import { AuthorizedApiService, AuthorizedApiServiceToken } from './authorized-api.service.js';
import { ConsentService, ConsentServiceToken } from './consent.service.js';
import {
  ConsentCounterEntity,
  ConsentElementEntity,
  ConsentPurposeEntity,
  PurposeCategoryEntity,
  PurposeVersionEntity,
  VersionElementEntity,
} from './consents/consent.entities.js';
import {
  ConsentAuthorizationEntity,
  ConsentedElementEntity,
  ConsentedPurposeEntity,
  ConsentPropertyEntity,
  ConsentRecordEntity,
} from './consents/consent-record.entities.js';
import { ConsentRemoval } from './consents/consent-removal.js';
import { ConsentTables } from './consents/consent-tables.js';
import { Consents2026112100570 } from './consents/migrations/0001-consents.js';
import { ConsoleRolesToken, consoleRoles } from './console-roles.js';
import {
  AuthorizationDetailsTypeEntity,
  AuthorizedApiEntity,
  ConsentEntity,
  RoleEntity,
  RoleMemberEntity,
} from './entities.js';
import { Access2026112100050 } from './migrations/0001-access.js';
import { AuthorizationDetails2026112100052 } from './migrations/0002-authorization-details.js';
import { ApiResources2026112100053 } from './migrations/0003-api-resources.js';
import { Roles2026112100550 } from './migrations/0004-roles.js';
import { RoleExternalIds2026112100601 } from './migrations/0005-external-ids.js';
import { OwnRoles2026112100610 } from './migrations/0005-own-roles.js';
import { AdminRoleToken, RoleService, RoleServiceToken } from './role.service.js';
import { RoleAdministration, RoleAdministrationToken } from './role-administration.js';
import { RoleAuthority, RoleAuthorityToken } from './role-authority.js';
import { RoleDirectory, RoleDirectoryToken } from './role-directory.js';
import { RoleMemberships, RoleMembershipsToken } from './role-memberships.js';
import { RoleGroupSources, RoleGroupSourcesToken } from './role-model.js';
import { ScopeMeanings, ScopeMeaningsToken } from './scope-meanings.js';

export default definePlugin({
  id: 'core.access',
  requires: ['core.users'],
  entities: [
    RoleEntity,
    RoleMemberEntity,
    AuthorizedApiEntity,
    AuthorizationDetailsTypeEntity,
    ConsentEntity,
    ApiResourceEntity,
    ApiScopeEntity,
    ConsentElementEntity,
    ConsentPurposeEntity,
    PurposeVersionEntity,
    VersionElementEntity,
    PurposeCategoryEntity,
    ConsentCounterEntity,
    ConsentRecordEntity,
    ConsentedPurposeEntity,
    ConsentedElementEntity,
    ConsentAuthorizationEntity,
    ConsentPropertyEntity,
  ],
  migrations: [
    Access2026112100050,
    AuthorizationDetails2026112100052,
    ApiResources2026112100053,
    Roles2026112100550,
    RoleExternalIds2026112100601,
    Consents2026112100570,
    OwnRoles2026112100610,
  ],
  setup({ container, contribute, extensions, settings }) {
    container.provideValue(AdminRoleToken, settings(SuperAdminSettings).admin_role);
    container.provideLazily(SystemApiResourcesToken, (c) => systemApiResources(c.get(ShippedConfigToken)));
    container.provideLazily(ConsoleRolesToken, (c) =>
      consoleRoles(c.get(ShippedConfigToken), c.get(SystemApiResourcesToken)),
    );
    container.provideValue(RoleGroupSourcesToken, extensions(RoleGroupSources));
    container.provide(RoleServiceToken, RoleService);
    container.provide(RoleAdministrationToken, RoleAdministration);
    container.provide(RoleAuthorityToken, RoleAuthority);
    container.provide(RoleDirectoryToken, RoleDirectory);
    container.provide(RoleMembershipsToken, RoleMemberships);
    container.provideLazily(AdministratorsToken, (c) => c.get(RoleServiceToken));
    container.provideLazily(UserScopesToken, (c) => c.get(RoleServiceToken));
    container.provideLazily(RolesOfUsersToken, (c) => c.get(RoleServiceToken));
    container.provide(ConsentServiceToken, ConsentService);
    contribute(PersonalDataSources, 'application-consents', {
      of: async ({ orgId, id }) => ({ consents: await container.get(ConsentServiceToken).listOf(orgId, id) }),
    });
    container.provide(AuthorizedApiServiceToken, AuthorizedApiService);
    container.provide(AuthorizationDetailsTypeServiceToken, AuthorizationDetailsTypeService);
    container.provide(ApplicationAccessToken, ApplicationAccess);
    container.provide(ApiResourcesToken, ApiResources);
    container.provideValue(ScopeMeaningsToken, extensions(ScopeMeanings));
    container.provide(ApiResourceServiceToken, ApiResourceService);
    for (const table of container.build(ConsentTables).tables()) contribute(Routes, table.name, table);
    // Built now, so that it hears of users who go.
    container.build(ConsentRemoval);
    return {
      /** Without the account of an administrator nobody has made it. */
      start: () => container.get(RoleServiceToken).ensureOwn(SUPER_ORGANIZATION.id),
    };
  },
});
