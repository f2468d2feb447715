import { z } from 'zod';
import { flag, settings } from '#core/kernel';
import { endpoints } from './endpoint-settings.js';
import { oidc } from './oidc-settings.js';
import { fixed, life, off, on, refused, words } from './setting-kinds.js';

const tokenValidation = z.strictObject({
  authorization_code_validity: life('5m', 'How long an authorization code lives'),
  app_access_token_validity: life('1h', 'How long access tokens of applications live'),
  user_access_token_validity: life('1h', 'How long access tokens of users live'),
  refresh_token_validity: life('1d', 'How long refresh tokens live'),
});

const tokenRenewal = z.strictObject({
  renew_refresh_token: on('Whether a refresh token is replaced when it is used'),
  extend_refresh_token_expiry_time_on_renewal: on('Whether the new one has a full life again'),
  renew_access_token_per_request: off('Whether an opaque access token is never handed out a second time'),
  validate_authenticated_user_for_refresh_grant: fixed(true, 'the user is always validated'),
});

const tokenPersistence = z
  .strictObject({
    enable: on(
      'Whether access tokens in JWT, and what goes with them, are kept; false switches both of the following off',
    ),
    persist_access_token: on('Whether access tokens in JWT are kept; false: only their revocation is'),
    persist_refresh_token: on('Whether refresh tokens are kept; false: they are signed JWTs'),
    retain_revoked_token: on('Whether the revocation of access tokens that are not kept is noted'),
  })
  .refine(
    ({ enable, persist_access_token, persist_refresh_token }) =>
      !enable || persist_refresh_token || !persist_access_token,
    {
      path: ['persist_refresh_token'],
      error: 'refresh tokens of access tokens that are kept are kept too; set persist_access_token = false as well',
    },
  );

const jwt = z.strictObject({
  renew_token_without_revoking_existing: z
    .strictObject({
      enable: off('Whether a new JWT leaves the ones before it alone'),
      allowed_grant_types: words([], 'Grant types for which that holds'),
    })
    .prefault({}),
  maximum_allowed_depth: z.int().min(1).max(255).default(255).describe('How deep a JWT from outside may be nested'),
  enable_depth_validation: on('Whether that depth is looked at'),
  return_only_app_associated_roles: on('Whether tokens name only the roles of the application'),
});

const jarmMode = z.strictObject({ enable: on('Whether this response mode may be used') }).prefault({});
const responseType = z.strictObject({ enable: on('Whether this response type may be used') }).prefault({});

/** `[oauth]`: what is not the table of a plugin. */
export const OAuthSettings = settings(
  'oauth',
  z.strictObject({
    hash_client_secret: on(
      'Whether client secrets are stored as hashes; false: sealed, so that the API can show them again',
    ),
    hash_tokens_and_secrets: off(
      'Whether opaque tokens are known by their hash alone, so that equal requests get different ones; secrets too',
    ),
    hash_token_algorithm: z.literal('SHA-256').default('SHA-256').describe('How tokens are hashed'),
    client_secret_hash_algorithm: z.literal('SHA-256').default('SHA-256').describe('How client secrets are hashed'),
    multiple_client_secrets: z
      .strictObject({
        max_secret_count: z
          .int()
          .min(1)
          .max(100)
          .default(2)
          .describe('How many client secrets that have not expired an application may have at a time'),
      })
      .prefault({}),
    client_id_validation_regex: z
      .string()
      .default('[a-zA-Z0-9_]{15,30}')
      .describe('What a client id of the caller’s choice has to look like'),
    timestamp_skew: life('0s', 'How far clocks of others may be off'),
    prompt_consent: on('Whether users are asked for consent at all'),
    prompt_login_consent: flag()
      .optional()
      .describe('Whether they are asked at sign-in; as prompt_consent when absent'),
    prompt_logout_consent: flag()
      .optional()
      .describe('Whether they are asked at logout; as prompt_login_consent when absent'),
    show_display_name_in_consent_page: fixed(false, 'an application has one name, and the page shows it'),
    allowed_scopes: words(['^device_.*'], 'Patterns of scopes that need no registration'),
    default_requested_scopes: words([], 'Scopes of requests that ask for none'),
    restricted_scopes: words([], 'Scopes that nobody gets'),
    drop_unregistered_scopes: on('Whether scopes that nobody has registered are dropped; false refuses the request'),
    drop_unrequested_oidc_scopes: off(
      'Whether OpenID Connect scopes without claims that the application asks for are dropped',
    ),
    use_app_authorized_scopes_as_default: off(
      'Whether a request without scopes gets all that the application may ask for',
    ),
    restricted_query_parameters: words(
      ['username', 'password', 'client_secret'],
      'Parameters that must not stand in the URL of a token request',
    ),
    handle_logout_gracefully: on('Whether a logout without a session succeeds'),
    redirect_to_idp_error_page_on_error: off('Whether errors that could go to the application stay on a page here'),
    enable_rich_authorization_requests: off('Whether authorization_details is understood (RFC 9396)'),
    use_client_id_as_sub_claim_for_app_tokens: fixed(
      true,
      'the subject of tokens of applications is always the client id',
    ),
    remove_username_from_introspection_response_for_app_tokens: fixed(true, 'tokens of applications have no user name'),
    enable_jwt_token_validation_during_introspection: fixed(true, 'signatures are always checked'),
    add_tenant_domain_to_access_token: off('Whether access tokens say in `app_td` and `user_td` where they come from'),
    return_sp_id_to_apps: fixed(false, 'applications do not learn ids of the management API'),
    use_entityid_as_issuer_in_oidc_discovery: fixed(false, 'the issuer is always the one of the tokens'),
    build_issuer_with_hostname: fixed(true, 'the issuer is always made of the public address of the server'),
    allow_issuer_selection_for_sub_org_applications: fixed(
      false,
      'organizations below a tenant come with their own release',
    ),
    enable_legacy_session_bound_token_behaviour: fixed(false, 'tokens bound to a session always end with it'),
    allow_session_bound_tokens_after_idle_session_expiry: fixed(false, 'tokens bound to a session always end with it'),
    callback: z
      .strictObject({
        enforce_literal_characters: on(
          'Whether . + ? before a letter or digit are meant literally in callback patterns; false lets addresses through that nobody has written down',
        ),
        restrict_fragment_components: fixed(true, 'callback URLs never have a fragment'),
      })
      .prefault({}),
    introspect: z
      .strictObject({
        allow_cross_tenant: off('Whether access tokens of other tenants can be introspected, as far as they are JWTs'),
        allow_cross_sub_org: off(
          'Whether access tokens of organizations below can be introspected at their tenant, as far as they are JWTs',
        ),
      })
      .prefault({}),
    introspection: z.strictObject({ filtered_claims: words([], 'Members that introspection leaves out') }).prefault({}),
    revoked_token_headers_in_response: z
      .strictObject({ enable: off('Whether revocation answers with RevokedAccessToken and its kin') })
      .prefault({}),
    impersonated_refresh_token: z
      .strictObject({ enable: on('Whether impersonation gives refresh tokens') })
      .prefault({}),
    token_validation: tokenValidation.prefault({}),
    token_renewal: tokenRenewal.prefault({}),
    token_persistence: tokenPersistence.prefault({}),
    token_cleanup: z
      .strictObject({
        enable: fixed(true, 'what has expired is always removed'),
        retain_access_tokens_for_auditing: fixed(false, 'the audit log is for that'),
      })
      .prefault({}),
    jwt: jwt.prefault({}),
    response_type: z
      .strictObject({
        token: responseType,
        code: responseType,
        id_token: responseType,
        id_token_token: responseType,
        code_token: responseType,
        code_id_token: responseType,
        code_id_token_token: responseType,
        device: responseType,
        none: responseType,
        subject_token: responseType,
        id_token_subject_token: responseType,
        ciba: responseType,
      })
      .prefault({}),
    par: z
      .strictObject({
        expiry_time: life('60s', 'How long a pushed authorization request waits'),
        cleanup: refused('what has expired is always removed'),
      })
      .prefault({}),
    jarm: z
      .strictObject({
        enable: on('Whether answers can be JWTs'),
        jwt: jarmMode,
        query_jwt: jarmMode,
        fragment_jwt: jarmMode,
        form_post_jwt: jarmMode,
        jarm_response_jwt_validity: life('600s', 'How long such an answer is good'),
      })
      .prefault({}),
    mtls_aliases: z
      .strictObject({
        enabled: off('Whether discovery names other addresses for clients with certificates'),
        hostname: z
          .string()
          .regex(/^[A-Za-z0-9.-]+(?::\d{1,5})?$/, { error: 'this is not a host name, with a port or without' })
          .optional()
          .describe('Host of these addresses, with its port; that of the server when absent'),
      })
      .prefault({}),
    custom_grant_type: refused('a grant of your own is a plugin: see docs/plugins.md'),
    extensions: refused('a token type of your own is a plugin: see docs/plugins.md'),
    jwt_x5t_enabled: off('Whether tokens name their certificate by SHA-1 (x5t)'),
    jwt_x5t_s256_enabled: on('Whether tokens name their certificate by SHA-256 (x5t#S256)'),
    jwt_x5t_hexify_required: fixed(false, 'thumbprints are base64url, as RFC 7515 has it'),
    endpoints: endpoints.prefault({}),
    oidc: oidc.prefault({}),
  }),
);

/** The parsed `[oauth]`. */
export type OAuthConfiguration = z.output<(typeof OAuthSettings)['schema']>;
