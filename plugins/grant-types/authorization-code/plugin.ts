import { ClockToken, definePlugin } from '#core/kernel';
import { GrantsToken, GrantTypes, OAuthOptionsToken, RequestedActorsToken } from '#core/oauth';
import { StateStoreToken } from '#core/persistence';
import { UserServiceToken } from '#core/users';
import { AuthorizationCodeGrant } from './authorization-code-grant.js';
import { configSchema } from './config.js';

export default definePlugin({
  id: 'grant-type.authorization-code',
  requires: ['core.oauth'],
  configPath: 'oauth.grant_type.authorization_code',
  configSchema,
  setup({ config, container, contribute }) {
    const clock = container.get(ClockToken);
    const grant = new AuthorizationCodeGrant(
      container.get(StateStoreToken),
      container.get(GrantsToken),
      container.get(UserServiceToken),
      () => clock.now(),
      config.allow_public_client,
      container.get(OAuthOptionsToken).impersonated_refresh_token.enable,
      container.get(RequestedActorsToken),
    );
    contribute(GrantTypes, grant.grantType, grant);
  },
});
