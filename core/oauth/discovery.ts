import { inject, injectable } from 'tsyringe';
import { type ClientCertificates, ClientCertificatesToken, type HttpRequest } from '#core/http';
import { type Registry, type Soon, token, whenThere } from '#core/kernel';
import { type ClaimCatalog, ClaimCatalogToken, type ClaimDialects } from '#core/users';
import { CONTEXT_CLASSES } from './authorize/context-class.js';
import { type ResponseTypeSet, ResponseTypeSetToken } from './authorize/response-type-set.js';
import { type ResponseMode, ResponseModeRegistryToken } from './authorize/responses.js';
import type { OidcScopeSet } from './claims/oidc-scope-set.js';
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

/** Documents that are kept for one list of scopes, at most. */
const MOST_KEPT = 100;

/** What a document needs to know of a request. */
type Based = Pick<HttpRequest, 'baseUrl' | 'organization'>;

/** Documents as JSON, by base URL and what else they depend on, that tell of these claims. */
interface Documents {
  readonly claims: ClaimDialects;
  readonly documents: Map<string, string>;
}

/** The discovery document (OpenID Connect Discovery §3): says what this server can do, and nothing more. */
@injectable()
export class Discovery {
  /** Documents as JSON, by the scopes that they list. */
  readonly #documents = new WeakMap<OidcScopeSet, Documents>();

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
  document(http: Based): Soon<string> {
    return this.#kept(http, '', (whole) => whole);
  }

  /** The same by RFC 8414, as JSON: what does not concern those who want no ID token is left out. */
  authorizationServer(http: Based): Soon<string> {
    return this.#kept(http, 'oauth', (whole) => {
      const known = Object.entries(whole).filter(([name]) => AUTHORIZATION_SERVER.has(name));
      const types = this.responseTypes.names.filter((name) => !name.split(' ').includes('id_token'));
      return { ...Object.fromEntries(known), response_types_supported: types, scopes_supported: [] };
    });
  }

  #kept(http: Based, kind: string, make: (whole: Record<string, unknown>) => object): Soon<string> {
    const { id } = http.organization;
    return whenThere(this.details.supported(id), (types) =>
      whenThere(this.scopes.of(id), (scopes) =>
        whenThere(this.catalog.of(id), (claims) => {
          const kept = this.#keptFor(scopes, claims);
          const key = `${kind} ${http.baseUrl} ${types.length > 0 ? JSON.stringify(types) : ''}`;
          let document = kept.get(key);
          if (document === undefined) {
            const whole = this.#whole(http, scopes.names, claims.oidcNames);
            const details = types.length > 0 ? { authorization_details_types_supported: types } : {};
            document = JSON.stringify(make({ ...whole, ...details }));
            if (kept.size < MOST_KEPT) kept.set(key, document);
          }
          return document;
        }),
      ),
    );
  }

  /** Of the scopes of an organization there are documents for the claims that it has now. */
  #keptFor(scopes: OidcScopeSet, claims: ClaimDialects): Map<string, string> {
    const known = this.#documents.get(scopes);
    if (known?.claims === claims) return known.documents;
    const documents = new Map<string, string>();
    this.#documents.set(scopes, { claims, documents });
    return documents;
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
