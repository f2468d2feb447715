import { Authenticators, FollowingSteps } from '#core/authentication';
import { definePlugin } from '#core/kernel';
import { PasswordChangeToken, PasswordExpiryToken, ValidationRulesToken } from '#core/users';
import { configSchema } from './config.js';
import { PasswordResetEnforcer } from './password-reset-enforcer.js';

export default definePlugin({
  id: 'authenticator.password-reset-enforcer',
  requires: ['core.authentication'],
  configPath: 'authentication.authenticator.password_reset_enforcer',
  configSchema,
  setup({ container, contribute }) {
    const expiry = container.get(PasswordExpiryToken);
    const enforcer = new PasswordResetEnforcer({
      expiry,
      passwords: container.get(PasswordChangeToken),
      rules: container.get(ValidationRulesToken),
    });
    contribute(Authenticators, enforcer.name, enforcer);
    contribute(FollowingSteps, 'password-expiry', {
      authenticator: enforcer.name,
      // Who has signed in without the password does not have to know it.
      applies: async ({ orgId, passed }) =>
        passed.some(({ tags }) => tags.includes('Username-Password')) && expiry.isEnforcedEverywhere(orgId),
    });
  },
});
