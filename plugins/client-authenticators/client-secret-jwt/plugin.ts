import { z } from 'zod';
import { definePlugin, duration } from '#core/kernel';
import { ClientAssertionsToken, type ClientAuthenticator, ClientAuthenticators, OAuthOptionsToken } from '#core/oauth';

/** `[oauth.client_authenticator.client_secret_jwt]` */
const configSchema = z.strictObject({
  max_lifetime: duration('s').prefault('1h').describe('How long an assertion may be good from its first use on'),
});

/** A JWT authenticated with the client secret (OpenID Connect Core §9). It needs secrets that can be read. */
export default definePlugin({
  id: 'client-authenticator.client-secret-jwt',
  requires: ['core.oauth'],
  configPath: 'oauth.client_authenticator.client_secret_jwt',
  configSchema,
  setup({ config, container, contribute }) {
    const assertions = container.get(ClientAssertionsToken);
    const { hashClientSecret } = container.get(OAuthOptionsToken);
    const authenticator: ClientAuthenticator = {
      method: 'client_secret_jwt',
      displayName: 'Client Secret JWT',
      unavailable: hashClientSecret
        ? 'client secrets are stored as hashes here; it needs hash_client_secret = false in [oauth], and a new secret'
        : undefined,
      detect: (_, parameters) => assertions.detect(parameters, 'secret'),
      verify: (client, { secret = '' }, _, request) =>
        !client.settings.publicClient && assertions.isGood(client, secret, request, 'secret', config.max_lifetime),
    };
    contribute(ClientAuthenticators, authenticator.method, authenticator);
  },
});
