import { ConnectionsToken } from '#core/connections';
import { ClockToken, definePlugin } from '#core/kernel';
import { GrantsToken, GrantTypes, RefreshTokensToken, RevocationsToken, ScopeStandingToken } from '#core/oauth';
import { StateStoreToken } from '#core/persistence';
import { UserServiceToken } from '#core/users';
import { configSchema } from './config.js';
import { RefreshTokenGrant } from './refresh-token-grant.js';
import { Rotation } from './rotation.js';

export default definePlugin({
  id: 'grant-type.refresh-token',
  requires: ['core.oauth', 'core.connections'],
  configPath: 'oauth.grant_type.refresh_token',
  configSchema,
  setup({ config, container, contribute }) {
    const clock = container.get(ClockToken);
    const tokens = container.get(RefreshTokensToken);
    const ending = [container.get(GrantsToken), container.get(RevocationsToken)] as const;
    const rotation = new Rotation(container.get(StateStoreToken), tokens, ...ending, clock);
    const [standing, users] = [container.get(ScopeStandingToken), container.get(UserServiceToken)];
    const grant = new RefreshTokenGrant(
      tokens,
      rotation,
      standing,
      users,
      container.get(ConnectionsToken),
      clock,
      config.allow_public_client,
    );
    contribute(GrantTypes, grant.grantType, grant);
  },
});
