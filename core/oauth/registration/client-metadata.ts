import { z } from 'zod';
import { shownAddresses } from './shown-addresses.js';

/**
 * Client metadata of dynamic registration: RFC 7591 §2, OpenID Connect Dynamic Registration §2 and the logout profiles,
 * RFC 8705 §5, RFC 9126 §6, RFC 9449 §5.2, with the `ext_*` members of the contract. Members that nobody knows are left
 * alone, as RFC 7591 §2 has it.
 */

const text = z.string().max(2048).optional();
const flag = z.boolean().optional();
const list = z.array(z.string().min(1).max(2048)).max(100).optional();
const web = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/\S+$/i, { error: 'this has to be a http or https address' })
  .optional();
const lifetime = z.int().min(-1).max(315_360_000).optional();

/** What only describes a client: kept and shown again. */
const description = {
  ...shownAddresses,
  contacts: list,
  software_id: text,
  software_version: text,
  application_type: z.enum(['web', 'native']).optional(),
  initiate_login_uri: web,
  default_max_age: z.int().min(0).optional(),
  require_auth_time: flag,
  default_acr_values: list,
  request_uris: list,
};

/** Names of what only describes a client. */
export const DESCRIPTIVE = Object.keys(description);

/** In requests. */
export const clientMetadata = z.looseObject({
  ...description,
  client_name: text,
  redirect_uris: list,
  grant_types: list,
  response_types: list,
  scope: text,
  token_endpoint_auth_method: text,
  token_endpoint_auth_signing_alg: text,
  token_endpoint_allow_reuse_pvt_key_jwt: flag,
  jwks_uri: web,
  jwks: z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(20) }).optional(),
  tls_client_auth_subject_dn: text,
  tls_client_certificate_bound_access_tokens: flag,
  dpop_bound_access_tokens: flag,
  id_token_signed_response_alg: text,
  id_token_encrypted_response_alg: text,
  id_token_encrypted_response_enc: text,
  userinfo_signed_response_alg: text,
  userinfo_encrypted_response_alg: text,
  userinfo_encrypted_response_enc: text,
  request_object_signing_alg: text,
  request_object_encryption_alg: text,
  request_object_encryption_enc: text,
  require_signed_request_object: flag,
  require_pushed_authorization_requests: flag,
  subject_type: z.enum(['public', 'pairwise']).optional(),
  sector_identifier_uri: web,
  backchannel_logout_uri: web,
  backchannel_logout_session_required: flag,
  frontchannel_logout_uri: web,
  frontchannel_logout_session_required: flag,
  post_logout_redirect_uris: list,
  software_statement: z.string().max(16_384).optional(),
  token_type_extension: z.enum(['JWT', 'Default']).optional(),
  ext_param_client_id: text,
  ext_param_client_secret: text,
  ext_param_sp_template: text,
  ext_application_display_name: text,
  ext_application_owner: text,
  ext_allowed_audience: z.enum(['organization', 'application', 'ORGANIZATION', 'APPLICATION']).optional(),
  ext_public_client: flag,
  ext_pkce_mandatory: flag,
  ext_pkce_support_plain: flag,
  ext_token_type: z.enum(['JWT', 'Default']).optional(),
  ext_application_token_lifetime: lifetime,
  ext_user_token_lifetime: lifetime,
  ext_refresh_token_lifetime: lifetime,
  ext_id_token_lifetime: lifetime,
});

/** Metadata as a request gives it, or as it is kept. */
export type ClientMetadata = z.output<typeof clientMetadata>;
