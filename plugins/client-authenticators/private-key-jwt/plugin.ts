import { z } from 'zod';
import { definePlugin, duration } from '#core/kernel';
import { ClientAssertionsToken, type ClientAuthenticator, ClientAuthenticators } from '#core/oauth';

/** `[oauth.client_authenticator.private_key_jwt]` */
const configSchema = z.strictObject({
  max_lifetime: duration('s').prefault('1h').describe('How long an assertion may be good from its first use on'),
});

/** A JWT signed with a key that the client has registered (OpenID Connect Core §9, RFC 7523). */
export default definePlugin({
  id: 'client-authenticator.private-key-jwt',
  requires: ['core.oauth'],
  configPath: 'oauth.client_authenticator.private_key_jwt',
  configSchema,
  setup({ config, container, contribute }) {
    const assertions = container.get(ClientAssertionsToken);
    const authenticator: ClientAuthenticator = {
      method: 'private_key_jwt',
      displayName: 'Private Key JWT',
      detect: (_, parameters) => assertions.detect(parameters, 'registered'),
      verify: (client, { secret = '' }, _, request) =>
        assertions.isGood(client, secret, request, 'registered', config.max_lifetime),
    };
    contribute(ClientAuthenticators, authenticator.method, authenticator);
  },
});
