import { authenticatorContract, CONTRACT_PASSWORD } from '../../../contract/authenticator.js';

authenticatorContract({
  name: 'BasicAuthenticator',
  right: async ({ user }) => ({ username: user.username, password: CONTRACT_PASSWORD }),
  wrong: async (_bench, username) => ({ username, password: `${CONTRACT_PASSWORD}x` }),
});
