import { grantTypeContract } from '../../../contract/grant-type.js';
import { superPlace } from '../../../support/oauth-client.js';

grantTypeContract({
  name: 'organization_switch',
  needs: ['token', 'switching_organization'],
  right: async (app) => ({ token: (await app.tokens('grantee')).access, switching_organization: superPlace.orgId }),
});
