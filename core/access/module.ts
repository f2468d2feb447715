import { definePlugin } from '#core/kernel';
import { ShippedConfigToken } from '#core/persistence';
import { AdministratorsToken, SuperAdminSettings, UserScopesToken } from '#core/users';
import { ApiResources, ApiResourcesToken } from './api-resources.js';
import { ApplicationAccess, ApplicationAccessToken } from './application-access.js';
import { AuthorizedApiService, AuthorizedApiServiceToken } from './authorized-api.service.js';
import { ConsentService, ConsentServiceToken } from './consent.service.js';
import { AuthorizedApiEntity, ConsentEntity, RoleEntity, RoleMemberEntity } from './entities.js';
import { Access2026112100050 } from './migrations/0001-access.js';
import { AdminRoleToken, RoleService, RoleServiceToken } from './role.service.js';

export default definePlugin({
  id: 'core.access',
  requires: ['core.users'],
  entities: [RoleEntity, RoleMemberEntity, AuthorizedApiEntity, ConsentEntity],
  migrations: [Access2026112100050],
  setup({ container, settings }) {
    container.provideValue(AdminRoleToken, settings(SuperAdminSettings).admin_role);
    container.provide(RoleServiceToken, RoleService);
    container.provideLazily(AdministratorsToken, (c) => c.get(RoleServiceToken));
    container.provideLazily(UserScopesToken, (c) => c.get(RoleServiceToken));
    container.provide(ConsentServiceToken, ConsentService);
    container.provide(AuthorizedApiServiceToken, AuthorizedApiService);
    container.provide(ApplicationAccessToken, ApplicationAccess);
    container.provideLazily(ApiResourcesToken, (c) => ApiResources.load(c.get(ShippedConfigToken)));
  },
});
