import { AuditLogToken } from '#core/audit';
import { KeySetsToken } from '#core/crypto';
import { RateLimitsToken, Routes } from '#core/http';
import { ClockToken, type Container, definePlugin } from '#core/kernel';
import { NotificationServiceToken } from '#core/notifications';
import {
  ActorTokensToken,
  AuthorizationEndpointToken,
  ClientAuthenticationToken,
  ClientKeysToken,
  ClientServiceToken,
  DetachedAnswersToken,
  DetachedResponse,
  DiscoveryAdditions,
  FapiRulesToken,
  GrantTypes,
  OAuthOptionsToken,
  OidcUserClaimsToken,
  ResponseTypes,
  WaitingRequestsToken,
} from '#core/oauth';
import { DatabaseToken, StateStoreToken } from '#core/persistence';
import { UserServiceToken } from '#core/users';
import { cibaRoutes } from './ciba.routes.js';
import { CibaChannels } from './ciba-channels.js';
import { CibaEndpoints } from './ciba-endpoints.js';
import { CIBA, CibaGrant } from './ciba-grant.js';
import { configSchema } from './config.js';
import { HintedUsers } from './hinted-users.js';
import { SignedRequests } from './signed-requests.js';

export default definePlugin({
  id: 'grant-type.ciba',
  requires: ['core.oauth', 'core.notifications'],
  configPath: 'oauth.grant_type.ciba',
  configSchema,
  setup({ container, contribute }) {
    const waiting = container.get(WaitingRequestsToken);
    const authorization = container.get(AuthorizationEndpointToken);
    const signed = signedRequests(container);
    const grant = new CibaGrant(waiting, container.get(UserServiceToken));
    contribute(GrantTypes, grant.grantType, grant);
    contribute(ResponseTypes, 'cibaAuthCode', new DetachedResponse('cibaAuthCode', [CIBA], waiting));
    contribute(Routes, 'oauth2-ciba', cibaRoutes(endpoints(container, signed), authorization));
    contribute(DiscoveryAdditions, 'ciba', {
      members: (url) => ({
        backchannel_authentication_endpoint: url('/oauth2/ciba'),
        backchannel_token_delivery_modes_supported: ['poll'],
        backchannel_authentication_request_signing_alg_values_supported: signed.algorithms,
        backchannel_user_code_parameter_supported: false,
      }),
    });
  },
});

function signedRequests(container: Container): SignedRequests {
  const clock = container.get(ClockToken);
  const options = container.get(OAuthOptionsToken);
  const keys = container.get(ClientKeysToken);
  return new SignedRequests(keys, container.get(StateStoreToken), container.get(FapiRulesToken), options, () =>
    clock.now(),
  );
}

function endpoints(container: Container, signed: SignedRequests): CibaEndpoints {
  const clock = container.get(ClockToken);
  const users = container.get(UserServiceToken);
  const limits = container.get(RateLimitsToken);
  const claims = container.get(OidcUserClaimsToken);
  return new CibaEndpoints({
    authentication: container.get(ClientAuthenticationToken),
    authorization: container.get(AuthorizationEndpointToken),
    answers: container.get(DetachedAnswersToken),
    waiting: container.get(WaitingRequestsToken),
    clients: container.get(ClientServiceToken),
    actors: container.get(ActorTokensToken),
    signed,
    hinted: new HintedUsers(users, claims, container.get(KeySetsToken), limits, container.get(OAuthOptionsToken)),
    channels: new CibaChannels(container.get(NotificationServiceToken), users, limits),
    state: container.get(StateStoreToken),
    database: container.get(DatabaseToken),
    audit: container.get(AuditLogToken),
    now: () => clock.now(),
  });
}
