import { z } from 'zod';
import { type OAuthOptions, publishedName } from '../options.js';
import type { ClientSettings } from './client-model.js';
import type { ClientOptions } from './client-options.js';
import { FAPI_PROFILES, ID_TOKEN_ALGORITHMS } from './oidc-inbound-model.js';
import { SCOPE_VALIDATORS } from './oidc-inbound-rules.js';

const property = z.object({ options: z.array(z.string()), defaultValue: z.string().optional() });
const choice = z.object({ name: z.string(), displayName: z.string() });

/** `OIDCMetaData` of the application management API, with the members that there is something to choose for. */
export const oidcMetadataAnswer = z.object({
  allowedGrantTypes: z.object({ options: z.array(choice.extend({ publicClientAllowed: z.boolean() })) }),
  defaultUserAccessTokenExpiryTime: z.string(),
  defaultApplicationAccessTokenExpiryTime: z.string(),
  defaultRefreshTokenExpiryTime: z.string(),
  defaultIdTokenExpiryTime: z.string(),
  accessTokenType: property,
  accessTokenBindingType: property,
  tokenEndpointAuthMethod: z.object({ options: z.array(choice) }),
  tokenEndpointSignatureAlgorithm: property,
  tokenEndpointAllowReusePvtKeyJwt: z.boolean(),
  idTokenSignatureAlgorithm: property,
  idTokenEncryptionAlgorithm: property,
  idTokenEncryptionMethod: property,
  requestObjectSignatureAlgorithm: property,
  requestObjectEncryptionAlgorithm: property,
  requestObjectEncryptionMethod: property,
  subjectType: property,
  scopeValidators: property,
  fapiMetadata: z.object({
    allowedFapiProfiles: property,
    allowedSignatureAlgorithms: property,
    allowedEncryptionAlgorithms: property,
    tokenEndpointAuthMethod: z.object({ options: z.array(choice) }),
  }),
  cibaMetadata: z.object({ supportedNotificationChannels: z.array(choice) }),
});

/** How a user of CIBA can be reached. */
const CHANNELS = [
  { name: 'external', displayName: 'External' },
  { name: 'email', displayName: 'Email' },
  { name: 'sms', displayName: 'SMS' },
];

/** What a client can be set to. An option that does not work is not offered. */
export function oidcMetadata(
  options: ClientOptions,
  usual: ClientSettings,
  oauth: OAuthOptions,
): z.input<typeof oidcMetadataAnswer> {
  const { accessToken, refreshToken, idToken } = usual;
  const { id_token: encryption, request_object: requests } = oauth.oidc;
  return {
    allowedGrantTypes: { options: [...options.grantTypes()] },
    defaultUserAccessTokenExpiryTime: String(accessToken.userAccessTokenExpiryInSeconds),
    defaultApplicationAccessTokenExpiryTime: String(accessToken.applicationAccessTokenExpiryInSeconds),
    defaultRefreshTokenExpiryTime: String(refreshToken.expiryInSeconds),
    defaultIdTokenExpiryTime: String(idToken.expiryInSeconds),
    accessTokenType: { options: [...options.tokenTypes()], defaultValue: accessToken.type },
    accessTokenBindingType: { options: ['None', ...options.bindingTypes()], defaultValue: 'None' },
    tokenEndpointAuthMethod: {
      options: [{ name: '', displayName: 'Select Option' }, ...options.authenticationMethods()],
    },
    tokenEndpointSignatureAlgorithm: { options: options.assertionAlgorithms().map(publishedName) },
    tokenEndpointAllowReusePvtKeyJwt: false,
    idTokenSignatureAlgorithm: { options: [...ID_TOKEN_ALGORITHMS], defaultValue: ID_TOKEN_ALGORITHMS[0] },
    idTokenEncryptionAlgorithm: firstOf(encryption.supported_encryption_algorithms),
    idTokenEncryptionMethod: firstOf(encryption.supported_encryption_methods),
    requestObjectSignatureAlgorithm: { options: requests.signing_algorithms.map(publishedName) },
    requestObjectEncryptionAlgorithm: { options: [...requests.supported_encryption_algorithms] },
    requestObjectEncryptionMethod: { options: [...requests.supported_encryption_methods] },
    subjectType: { options: ['public', 'pairwise'], defaultValue: usual.subject.subjectType },
    scopeValidators: { options: [...SCOPE_VALIDATORS] },
    fapiMetadata: fapiMetadata(options, oauth),
    cibaMetadata: { supportedNotificationChannels: CHANNELS },
  };
}

/** What clients under a FAPI profile can be set to. */
function fapiMetadata(options: ClientOptions, { oidc }: OAuthOptions) {
  const { allowed_client_authentication_methods: methods, allowed_signature_algorithms: algorithms } = oidc.fapi;
  return {
    allowedFapiProfiles: { options: [...FAPI_PROFILES], defaultValue: FAPI_PROFILES[0] },
    allowedSignatureAlgorithms: { options: [...algorithms] },
    allowedEncryptionAlgorithms: { options: [...oidc.id_token.supported_encryption_algorithms] },
    tokenEndpointAuthMethod: { options: options.authenticationMethods().filter(({ name }) => methods.includes(name)) },
  };
}

/** A choice whose first option is the usual one. */
const firstOf = (options: readonly string[]) => ({
  options: [...options],
  ...(options[0] === undefined ? {} : { defaultValue: options[0] }),
});
