import { Routes } from '#core/http';
import { definePlugin } from '#core/kernel';
import { serviceProviderConfigRoute } from './discovery/service-provider-config.js';
import { renderScimError } from './protocol/render-error.js';
import { ScimSettings } from './settings.js';

export default definePlugin({
  id: 'core.scim',
  requires: ['core.oauth'],
  settings: [ScimSettings],
  setup({ contribute, settings }) {
    const config = settings(ScimSettings);
    contribute(Routes, 'scim2', {
      name: 'scim2',
      base: '/scim2',
      errors: renderScimError,
      wholeBase: true,
      routes: [serviceProviderConfigRoute(config)],
    });
  },
});
