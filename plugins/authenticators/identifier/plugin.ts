import { Authenticators } from '#core/authentication';
import { definePlugin } from '#core/kernel';
import { UserServiceToken } from '#core/users';
import { configSchema } from './config.js';
import { IdentifierAuthenticator } from './identifier-authenticator.js';

export default definePlugin({
  id: 'authenticator.identifier',
  requires: ['core.authentication'],
  configPath: 'authentication.authenticator.user_identifier',
  configSchema,
  setup({ container, contribute, config }) {
    const authenticator = new IdentifierAuthenticator(
      container.get(UserServiceToken),
      config.parameters.ValidateUsername,
    );
    contribute(Authenticators, authenticator.name, authenticator);
  },
});
