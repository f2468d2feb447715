import { Authenticators } from '#core/authentication';
import { RateLimitsToken } from '#core/http';
import { definePlugin } from '#core/kernel';
import { UserServiceToken } from '#core/users';
import { BasicAuthenticator } from './basic-authenticator.js';
import { configSchema } from './config.js';

export default definePlugin({
  id: 'authenticator.basic',
  requires: ['core.authentication'],
  configPath: 'authentication.authenticator.basic',
  configSchema,
  setup({ config, container, contribute }) {
    const authenticator = new BasicAuthenticator(
      container.get(UserServiceToken),
      container.get(RateLimitsToken),
      config.parameters,
    );
    contribute(Authenticators, authenticator.name, authenticator);
  },
});
