import { inject, injectable } from 'tsyringe';
import type { HttpRequest } from '#core/http';
import { type Registry, token } from '#core/kernel';
import { type ClaimDialects, ClaimDialectsToken } from '#core/users';
import { type ResponseTypeSet, ResponseTypeSetToken } from './authorize/response-type-set.js';
import { type ResponseMode, ResponseModeRegistryToken } from './authorize/responses.js';
import { type OidcScopes, OidcScopesToken } from './claims/oidc-scopes.js';
import { withConfiguredEndpoints } from './endpoint-settings.js';
import { issuerOf } from './issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from './options.js';
import { REGISTRATION_PATH } from './registration/registration.service.js';
import { type ClientAuthenticator, ClientAuthenticatorRegistryToken } from './token/client-authenticator.js';
import type { GrantType } from './token/grant-type.js';
import { GrantTypeRegistryToken } from './token/token-endpoint.js';

/** Injection token of the discovery documents. */
export const DiscoveryToken = token<Discovery>('oauth.discovery');

/** Members of the document of RFC 8414; those of later RFCs too. */
const AUTHORIZATION_SERVER = new Set([
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'registration_endpoint',
  'response_types_supported',
  'response_modes_supported',
  'grant_types_supported',
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg_values_supported',
  'revocation_endpoint',
  'revocation_endpoint_auth_methods_supported',
  'introspection_endpoint',
  'introspection_endpoint_auth_methods_supported',
  'code_challenge_methods_supported',
  'authorization_response_iss_parameter_supported',
  'authorization_signing_alg_values_supported',
  'authorization_details_types_supported',
  'device_authorization_endpoint',
  'dpop_signing_alg_values_supported',
  'mtls_endpoint_aliases',
  'pushed_authorization_request_endpoint',
  'tls_client_certificate_bound_access_tokens',
]);

/** What a document needs to know of a request. */
type Based = Pick<HttpRequest, 'baseUrl'>;

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
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** The document for the organization of a request, as JSON. */
  document(http: Based): string {
    return this.#kept(http.baseUrl, () => this.#whole(http));
  }

  /** The same by RFC 8414, as JSON: what does not concern those who want no ID token is left out. */
  authorizationServer(http: Based): string {
    return this.#kept(`${http.baseUrl} `, () => {
      const known = Object.entries(this.#whole(http)).filter(([name]) => AUTHORIZATION_SERVER.has(name));
      const types = this.responseTypes.names.filter((name) => !name.split(' ').includes('id_token'));
      return { ...Object.fromEntries(known), response_types_supported: types, scopes_supported: [] };
    });
  }

  #kept(name: string, make: () => Record<string, unknown>): string {
    let document = this.#documents.get(name);
    if (!document) {
      document = JSON.stringify(make());
      if (this.#documents.size < 1000) this.#documents.set(name, document);
    }
    return document;
  }

  #whole(http: Based): Record<string, unknown> {
    return withConfiguredEndpoints(this.#make(http), this.options.endpoints, http);
  }

  #make(http: Based): Record<string, unknown> {
    const url = (path: string) => http.baseUrl + path;
    const authMethods = this.clientAuthenticators.ids();
    const modes = this.responseModes.ids();
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
      registration_endpoint: url(REGISTRATION_PATH),
      end_session_endpoint: url('/oidc/logout'),
      webfinger_endpoint: url('/.well-known/webfinger'),
      check_session_iframe: url('/oidc/checksession'),
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
      scopes_supported: this.scopes.names,
      claims_supported: [...this.dialects.oidcNames, 'sub', 'iss'],
      response_types_supported: this.responseTypes.names,
      response_modes_supported: modes,
      grant_types_supported: this.grants.ids(),
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256', 'PS256', 'ES256'],
      // JARM
      ...(modes.some((mode) => /\bjwt$/.test(mode))
        ? { authorization_signing_alg_values_supported: ['RS256', 'PS256', 'ES256'] }
        : {}),
      token_endpoint_auth_methods_supported: authMethods,
      code_challenge_methods_supported: ['S256', 'plain'],
      prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
      claims_parameter_supported: false,
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
      authorization_response_iss_parameter_supported: true,
    };
  }
}
