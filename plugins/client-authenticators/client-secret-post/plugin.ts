import { definePlugin } from '#core/kernel';
import { type ClientAuthenticator, ClientAuthenticators } from '#core/oauth';

/** Client id and secret in the body (RFC 6749 §2.3.1). */
const clientSecretPost: ClientAuthenticator = {
  method: 'client_secret_post',
  displayName: 'Client Secret Post',
  detect(_, parameters) {
    const clientId = parameters.get('client_id');
    const secret = parameters.get('client_secret');
    return clientId && secret !== null ? { clientId, secret } : undefined;
  },
  verify: (client, { secret }, clients) =>
    !client.settings.publicClient && clients.verifySecret(client.entity, secret ?? ''),
};

export default definePlugin({
  id: 'client-authenticator.client-secret-post',
  requires: ['core.oauth'],
  configPath: 'oauth.client_authenticator.client_secret_post',
  setup({ contribute }) {
    contribute(ClientAuthenticators, clientSecretPost.method, clientSecretPost);
  },
});
