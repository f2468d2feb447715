import { randomUUID } from 'node:crypto';
import { UserServiceToken } from '#core/users';
import { authenticatorContract, CONTRACT_PASSWORD } from '../../../contract/authenticator.js';

// What it does within a sign-in is shown in tests/core/users/passwords/password-expiry.test.ts.
authenticatorContract({
  name: 'password-reset-enforcer',
  right: async ({ server, user }) => {
    const users = server.server.container.get(UserServiceToken);
    // A right answer changes the password, so each one begins anew.
    await users.setPassword(user.orgId, user.id, CONTRACT_PASSWORD, 'administrator');
    const fresh = `New-${randomUUID()}-A1`;
    return { CURRENT_PWD: CONTRACT_PASSWORD, NEW_PWD: fresh, NEW_PWD_CONFIRMATION: fresh };
  },
  wrong: async () => ({ CURRENT_PWD: 'Wrong-pass-1', NEW_PWD: 'Brand-new-1', NEW_PWD_CONFIRMATION: 'Brand-new-1' }),
});
