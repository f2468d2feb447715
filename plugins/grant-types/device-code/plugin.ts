import { AuditLogToken } from '#core/audit';
import { SecretBoxToken } from '#core/crypto';
import { RateLimitsToken, Routes } from '#core/http';
import { ClockToken, definePlugin } from '#core/kernel';
import {
  AuthorizationEndpointToken,
  ClientAuthenticationToken,
  ClientServiceToken,
  DetachedResponse,
  DiscoveryAdditions,
  GrantTypes,
  ResponseTypes,
  UserCodeReaders,
  WaitingRequestsToken,
} from '#core/oauth';
import { StateStoreToken } from '#core/persistence';
import { UserServiceToken } from '#core/users';
import { configSchema } from './config.js';
import { deviceRoutes } from './device.routes.js';
import { DEVICE_CODE, DeviceCodeGrant } from './device-code-grant.js';
import { DeviceCodes } from './device-codes.js';
import { DeviceEndpoints } from './device-endpoints.js';

export default definePlugin({
  id: 'grant-type.device-code',
  requires: ['core.oauth'],
  configPath: 'oauth.grant_type.device_code',
  configSchema,
  setup({ config, container, contribute }) {
    const clock = container.get(ClockToken);
    const waiting = container.get(WaitingRequestsToken);
    const clients = container.get(ClientServiceToken);
    const audit = container.get(AuditLogToken);
    const authorization = container.get(AuthorizationEndpointToken);
    const codes = new DeviceCodes({
      config,
      state: container.get(StateStoreToken),
      waiting,
      clients,
      limits: container.get(RateLimitsToken),
      box: container.get(SecretBoxToken),
      audit,
      now: () => clock.now(),
    });
    const authentication = container.get(ClientAuthenticationToken);
    const endpoints = new DeviceEndpoints({ config, codes, authentication, clients, authorization, audit });
    const grant = new DeviceCodeGrant(waiting, container.get(UserServiceToken), config.allow_public_client);
    contribute(GrantTypes, grant.grantType, grant);
    contribute(ResponseTypes, 'device', new DetachedResponse('device', [DEVICE_CODE], waiting));
    contribute(UserCodeReaders, 'device-code', codes);
    contribute(Routes, 'oauth2-device', deviceRoutes(endpoints, authorization));
    contribute(DiscoveryAdditions, 'device-code', {
      members: (url) => ({ device_authorization_endpoint: url('/oauth2/device_authorize') }),
    });
  },
});
