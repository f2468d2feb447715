import { ClockToken, definePlugin } from '#core/kernel';
import { GrantsToken, GrantTypes } from '#core/oauth';
import { StateStoreToken } from '#core/persistence';
import { UserServiceToken } from '#core/users';
import { configSchema } from './config.js';
import { RefreshTokenGrant } from './refresh-token-grant.js';

export default definePlugin({
  id: 'grant-type.refresh-token',
  requires: ['core.oauth'],
  configPath: 'oauth.grant_type.refresh_token',
  configSchema,
  setup({ config, container, contribute }) {
    const clock = container.get(ClockToken);
    const grant = new RefreshTokenGrant(
      container.get(StateStoreToken),
      container.get(GrantsToken),
      container.get(UserServiceToken),
      () => clock.now(),
      config.allow_public_client,
    );
    contribute(GrantTypes, grant.grantType, grant);
  },
});
