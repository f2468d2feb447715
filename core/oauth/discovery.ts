import { inject, injectable } from 'tsyringe';
import { type ClientCertificates, ClientCertificatesToken, type HttpRequest } from '#core/http';
import { type Registry, token } from '#core/kernel';
import { type ClaimCatalog, ClaimCatalogToken, type ClaimDialects } from '#core/users';
import { CONTEXT_CLASSES } from './authorize/context-class.js';
import { type ResponseTypeSet, ResponseTypeSetToken } from './authorize/response-type-set.js';
import { type ResponseMode, ResponseModeRegistryToken } from './authorize/responses.js';
import { type OidcScopes, OidcScopesToken } from './claims/oidc-scopes.js';
import { DiscoveryAdditionsToken, type DiscoveryMembers } from './discovery-members.js';
import { withConfiguredEndpoints } from './endpoint-settings.js';
import { issuerOf } from './issuer.js';
import { mutualTlsAliases } from './mutual-tls-aliases.js';
import { type OAuthOptions, OAuthOptionsToken } from './options.js';
import { type AuthorizationDetails, AuthorizationDetailsToken } from './rar/authorization-details.js';
import { REGISTRATION_PATH } from './registration/registration.service.js';
import { assertionAlgorithms } from './token/client-assertions.js';
import { type ClientAuthenticator, ClientAuthenticatorRegistryToken, usable } from './token/client-authenticator.js';
import type { GrantType } from './token/grant-type.js';
import { type TokenBinding, TokenBindingRegistryToken } from './token/token-binding.js';
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
type Based = Pick<HttpRequest, 'baseUrl' | 'organization'>;

/** The discovery document (OpenID Connect Discovery §3): says what this server can do, and nothing more. */
@injectable()
export class Discovery {
  /** Documents as JSON, by the claims that they tell of, then by base URL and what else they depend on. */
  readonly #documents = new WeakMap<ClaimDialects, Map<string, string>>();

  constructor(
    @inject(GrantTypeRegistryToken) private readonly grants: Registry<GrantType>,
    @inject(ResponseTypeSetToken) private readonly responseTypes: ResponseTypeSet,
    @inject(ResponseModeRegistryToken) private readonly responseModes: Registry<ResponseMode>,
    @inject(ClientAuthenticatorRegistryToken) private readonly clientAuthenticators: Registry<ClientAuthenticator>,
    @inject(OidcScopesToken) private readonly scopes: OidcScopes,
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(AuthorizationDetailsToken) private readonly details: AuthorizationDetails,
    @inject(DiscoveryAdditionsToken) private readonly additions: Registry<DiscoveryMembers>,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
    @inject(ClientCertificatesToken) private readonly certificates: ClientCertificates,
    @inject(TokenBindingRegistryToken) private readonly bindings: Registry<TokenBinding>,
  ) {}

  /** The document for the organization of a request, as JSON. */
  document(http: Based): Promise<string> {
    return this.#kept(http, '', (whole) => whole);
  }

  /** The same by RFC 8414, as JSON: what does not concern those who want no ID token is left out. */
  authorizationServer(http: Based): Promise<string> {
    return this.#kept(http, 'oauth', (whole) => {
      const known = Object.entries(whole).filter(([name]) => AUTHORIZATION_SERVER.has(name));
      const types = this.responseTypes.names.filter((name) => !name.split(' ').includes('id_token'));
      return { ...Object.fromEntries(known), response_types_supported: types, scopes_supported: [] };
    });
  }

  async #kept(http: Based, kind: string, make: (whole: Record<string, unknown>) => object): Promise<string> {
    const types = await this.details.supported(http.organization.id);
    const scopes = (await this.scopes.of(http.organization.id)).names;
    const dialects = await this.catalog.of(http.organization.id);
    const documents = this.#documents.get(dialects) ?? new Map<string, string>();
    this.#documents.set(dialects, documents);
    const key = JSON.stringify([http.baseUrl, kind, types, scopes]);
    let document = documents.get(key);
    if (document === undefined) {
      const whole = this.#whole(http, scopes, dialects.oidcNames);
      document = JSON.stringify(
        make(types.length > 0 ? { ...whole, authorization_details_types_supported: types } : whole),
      );
      if (documents.size < 1000) documents.set(key, document);
    }
    return document;
  }

  #whole(http: Based, scopes: readonly string[], claims: readonly string[]): Record<string, unknown> {
    return this.#mutualTls(withConfiguredEndpoints(this.#make(http, scopes, claims), this.options.endpoints, http));
  }

  /** A document with what RFC 8705 adds to it. */
  #mutualTls(document: Record<string, unknown>): Record<string, unknown> {
    const bound = this.certificates.canCome && this.bindings.find('certificate') !== undefined;
    const aliases = mutualTlsAliases(this.options, document);
    return {
      ...document,
      tls_client_certificate_bound_access_tokens: bound,
      ...(aliases ? { mtls_endpoint_aliases: aliases } : {}),
    };
  }

  #make(http: Based, scopes: readonly string[], claims: readonly string[]): Record<string, unknown> {
    const url = (path: string) => http.baseUrl + path;
    const authMethods = usable(this.clientAuthenticators).map(({ method }) => method);
    const modes = this.responseModes.ids();
    return {
      issuer: issuerOf(http, this.options),
      authorization_endpoint: url('/oauth2/authorize'),
      pushed_authorization_request_endpoint: url('/oauth2/par'),
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
      scopes_supported: scopes,
      claims_supported: [...claims, 'sub', 'iss', 'acr'],
      response_types_supported: this.responseTypes.names,
      response_modes_supported: modes,
      grant_types_supported: this.grants.ids(),
      subject_types_supported: ['public', 'pairwise'],
      id_token_signing_alg_values_supported: ['RS256', 'PS256', 'ES256'],
      id_token_encryption_alg_values_supported: this.options.oidc.id_token.supported_encryption_algorithms,
      id_token_encryption_enc_values_supported: this.options.oidc.id_token.supported_encryption_methods,
      userinfo_signing_alg_values_supported: [...new Set([this.options.userInfoAlgorithm, 'RS256', 'PS256', 'ES256'])],
      // JARM
      ...(modes.some((mode) => /\bjwt$/.test(mode))
        ? { authorization_signing_alg_values_supported: ['RS256', 'PS256', 'ES256'] }
        : {}),
      token_endpoint_auth_methods_supported: authMethods,
      token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms(this.options, this.clientAuthenticators),
      code_challenge_methods_supported: ['S256', 'plain'],
      prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
      acr_values_supported: [...CONTEXT_CLASSES],
      claims_parameter_supported: true,
      request_parameter_supported: true,
      request_uri_parameter_supported: true,
      request_object_signing_alg_values_supported: ['none', ...this.options.oidc.request_object.signing_algorithms],
      request_object_encryption_alg_values_supported: this.options.oidc.request_object.supported_encryption_algorithms,
      request_object_encryption_enc_values_supported: this.options.oidc.request_object.supported_encryption_methods,
      authorization_response_iss_parameter_supported: true,
      ...Object.assign({}, ...this.additions.all().map((addition) => addition.members(url))),
      ...Object.assign({}, ...this.bindings.all().map(({ metadata }) => metadata)),
    };
  }
}
