import type { OidcRequest } from '../clients/oidc-inbound-model.js';
import { type ClientMetadata, DESCRIPTIVE } from './client-metadata.js';
import { RegistrationError } from './registration-errors.js';
import { addressesInLanguages } from './shown-addresses.js';

/** Grant types that response types need (RFC 7591 §2.1). */
const needed = (responseTypes: readonly string[]): Set<string> =>
  new Set(
    responseTypes.flatMap((type) => {
      const parts = type.split(' ');
      const grants = parts.includes('code') ? ['authorization_code'] : [];
      return parts.some((part) => part === 'token' || part === 'id_token') ? [...grants, 'implicit'] : grants;
    }),
  );

const sorted = (type: string) => type.split(' ').sort().join(' ');

/** The configuration of a client that metadata ask for, as the application management API would be given it. */
export function configurationOf(metadata: ClientMetadata): OidcRequest {
  const grantTypes = grantTypesOf(metadata);
  const hybrid = (metadata.response_types ?? []).map(sorted).filter((type) => /^code ./.test(type));
  const isPublic = metadata.ext_public_client ?? metadata.token_endpoint_auth_method === 'none';
  const method = metadata.token_endpoint_auth_method;
  return {
    clientId: metadata.ext_param_client_id,
    clientSecret: isPublic ? undefined : metadata.ext_param_client_secret,
    grantTypes,
    callbackURLs: metadata.redirect_uris ?? [],
    publicClient: isPublic,
    pkce: {
      mandatory: metadata.ext_pkce_mandatory,
      supportPlainTransformAlgorithm: metadata.ext_pkce_support_plain,
    },
    ...tokensOf(metadata),
    hybridFlow: { enable: hybrid.length > 0, responseType: hybrid.join(',') },
    logout: {
      backChannelLogoutUrl: metadata.backchannel_logout_uri,
      frontChannelLogoutUrl: metadata.frontchannel_logout_uri,
    },
    validateRequestObjectSignature: metadata.require_signed_request_object,
    requestObject: {
      requestObjectSigningAlg: metadata.request_object_signing_alg?.replace(/^none$/, ''),
      encryption: {
        algorithm: metadata.request_object_encryption_alg,
        method: metadata.request_object_encryption_enc,
      },
    },
    clientAuthentication: {
      tokenEndpointAuthMethod: isPublic || method === 'none' ? undefined : method,
      tokenEndpointAuthSigningAlg: metadata.token_endpoint_auth_signing_alg,
      tokenEndpointAllowReusePvtKeyJwt: metadata.token_endpoint_allow_reuse_pvt_key_jwt,
      tlsClientAuthSubjectDn: metadata.tls_client_auth_subject_dn,
    },
    pushAuthorizationRequest: { requirePushAuthorizationRequest: metadata.require_pushed_authorization_requests },
    subject: { subjectType: metadata.subject_type, sectorIdentifierUri: metadata.sector_identifier_uri },
  };
}

function tokensOf(metadata: ClientMetadata): Pick<OidcRequest, 'accessToken' | 'refreshToken' | 'idToken'> {
  const { id_token_encrypted_response_alg: algorithm, id_token_encrypted_response_enc: encryption } = metadata;
  const bindingType = bindingOf(metadata);
  return {
    accessToken: {
      type: metadata.ext_token_type ?? metadata.token_type_extension,
      userAccessTokenExpiryInSeconds: lifetime(metadata.ext_user_token_lifetime),
      applicationAccessTokenExpiryInSeconds: lifetime(metadata.ext_application_token_lifetime),
      bindingType,
      validateTokenBinding: bindingType === undefined ? undefined : true,
    },
    refreshToken: { expiryInSeconds: lifetime(metadata.ext_refresh_token_lifetime) },
    idToken: {
      expiryInSeconds: lifetime(metadata.ext_id_token_lifetime),
      idTokenSignedResponseAlg: signatureOf(metadata.id_token_signed_response_alg),
      encryption: { enabled: algorithm !== undefined, algorithm, method: encryption },
    },
  };
}

/** 0 stands for the default of the server. */
const lifetime = (seconds: number | undefined) => (seconds === 0 ? undefined : seconds);

function signatureOf(algorithm: string | undefined): 'RS256' | 'PS256' | 'ES256' | 'none' | undefined {
  if (algorithm === undefined) return undefined;
  if (algorithm === 'RS256' || algorithm === 'PS256' || algorithm === 'ES256' || algorithm === 'none') return algorithm;
  throw new RegistrationError(
    'invalid_client_metadata',
    `id_token_signed_response_alg: there is no ${algorithm}. Known: RS256, PS256, ES256, none.`,
  );
}

function bindingOf(metadata: ClientMetadata): string | undefined {
  if (metadata.dpop_bound_access_tokens === true) return 'DPoP';
  return metadata.tls_client_certificate_bound_access_tokens === true ? 'certificate' : undefined;
}

function grantTypesOf({ grant_types, response_types = ['code'], redirect_uris }: ClientMetadata): string[] {
  const grantTypes = [...new Set(grant_types ?? ['authorization_code'])];
  if (grant_types !== undefined && response_types.length > 0) {
    const missing = [...needed(response_types)].filter((name) => !grantTypes.includes(name));
    // Clients that do not name their response types have the usual one only by RFC 7591 §2, not by intent.
    if (missing.length > 0 && grantTypes.some((name) => name === 'authorization_code' || name === 'implicit'))
      throw new RegistrationError(
        'invalid_client_metadata',
        `The response types need the grant types ${missing.join(', ')}.`,
      );
  }
  if (grant_types === undefined)
    for (const name of needed(response_types)) if (!grantTypes.includes(name)) grantTypes.push(name);
  const usesBrowser = grantTypes.some((name) => name === 'authorization_code' || name === 'implicit');
  if (usesBrowser && (redirect_uris ?? []).length === 0)
    throw new RegistrationError(
      'invalid_redirect_uri',
      'redirect_uris: they are required for the grant types authorization_code and implicit.',
    );
  return grantTypes;
}

/** What of the metadata has no place in the configuration, and is kept beside it. Throws RegistrationError. */
export function keptMetadata(metadata: ClientMetadata): Record<string, unknown> {
  const names = [
    ...DESCRIPTIVE,
    'response_types',
    'scope',
    'jwks',
    'jwks_uri',
    'userinfo_signed_response_alg',
    'userinfo_encrypted_response_alg',
    'userinfo_encrypted_response_enc',
    'post_logout_redirect_uris',
    'software_statement',
    'backchannel_logout_session_required',
    'frontchannel_logout_session_required',
  ];
  const kept = names.flatMap((name) => (metadata[name] === undefined ? [] : [[name, metadata[name]]]));
  return { ...Object.fromEntries(kept), ...addressesInLanguages(metadata) };
}
