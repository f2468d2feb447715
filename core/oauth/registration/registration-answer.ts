import type { ApplicationEntity } from '#core/applications';
import type { ClientSettings } from '../clients/client-model.js';
import type { RegistrationOptions } from './settings.js';

/** A registered client, with what only its registration knows. */
export interface RegisteredClient {
  readonly clientId: string;
  /** When it may be shown. */
  readonly secret: string | undefined;
  /** Seconds since the epoch; 0: never. */
  readonly secretExpiresAt: number;
  readonly application: ApplicationEntity;
  readonly settings: ClientSettings;
  /** What was kept of the metadata. */
  readonly kept: Readonly<Record<string, unknown>>;
  readonly owner: string | undefined;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
}

/** Members of the answer that a client has no value for. */
const empty = (value: unknown) => value === undefined || value === '';

/** The client information response (RFC 7591 §3.2.1), with the `ext_*` members of the contract. */
export function registrationAnswer(client: RegisteredClient, options: RegistrationOptions): Record<string, unknown> {
  const { settings, application } = client;
  const { clientAuthentication, subject, logout, requestObject } = settings;
  const all: Record<string, unknown> = {
    ...client.kept,
    client_id: client.clientId,
    client_secret: client.secret,
    client_secret_expires_at: settings.publicClient ? undefined : client.secretExpiresAt,
    client_id_issued_at: client.issuedAt,
    client_name: application.name,
    redirect_uris: options.decode_redirect_uris_in_response
      ? settings.callbackURLs
      : settings.callbackURLs.map((url) => encodeURIComponent(url)),
    grant_types: settings.grantTypes,
    token_endpoint_auth_method: settings.publicClient
      ? 'none'
      : clientAuthentication.tokenEndpointAuthMethod || 'client_secret_basic',
    token_endpoint_auth_signing_alg: clientAuthentication.tokenEndpointAuthSigningAlg,
    tls_client_auth_subject_dn: clientAuthentication.tlsClientAuthSubjectDn,
    id_token_signed_response_alg: settings.idToken.idTokenSignedResponseAlg,
    ...encryptionOf(settings),
    request_object_signing_alg: requestObject.requestObjectSigningAlg,
    request_object_encryption_alg: requestObject.encryption.algorithm,
    request_object_encryption_enc: requestObject.encryption.method,
    require_signed_request_object: settings.validateRequestObjectSignature,
    require_pushed_authorization_requests: settings.pushAuthorizationRequest.requirePushAuthorizationRequest,
    tls_client_certificate_bound_access_tokens: settings.accessToken.bindingType === 'certificate',
    dpop_bound_access_tokens: settings.accessToken.bindingType === 'DPoP',
    subject_type: subject.subjectType,
    sector_identifier_uri: subject.sectorIdentifierUri,
    backchannel_logout_uri: logout.backChannelLogoutUrl,
    frontchannel_logout_uri: logout.frontChannelLogoutUrl,
    ...extensionsOf(client),
  };
  if (options.return_null_fields_in_response)
    return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, empty(value) ? null : value]));
  return Object.fromEntries(Object.entries(all).filter(([, value]) => !empty(value)));
}

function encryptionOf({ idToken: { encryption } }: ClientSettings): Record<string, unknown> {
  if (!encryption.enabled) return {};
  return {
    id_token_encrypted_response_alg: encryption.algorithm,
    id_token_encrypted_response_enc: encryption.method,
  };
}

function extensionsOf({ settings, owner }: RegisteredClient): Record<string, unknown> {
  const { accessToken, refreshToken, idToken, pkce, publicClient } = settings;
  return {
    ext_application_owner: owner,
    ext_public_client: publicClient,
    ext_pkce_mandatory: pkce.mandatory,
    ext_pkce_support_plain: pkce.supportPlainTransformAlgorithm,
    ext_token_type: accessToken.type,
    ext_application_token_lifetime: accessToken.applicationAccessTokenExpiryInSeconds,
    ext_user_token_lifetime: accessToken.userAccessTokenExpiryInSeconds,
    ext_refresh_token_lifetime: refreshToken.expiryInSeconds,
    ext_id_token_lifetime: idToken.expiryInSeconds,
  };
}
