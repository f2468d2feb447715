import { grantTypeContract } from '../../../contract/grant-type.js';
import { USER_PASSWORD } from '../../../support/oauth-client.js';

grantTypeContract({
  name: 'password',
  needs: ['username', 'password'],
  right: async () => ({ username: 'grantee', password: USER_PASSWORD }),
});
