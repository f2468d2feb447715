import { z } from 'zod';
import { duration } from '#core/kernel';
import { choices, fixed, life, off, on, refused, words } from './setting-kinds.js';

const KEY_MANAGEMENT = [
  'RSA-OAEP',
  'RSA-OAEP-256',
  'RSA-OAEP-384',
  'RSA-OAEP-512',
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A192KW',
  'ECDH-ES+A256KW',
];
const CONTENT_ENCRYPTION = [
  'A128GCM',
  'A192GCM',
  'A256GCM',
  'A128CBC-HS256',
  'A128CBC+HS256',
  'A192CBC-HS384',
  'A256CBC-HS512',
];

/** `[oauth.oidc]` */
export const oidc = z.strictObject({
  redirect_to_post_logout_uri_on_consent_denial: on('Whether a refused logout returns to the application'),
  token_validation: z
    .strictObject({
      id_token_validity: life('1h', 'How long ID tokens live'),
      logout_token_validity: life('2m', 'How long logout tokens live'),
    })
    .prefault({}),
  id_token: z
    .strictObject({
      signature_algorithm: z
        .enum(['SHA256withRSA', 'RS256', 'PS256', 'ES256'])
        .default('SHA256withRSA')
        .describe('How ID tokens are signed when the application has no choice of its own'),
      signing_algorithms: choices(
        ['SHA256withRSA', 'RS256', 'PS256', 'ES256'],
        ['SHA256withRSA', 'PS256', 'ES256'],
        'Algorithms that applications may choose for their ID tokens',
      ),
      issuer: z
        .url({ protocol: /^https?$/, error: 'this is not a https address' })
        .refine((url) => !/[?#]/.test(url), { error: 'an issuer has neither query nor fragment' })
        .optional()
        .describe('`iss` of every token, and of discovery, in place of the URL of the token endpoint'),
      audiences: words([], 'Further audiences of every ID token'),
      supported_encryption_algorithms: choices(
        KEY_MANAGEMENT,
        [
          'RSA-OAEP',
          'RSA-OAEP-256',
          'RSA-OAEP-384',
          'RSA-OAEP-512',
          'ECDH-ES',
          'ECDH-ES+A128KW',
          'ECDH-ES+A192KW',
          'ECDH-ES+A256KW',
        ],
        'Key management for encrypted ID tokens; the first is the default',
      ),
      supported_encryption_methods: choices(
        CONTENT_ENCRYPTION,
        ['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'],
        'Content encryption of ID tokens; the first is the default',
      ),
      use_entityid_as_issuer: fixed(false, 'there is no SAML entity id here yet'),
      sign_with_sp_key: fixed(true, 'tokens are always signed with the key of the application’s organization'),
      add_tenant_domain_to_realm: off('Whether ID tokens say in `realm` which organization the user is of'),
      add_userstore_domain_to_realm: off('Whether ID tokens say in `realm` which user store the user is in'),
    })
    .prefault({}),
  token_endpoint: z
    .strictObject({
      signing_algorithms: words(
        ['PS256', 'ES256', 'ES384', 'RS256', 'RS384'],
        'Algorithms by which clients may sign their assertions',
      ),
    })
    .prefault({}),
  request_object: z
    .strictObject({
      signing_algorithms: words(['PS256', 'ES256', 'RS256'], 'Algorithms by which clients may sign request objects'),
      supported_encryption_algorithms: words(
        ['RSA-OAEP', 'RSA-OAEP-256', 'RSA-OAEP-384', 'RSA-OAEP-512'],
        'Key management for encrypted request objects',
      ),
      supported_encryption_methods: words(
        ['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'],
        'Content encryption of request objects',
      ),
    })
    .prefault({}),
  user_info: z
    .strictObject({
      response_type: z.enum(['json', 'jwt']).default('json').describe('`jwt`: answers of userinfo are signed'),
      jwt_signature_algorithm: z
        .enum(['SHA256withRSA', 'RS256', 'PS256', 'ES256'])
        .optional()
        .describe('How signed answers of userinfo are signed; as ID tokens when absent'),
      enable_multi_value_support: fixed(true, 'attributes with several values are always lists'),
      return_only_app_associated_roles: on('Whether userinfo names only the roles of the application'),
      remove_internal_prefix_from_roles: on('Whether `Internal/` is left out of the names of roles'),
    })
    .prefault({}),
  enable_hybrid_flow_app_level_validation: on('Whether applications have to allow each hybrid response type'),
  enable_claims_separation_for_access_tokens: fixed(
    true,
    'access tokens have the attributes that the application chose, always',
  ),
  enable_tls_certificate_bound_access_tokens_via_binding_type: fixed(
    true,
    'certificate binding is always chosen by the binding type',
  ),
  subject_type: z
    .strictObject({
      default_subject_type: z
        .enum(['public', 'pairwise'])
        .default('public')
        .describe('Subject type of applications that have chosen none'),
      enable_pairwise_subject_for_access_tokens_if_pairwise_subject_type_selection: on(
        'Whether the pairwise subject stands in access tokens too',
      ),
    })
    .prefault({}),
  fapi: z
    .strictObject({
      enable_validation: on('Whether the FAPI profile of applications is enforced'),
      allowed_client_authentication_methods: words(
        ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
        'How clients under a FAPI profile authenticate',
      ),
      allowed_signature_algorithms: words(['PS256', 'ES256'], 'Algorithms under a FAPI profile'),
      enable_ciba_profile: off('Whether CIBA requests of FAPI clients have to be signed'),
      enable_security_profile: off('Whether every application is held to FAPI 2'),
    })
    .prefault({}),
  logout_request_sender: z
    .strictObject({
      http_connect_timeout: refused('see connect_timeout of [outbound_http]'),
      http_socket_timeout: duration('ms')
        .prefault('20s')
        .describe('How long an application may take for a logout token'),
      pool_size: refused('logout tokens go out by the outbox'),
      work_queue_size: refused('logout tokens go out by the outbox'),
      keep_alive_time: refused('logout tokens go out by the outbox'),
    })
    .prefault({}),
});
