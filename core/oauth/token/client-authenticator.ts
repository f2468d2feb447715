import { inject, injectable } from 'tsyringe';
import type { HttpRequest } from '#core/http';
import { extensionPoint, type Registry, token } from '#core/kernel';
import { type ClientService, ClientServiceToken, type OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';

/** What a request says about its client, by one method. */
export interface ClientCredential {
  readonly clientId: string;
  /** Undefined when the method uses none. */
  readonly secret?: string;
}

/** A way for a client to authenticate (RFC 6749 §2.3). */
export interface ClientAuthenticator {
  /** Name in metadata: `client_secret_basic`. */
  readonly method: string;
  /** What the console calls it. */
  readonly displayName: string;
  /** What the request says by this method; undefined when it does not use it. Throws OAuthError for a malformed use. */
  detect(request: HttpRequest, parameters: URLSearchParams): ClientCredential | undefined;
  /** Whether it is true. */
  verify(client: OAuthClient, credential: ClientCredential, clients: ClientService): boolean | Promise<boolean>;
}

/** Ways for clients to authenticate, by method. */
export const ClientAuthenticators = extensionPoint<ClientAuthenticator>('client-authenticators');

/** Injection token of their registry. */
export const ClientAuthenticatorRegistryToken = token<Registry<ClientAuthenticator>>('oauth.client-authenticators');
/** Injection token of the authentication of clients. */
export const ClientAuthenticationToken = token<ClientAuthentication>('oauth.client-authentication');

/** Method of clients that have no secret: counts only when the request uses no other. */
const NONE = 'none';

/** Finds out which client makes a request. */
@injectable()
export class ClientAuthentication {
  #sorted: readonly ClientAuthenticator[] | undefined;

  constructor(
    @inject(ClientAuthenticatorRegistryToken) private readonly registry: Registry<ClientAuthenticator>,
    @inject(ClientServiceToken) private readonly clients: ClientService,
  ) {}

  /**
   * The authenticated client.
   *
   * @throws OAuthError `invalid_client` when there is none, `invalid_request` when the request uses two methods
   */
  async authenticate(request: HttpRequest, parameters: URLSearchParams): Promise<OAuthClient> {
    this.#sorted ??= this.registry.all().sort((a, b) => Number(a.method === NONE) - Number(b.method === NONE));
    let used: { authenticator: ClientAuthenticator; credential: ClientCredential } | undefined;
    for (const authenticator of this.#sorted) {
      if (authenticator.method === NONE && used) break;
      const credential = authenticator.detect(request, parameters);
      if (!credential) continue;
      if (used)
        throw new OAuthError(
          'invalid_request',
          'The client MUST NOT use more than one authentication method in each request.',
        );
      used = { authenticator, credential };
    }
    if (!used)
      throw new OAuthError(
        'invalid_client',
        parameters.has('client_id')
          ? 'Unsupported Client Authentication Method!'
          : 'Client ID not found in the request.',
      );
    return this.#verify(request, used.authenticator, used.credential);
  }

  async #verify(
    request: HttpRequest,
    authenticator: ClientAuthenticator,
    credential: ClientCredential,
  ): Promise<OAuthClient> {
    const client = await this.clients.find(request.organization.id, credential.clientId);
    if (!client) throw refused();
    const required = client.settings.clientAuthentication.tokenEndpointAuthMethod;
    if (required !== '' && required !== authenticator.method) throw refused();
    if (!(await authenticator.verify(client, credential, this.clients))) throw refused();
    if (client.entity.state !== 'ACTIVE')
      throw new OAuthError('invalid_client', 'Oauth application is not in active state.');
    if (!client.application.settings.applicationEnabled)
      throw new OAuthError('invalid_client', 'Application is disabled.');
    return client;
  }
}

/** One answer for whatever is wrong, so that it does not tell which client ids there are. */
const refused = () => new OAuthError('invalid_client', 'Client credentials are invalid.');
