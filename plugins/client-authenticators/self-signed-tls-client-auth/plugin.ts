import { ClientCertificatesToken } from '#core/http';
import { ClockToken, definePlugin } from '#core/kernel';
import { type ClientAuthenticator, ClientAuthenticators, ClientKeysToken, thumbprintOf } from '#core/oauth';

/** The very certificate that the application has registered, by itself or in its key set (RFC 8705 §2.2). */
export default definePlugin({
  id: 'client-authenticator.self-signed-tls-client-auth',
  requires: ['core.oauth'],
  configPath: 'oauth.client_authenticator.self_signed_tls_client_auth',
  setup({ container, contribute }) {
    const [keys, clock] = [container.get(ClientKeysToken), container.get(ClockToken)];
    const authenticator: ClientAuthenticator = {
      method: 'self_signed_tls_client_auth',
      displayName: 'Self-Signed Mutual TLS',
      isImplicit: true,
      unavailable: container.get(ClientCertificatesToken).canCome
        ? undefined
        : 'no certificate reaches this server, see certificate_verification of [transport.https.ssl_host_config.properties] and [proxy]',
      detect(request, parameters) {
        const clientId = parameters.get('client_id');
        return clientId && request.clientCertificate ? { clientId } : undefined;
      },
      async verify(client, _, __, { clientCertificate: shown }) {
        const now = clock.now();
        if (!shown || now < Date.parse(shown.validFrom) || now > Date.parse(shown.validTo)) return false;
        return (await keys.registeredThumbprints(client)).includes(thumbprintOf(shown));
      },
    };
    contribute(ClientAuthenticators, authenticator.method, authenticator);
  },
});
