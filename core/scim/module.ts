import { Routes } from '#core/http';
import { definePlugin } from '#core/kernel';
import { resourceTypeRoutes } from './discovery/resource-types.routes.js';
import { SchemaRoutes } from './discovery/schemas.routes.js';
import { serviceProviderConfigRoute } from './discovery/service-provider-config.js';
import { MeRoutes } from './me/me.routes.js';
import { renderScimError } from './protocol/render-error.js';
import { ScimConfigToken, ScimSettings } from './settings.js';
import { userResourceType } from './users/user-resource-type.js';
import { UserSchemas, UserSchemasToken } from './users/user-schemas.js';
import { UserRoutes } from './users/users.routes.js';

export default definePlugin({
  id: 'core.scim',
  requires: ['core.oauth'],
  settings: [ScimSettings],
  setup({ container, contribute, settings }) {
    const config = settings(ScimSettings);
    container.provideValue(ScimConfigToken, config);
    container.provide(UserSchemasToken, UserSchemas);
    const schemas = container.get(UserSchemasToken);
    contribute(Routes, 'scim2', {
      name: 'scim2',
      base: '/scim2',
      errors: renderScimError,
      wholeBase: true,
      routes: [
        ...container.build(UserRoutes).routes(),
        ...container.build(MeRoutes).routes(),
        ...container.build(SchemaRoutes).routes(),
        ...resourceTypeRoutes(async (orgId) => [userResourceType(await schemas.of(orgId))]),
        serviceProviderConfigRoute(config),
      ],
    });
  },
});
