import { Routes } from '#core/http';
import { definePlugin, LoggerToken } from '#core/kernel';
import { bulkRoute } from './bulk/bulk.route.js';
import { resourceTypeRoutes } from './discovery/resource-types.routes.js';
import { SchemaRoutes } from './discovery/schemas.routes.js';
import { searchAllRoute } from './discovery/search-all.route.js';
import { serviceProviderConfigRoute } from './discovery/service-provider-config.js';
import { groupResourceType } from './groups/group-schema.js';
import { GroupRoutes } from './groups/groups.routes.js';
import { inboundScimRoutes } from './inbound/inbound.routes.js';
import { InboundProvisioning } from './inbound/inbound-provisioning.js';
import { InboundScimEntity } from './inbound/inbound-scim.entity.js';
import { MeRoutes } from './me/me.routes.js';
import { InboundScim2026112100600 } from './migrations/0001-inbound-scim.js';
import { renderScimError } from './protocol/render-error.js';
import { roleResourceType } from './roles/role-schema.js';
import { RoleRoutes } from './roles/roles.routes.js';
import { RoleApiConfigToken, RoleApiSettings } from './roles/settings.js';
import { ScimConfigToken, ScimSettings } from './settings.js';
import { userResourceType } from './users/user-resource-type.js';
import { UserSchemas, UserSchemasToken } from './users/user-schemas.js';
import { UserRoutes } from './users/users.routes.js';

export default definePlugin({
  id: 'core.scim',
  requires: ['core.oauth'],
  entities: [InboundScimEntity],
  migrations: [InboundScim2026112100600],
  settings: [ScimSettings, RoleApiSettings],
  setup({ container, contribute, settings }) {
    const config = settings(ScimSettings);
    container.provideValue(ScimConfigToken, config);
    container.provideValue(RoleApiConfigToken, settings(RoleApiSettings));
    container.provide(UserSchemasToken, UserSchemas);
    const schemas = container.get(UserSchemasToken);
    const resources = [
      ...container.build(UserRoutes).routes(),
      ...container.build(GroupRoutes).routes(),
      ...container.build(RoleRoutes).routes(),
    ];
    contribute(Routes, 'configs-inbound-scim', inboundScimRoutes(container.build(InboundProvisioning)));
    contribute(Routes, 'scim2', {
      name: 'scim2',
      base: '/scim2',
      errors: renderScimError,
      wholeBase: true,
      routes: [
        ...resources,
        bulkRoute(config, resources, container.get(LoggerToken)),
        ...container.build(MeRoutes).routes(),
        ...container.build(SchemaRoutes).routes(),
        ...resourceTypeRoutes(async (orgId) => [
          userResourceType(await schemas.of(orgId)),
          groupResourceType,
          roleResourceType,
        ]),
        serviceProviderConfigRoute(config),
        searchAllRoute(),
      ],
    });
  },
});
