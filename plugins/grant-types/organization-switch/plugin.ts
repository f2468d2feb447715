import { definePlugin } from '#core/kernel';
import { AccessTokensToken, GrantTypes, OrganizationAccessRegistryToken } from '#core/oauth';
import { OrganizationServiceToken } from '#core/organizations';
import { UserServiceToken } from '#core/users';
import { Branches } from './branches.js';
import { configSchema } from './config.js';
import { OrganizationSwitchGrant } from './organization-switch-grant.js';

export default definePlugin({
  id: 'grant-type.organization-switch',
  requires: ['core.oauth'],
  configPath: 'oauth.grant_type.organization_switch',
  configSchema,
  setup({ config, container, contribute }) {
    const grant = new OrganizationSwitchGrant(
      container.get(AccessTokensToken),
      new Branches(container.get(OrganizationServiceToken)),
      container.get(OrganizationAccessRegistryToken),
      container.get(UserServiceToken),
      config.allow_public_client,
    );
    contribute(GrantTypes, grant.grantType, grant);
  },
});
