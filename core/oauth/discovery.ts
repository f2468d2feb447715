import { inject, injectable } from 'tsyringe';
import type { HttpRequest } from '#core/http';
import { type Registry, token } from '#core/kernel';
import { type ClaimDialects, ClaimDialectsToken } from '#core/users';
import { ResponseModeRegistryToken } from './authorize/authorization-endpoint.js';
import { type ResponseTypeSet, ResponseTypeSetToken } from './authorize/response-type-set.js';
import type { ResponseMode } from './authorize/responses.js';
import { type OidcScopes, OidcScopesToken } from './claims/oidc-scopes.js';
import { DiscoveryAdditionsToken, type DiscoveryMembers } from './discovery-members.js';
import { issuerOf } from './issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from './options.js';
import { assertionAlgorithms } from './token/client-assertions.js';
import { type ClientAuthenticator, ClientAuthenticatorRegistryToken, usable } from './token/client-authenticator.js';
import type { GrantType } from './token/grant-type.js';
import { GrantTypeRegistryToken } from './token/token-endpoint.js';

/** Injection token of the discovery documents. */
export const DiscoveryToken = token<Discovery>('oauth.discovery');

/** The discovery document (OpenID Connect Discovery §3): says what this server can do, and nothing more. */
@injectable()
export class Discovery {
  /** Documents by base URL, as JSON: the answer never changes while the server runs. */
  readonly #documents = new Map<string, string>();

  constructor(
    @inject(GrantTypeRegistryToken) private readonly grants: Registry<GrantType>,
    @inject(ResponseTypeSetToken) private readonly responseTypes: ResponseTypeSet,
    @inject(ResponseModeRegistryToken) private readonly responseModes: Registry<ResponseMode>,
    @inject(ClientAuthenticatorRegistryToken) private readonly clientAuthenticators: Registry<ClientAuthenticator>,
    @inject(OidcScopesToken) private readonly scopes: OidcScopes,
    @inject(ClaimDialectsToken) private readonly dialects: ClaimDialects,
    @inject(DiscoveryAdditionsToken) private readonly additions: Registry<DiscoveryMembers>,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** The document for the organization of a request, as JSON. */
  document(http: HttpRequest): string {
    let document = this.#documents.get(http.baseUrl);
    if (!document) {
      document = JSON.stringify(this.#make(http));
      if (this.#documents.size < 1000) this.#documents.set(http.baseUrl, document);
    }
    return document;
  }

  #make(http: HttpRequest): Record<string, unknown> {
    const url = (path: string) => http.baseUrl + path;
    const authMethods = usable(this.clientAuthenticators).map(({ method }) => method);
    return {
      issuer: issuerOf(http),
      authorization_endpoint: url('/oauth2/authorize'),
      token_endpoint: url('/oauth2/token'),
      userinfo_endpoint: url('/oauth2/userinfo'),
      revocation_endpoint: url('/oauth2/revoke'),
      revocation_endpoint_auth_methods_supported: authMethods,
      introspection_endpoint: url('/oauth2/introspect'),
      introspection_endpoint_auth_methods_supported: authMethods.filter((method) => method !== 'none'),
      jwks_uri: url('/oauth2/jwks'),
      end_session_endpoint: url('/oidc/logout'),
      check_session_iframe: url('/oidc/checksession'),
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
      scopes_supported: this.scopes.names,
      claims_supported: [...this.dialects.oidcNames, 'sub', 'iss'],
      response_types_supported: this.responseTypes.names,
      response_modes_supported: this.responseModes.ids(),
      grant_types_supported: this.grants.ids(),
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256', 'PS256', 'ES256'],
      token_endpoint_auth_methods_supported: authMethods,
      token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms(this.options, this.clientAuthenticators),
      code_challenge_methods_supported: ['S256', 'plain'],
      prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
      claims_parameter_supported: false,
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
      authorization_response_iss_parameter_supported: true,
      ...Object.assign({}, ...this.additions.all().map((addition) => addition.members(url))),
    };
  }
}
