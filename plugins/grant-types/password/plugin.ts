import { AuditLogToken } from '#core/audit';
import { RateLimitsToken } from '#core/http';
import { definePlugin } from '#core/kernel';
import { GrantTypes } from '#core/oauth';
import { UserServiceToken } from '#core/users';
import { configSchema } from './config.js';
import { PasswordGrant } from './password-grant.js';

export default definePlugin({
  id: 'grant-type.password',
  requires: ['core.oauth'],
  configPath: 'oauth.grant_type.password',
  configSchema,
  setup({ config, container, contribute }) {
    const users = container.get(UserServiceToken);
    const grant = new PasswordGrant(users, container.get(RateLimitsToken), container.get(AuditLogToken), config);
    contribute(GrantTypes, grant.grantType, grant);
  },
});
