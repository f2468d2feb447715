import { inject, injectable } from 'tsyringe';
import type { HttpRequest } from '#core/http';
import { extensionPoint, type Registry, type Soon, token, whenThere } from '#core/kernel';
import { type ClientService, ClientServiceToken, type OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { type FapiRules, FapiRulesToken } from '../fapi/fapi-rules.js';

/** What a request says about its client, by one method. */
export interface ClientCredential {
  readonly clientId: string;
  /** What proves it: a secret, an assertion. Undefined when the method needs none in the parameters. */
  readonly secret?: string;
}

/** A way for a client to authenticate (RFC 6749 §2.3). */
export interface ClientAuthenticator {
  /** Name in metadata: `client_secret_basic`. */
  readonly method: string;
  /** What the console calls it. */
  readonly displayName: string;
  /** Why it cannot be used as this server is set up; undefined when it can. For operators. */
  readonly unavailable?: string | undefined;
  /**
   * Whether what it looks at may come along with another method: a bare client id, a client certificate. Counts only
   * when the request uses no other.
   */
  readonly isImplicit?: boolean;
  /** What the request says by this method; undefined when it does not use it. Throws OAuthError for a malformed use. */
  detect(request: HttpRequest, parameters: URLSearchParams): ClientCredential | undefined;
  /** Whether it is true. */
  verify(
    client: OAuthClient,
    credential: ClientCredential,
    clients: ClientService,
    request: HttpRequest,
  ): boolean | Promise<boolean>;
}

/** Ways for clients to authenticate, by method. */
export const ClientAuthenticators = extensionPoint<ClientAuthenticator>('client-authenticators');

/** Injection token of their registry. */
export const ClientAuthenticatorRegistryToken = token<Registry<ClientAuthenticator>>('oauth.client-authenticators');
/** Injection token of the authentication of clients. */
export const ClientAuthenticationToken = token<ClientAuthentication>('oauth.client-authentication');

/** A method that a request uses. */
interface Use {
  readonly authenticator: ClientAuthenticator;
  readonly credential: ClientCredential;
}

/** Methods that can be used as this server is set up. */
export const usable = (registry: Registry<ClientAuthenticator>): ClientAuthenticator[] =>
  registry.all().filter(({ unavailable }) => unavailable === undefined);

/** Finds out which client makes a request. */
@injectable()
export class ClientAuthentication {
  constructor(
    @inject(ClientAuthenticatorRegistryToken) private readonly registry: Registry<ClientAuthenticator>,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(FapiRulesToken) private readonly fapi: FapiRules,
  ) {}

  /**
   * The authenticated client.
   *
   * @throws OAuthError `invalid_client` when there is none, `invalid_request` when the request uses two methods
   */
  authenticate(request: HttpRequest, parameters: URLSearchParams): Soon<OAuthClient> {
    const uses = this.#usesOf(request, parameters);
    const first = uses[0];
    if (!first)
      throw new OAuthError(
        'invalid_client',
        parameters.has('client_id')
          ? 'Unsupported Client Authentication Method!'
          : 'Client ID not found in the request.',
      );
    return whenThere(this.clients.find(request.organization.id, first.credential.clientId), (client) => {
      if (!client) throw refused();
      return whenThere(this.#isTrue(client, uses, request), (isTrue) => {
        if (!isTrue) throw refused();
        return usableClient(client);
      });
    });
  }

  /** The one method that a request uses; when it uses none, those that it may be meant to use. */
  #usesOf(request: HttpRequest, parameters: URLSearchParams): Use[] {
    const uses: Use[] = [];
    for (const authenticator of this.registry.all()) {
      if (authenticator.unavailable !== undefined) continue;
      const credential = authenticator.detect(request, parameters);
      if (credential) uses.push({ authenticator, credential });
    }
    const explicit = uses.filter(({ authenticator }) => authenticator.isImplicit !== true);
    if (explicit.length > 1)
      throw new OAuthError(
        'invalid_request',
        'The client MUST NOT use more than one authentication method in each request.',
      );
    return explicit.length > 0 ? explicit : uses;
  }

  /** Whether one of the methods proves the client. */
  #isTrue(client: OAuthClient, [use, ...others]: readonly Use[], request: HttpRequest): Soon<boolean> {
    if (!use) return false;
    const { authenticator, credential } = use;
    const required = client.settings.clientAuthentication.tokenEndpointAuthMethod;
    const isAllowed =
      (required === '' || required === authenticator.method) &&
      this.fapi.allowsAuthentication(client, authenticator.method, assertionIn(authenticator, credential));
    const proven = isAllowed && authenticator.verify(client, credential, this.clients, request);
    return whenThere(proven, (isProven) => isProven || this.#isTrue(client, others, request));
  }
}

/** The client, when it may be used at all. */
function usableClient(client: OAuthClient): OAuthClient {
  if (client.entity.state !== 'ACTIVE')
    throw new OAuthError('invalid_client', 'Oauth application is not in active state.');
  if (!client.application.settings.applicationEnabled)
    throw new OAuthError('invalid_client', 'Application is disabled.');
  return client;
}

/** The assertion by which a method works; undefined when it works by something else. */
const assertionIn = ({ method }: ClientAuthenticator, { secret }: ClientCredential): string | undefined =>
  method.endsWith('_jwt') ? secret : undefined;

/** One answer for whatever is wrong, so that it does not tell which client ids there are. */
const refused = () => new OAuthError('invalid_client', 'Client credentials are invalid.');
