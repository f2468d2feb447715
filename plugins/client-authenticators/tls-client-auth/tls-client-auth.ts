import type { ClientCertificates, HttpRequest } from '#core/http';
import type { Clock } from '#core/kernel';
import {
  type ClientAuthenticator,
  type ClientCredential,
  type ClientKeys,
  type OAuthClient,
  thumbprintOf,
} from '#core/oauth';
import { type Authorities, isValidAt } from './authorities.js';
import { isSubject } from './distinguished-name.js';

/**
 * A client certificate (RFC 8705 §2.1): of the subject that the application names, issued by an authority that is
 * trusted here; or the very certificate that the application has registered, as in the published contract.
 */
export class TlsClientAuth implements ClientAuthenticator {
  readonly method = 'tls_client_auth';
  readonly displayName = 'Mutual TLS';
  readonly isImplicit = true;
  readonly unavailable: string | undefined;

  constructor(
    private readonly keys: ClientKeys,
    private readonly authorities: Authorities,
    private readonly clock: Clock,
    certificates: ClientCertificates,
  ) {
    this.unavailable = certificates.canCome
      ? undefined
      : 'no certificate reaches this server, see certificate_verification of [transport.https.ssl_host_config.properties] and [proxy]';
  }

  detect(request: HttpRequest, parameters: URLSearchParams): ClientCredential | undefined {
    const clientId = parameters.get('client_id');
    return clientId && request.clientCertificate ? { clientId } : undefined;
  }

  async verify(client: OAuthClient, _: unknown, __: unknown, request: HttpRequest): Promise<boolean> {
    const { clientCertificate: shown } = request;
    const now = this.clock.now();
    if (!shown || !isValidAt(shown, now)) return false;
    const { tlsClientAuthSubjectDn: subject } = client.settings.clientAuthentication;
    if (subject === '') return this.#isRegistered(client, thumbprintOf(shown));
    // A proxy has checked the chain before it passed the certificate on. If authorities are named, they count as well.
    const isTrusted = this.authorities.isEmpty ? request.throughProxy : this.authorities.haveIssued(shown, now);
    return isTrusted && (await isSubject(subject, shown.raw));
  }

  async #isRegistered(client: OAuthClient, thumbprint: string): Promise<boolean> {
    return (await this.keys.registeredThumbprints(client)).includes(thumbprint);
  }
}
