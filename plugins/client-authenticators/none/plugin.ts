import { definePlugin } from '#core/kernel';
import { type ClientAuthenticator, ClientAuthenticators } from '#core/oauth';

/** Public clients: the client id only (RFC 6749 §3.2.1). Good for nothing but clients that are registered as public. */
const none: ClientAuthenticator = {
  method: 'none',
  displayName: 'None',
  isImplicit: true,
  detect(_, parameters) {
    const clientId = parameters.get('client_id');
    const other = parameters.has('client_secret') || parameters.has('client_assertion');
    return clientId && !other ? { clientId } : undefined;
  },
  verify: (client) => client.settings.publicClient,
};

export default definePlugin({
  id: 'client-authenticator.none',
  requires: ['core.oauth'],
  configPath: 'oauth.client_authenticator.none',
  setup({ contribute }) {
    contribute(ClientAuthenticators, none.method, none);
  },
});
