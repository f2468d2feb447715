import { ApiResourcesToken, AuthorizedApiServiceToken } from '#core/access';
import { ClaimMappingToken, FederatedAssociationsToken, ImplicitAssociationToken } from '#core/connections';
import { definePlugin } from '#core/kernel';
import {
  AssertionsToken,
  GrantTypes,
  ImpersonatedExchangeToken,
  OAuthOptionsToken,
  OwnSubjectsToken,
} from '#core/oauth';
import { UserServiceToken } from '#core/users';
import { Audiences } from './audiences.js';
import { configSchema } from './config.js';
import { Delegation } from './delegation.js';
import { LocalAccounts } from './local-accounts.js';
import { TokenExchangeGrant } from './token-exchange-grant.js';

export default definePlugin({
  id: 'grant-type.token-exchange',
  requires: ['core.oauth', 'core.connections'],
  configPath: 'oauth.grant_type.token_exchange',
  configSchema,
  setup({ config, container, contribute }) {
    const assertions = container.get(AssertionsToken);
    const ownSubjects = container.get(OwnSubjectsToken);
    const links = [
      container.get(FederatedAssociationsToken),
      container.get(ImplicitAssociationToken),
      container.get(ClaimMappingToken),
    ] as const;
    const parts = {
      assertions,
      ownSubjects,
      localAccounts: new LocalAccounts(...links, container.get(UserServiceToken)),
      delegation: new Delegation(assertions, ownSubjects),
      impersonation: container.get(ImpersonatedExchangeToken),
      audiences: new Audiences(container.get(AuthorizedApiServiceToken), container.get(ApiResourcesToken)),
      options: container.get(OAuthOptionsToken),
    };
    const grant = new TokenExchangeGrant(parts, config);
    contribute(GrantTypes, grant.grantType, grant);
  },
});
