import { definePlugin } from '#core/kernel';
import { ShippedConfigToken } from '#core/persistence';
import { AdministratorsToken, SuperAdminSettings, UserScopesToken } from '#core/users';
import { ApiResources, ApiResourcesToken } from './api-resources.js';
import { ApplicationAccess, ApplicationAccessToken } from './application-access.js';
import {
  AuthorizationDetailsTypeService,
  AuthorizationDetailsTypeServiceToken,
} from './authorization-details-types.js';
import { AuthorizedApiService, AuthorizedApiServiceToken } from './authorized-api.service.js';
import { ConsentService, ConsentServiceToken } from './consent.service.js';
import {
  AuthorizationDetailsTypeEntity,
  AuthorizedApiEntity,
  ConsentEntity,
  RoleEntity,
  RoleMemberEntity,
} from './entities.js';
import { Access2026112100050 } from './migrations/0001-access.js';
import { AuthorizationDetails2026112100052 } from './migrations/0002-authorization-details.js';
import { AdminRoleToken, RoleService, RoleServiceToken } from './role.service.js';

export default definePlugin({
  id: 'core.access',
  requires: ['core.users'],
  entities: [RoleEntity, RoleMemberEntity, AuthorizedApiEntity, AuthorizationDetailsTypeEntity, ConsentEntity],
  migrations: [Access2026112100050, AuthorizationDetails2026112100052],
  setup({ container, settings }) {
    container.provideValue(AdminRoleToken, settings(SuperAdminSettings).admin_role);
    container.provide(RoleServiceToken, RoleService);
    container.provideLazily(AdministratorsToken, (c) => c.get(RoleServiceToken));
    container.provideLazily(UserScopesToken, (c) => c.get(RoleServiceToken));
    container.provide(ConsentServiceToken, ConsentService);
    container.provide(AuthorizedApiServiceToken, AuthorizedApiService);
    container.provide(AuthorizationDetailsTypeServiceToken, AuthorizationDetailsTypeService);
    container.provide(ApplicationAccessToken, ApplicationAccess);
    container.provideLazily(ApiResourcesToken, (c) => ApiResources.load(c.get(ShippedConfigToken)));
  },
});
