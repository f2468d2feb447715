import { Routes } from '#core/http';
import { definePlugin, LoggerToken } from '#core/kernel';
import { bulkRoute } from './bulk/bulk.route.js';
import { serviceProviderConfigRoute } from './discovery/service-provider-config.js';
import { GroupRoutes } from './groups/groups.routes.js';
import { renderScimError } from './protocol/render-error.js';
import { RoleRoutes } from './roles/roles.routes.js';
import { RoleApiConfigToken, RoleApiSettings } from './roles/settings.js';
import { ScimConfigToken, ScimSettings } from './settings.js';

export default definePlugin({
  id: 'core.scim',
  requires: ['core.oauth'],
  settings: [ScimSettings, RoleApiSettings],
  setup({ container, contribute, settings }) {
    const config = settings(ScimSettings);
    container.provideValue(ScimConfigToken, config);
    container.provideValue(RoleApiConfigToken, settings(RoleApiSettings));
    const resources = [...container.build(GroupRoutes).routes(), ...container.build(RoleRoutes).routes()];
    contribute(Routes, 'scim2', {
      name: 'scim2',
      base: '/scim2',
      errors: renderScimError,
      wholeBase: true,
      routes: [
        serviceProviderConfigRoute(config),
        ...resources,
        bulkRoute(config, resources, container.get(LoggerToken)),
      ],
    });
  },
});
