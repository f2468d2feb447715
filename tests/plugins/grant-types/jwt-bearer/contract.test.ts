import { grantTypeContract } from '../../../contract/grant-type.js';

grantTypeContract({
  name: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  needs: ['assertion'],
  right: async (app) => {
    await app.configure({ accessToken: { type: 'JWT' }, idToken: { audience: [`${app.server.origin}/oauth2/token`] } });
    return { assertion: (await app.tokens('grantee')).access };
  },
});
