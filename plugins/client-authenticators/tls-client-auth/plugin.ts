import { z } from 'zod';
import { ClientCertificatesToken } from '#core/http';
import { ClockToken, definePlugin } from '#core/kernel';
import { ClientAuthenticators, ClientKeysToken } from '#core/oauth';
import { Authorities } from './authorities.js';
import { TlsClientAuth } from './tls-client-auth.js';

/** `[oauth.client_authenticator.tls_client_auth]` */
const configSchema = z.strictObject({
  trusted_ca_files: z
    .array(z.string())
    .default([])
    .describe(
      'PEM files of the authorities that issue certificates of clients, those in between too. Without them only proxies are believed to have checked a certificate; one of the handshake has to be registered',
    ),
});

export default definePlugin({
  id: 'client-authenticator.tls-client-auth',
  requires: ['core.oauth'],
  configPath: 'oauth.client_authenticator.tls_client_auth',
  configSchema,
  setup({ config, container, contribute }) {
    const authorities = new Authorities(config.trusted_ca_files);
    const [keys, clock] = [container.get(ClientKeysToken), container.get(ClockToken)];
    const authenticator = new TlsClientAuth(keys, authorities, clock, container.get(ClientCertificatesToken));
    contribute(ClientAuthenticators, authenticator.method, authenticator);
    return { start: () => authorities.read() };
  },
});
