import { grantTypeContract } from '../../../contract/grant-type.js';
import { CALLBACK } from '../../../support/oauth-client.js';

grantTypeContract({
  name: 'authorization_code',
  needs: ['code'],
  right: async (app) => ({ code: await app.code('grantee'), redirect_uri: CALLBACK }),
});
