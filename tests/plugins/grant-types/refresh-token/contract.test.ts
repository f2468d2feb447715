import { grantTypeContract } from '../../../contract/grant-type.js';

grantTypeContract({
  name: 'refresh_token',
  needs: ['refresh_token'],
  right: async (app) => ({ refresh_token: (await app.tokens('grantee')).refresh }),
});
