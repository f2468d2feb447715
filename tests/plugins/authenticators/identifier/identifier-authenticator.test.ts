import { authenticatorContract } from '../../../contract/authenticator.js';

authenticatorContract({
  name: 'IdentifierExecutor',
  right: async ({ user }) => ({ username: user.username }),
  wrong: async (_bench, username) => ({ username }),
});
