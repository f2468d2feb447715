import { grantTypeContract } from '../../../contract/grant-type.js';

grantTypeContract({
  name: 'urn:ietf:params:oauth:grant-type:token-exchange',
  needs: ['subject_token', 'subject_token_type'],
  right: async (app) => {
    await app.configure({ accessToken: { type: 'JWT' } });
    const subject_token_type = 'urn:ietf:params:oauth:token-type:access_token';
    return { subject_token: (await app.tokens('grantee')).access, subject_token_type };
  },
});
