import { ClaimMappingToken } from '#core/connections';
import { definePlugin } from '#core/kernel';
import { AssertionsToken, GrantTypes, OwnSubjectsToken } from '#core/oauth';
import { StateStoreToken } from '#core/persistence';
import { AssertionSettings, configSchema } from './config.js';
import { JwtBearerGrant } from './jwt-bearer-grant.js';

export default definePlugin({
  id: 'grant-type.jwt-bearer',
  requires: ['core.oauth', 'core.connections'],
  configPath: 'oauth.grant_type.jwt_bearer',
  configSchema,
  settings: [AssertionSettings],
  setup({ config, settings, container, contribute }) {
    const grant = new JwtBearerGrant(
      container.get(AssertionsToken),
      container.get(OwnSubjectsToken),
      container.get(ClaimMappingToken),
      container.get(StateStoreToken),
      { ...config, ...settings(AssertionSettings) },
    );
    contribute(GrantTypes, grant.grantType, grant);
  },
});
