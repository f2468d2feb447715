import { z } from 'zod';
import { type ClientSettings, clientSettings, FOREVER_SECONDS, type StoredClientSettings } from './client-model.js';

/** `OpenIDConnectConfiguration` of the application management API. */

const text = z.string().max(2048);
const flag = z.boolean().optional();
const names = z.array(z.string().min(1).max(255)).max(200).optional();
const urls = z.array(text).max(200).optional();

/** A life time; 0 stands for the default of the server, less for one that never ends, as in the contract. */
const seconds = z
  .int()
  .max(FOREVER_SECONDS)
  .transform((count) => {
    if (count < 0) return FOREVER_SECONDS;
    return count === 0 ? undefined : count;
  })
  .optional();

/** A positive number with a default: 0 stands for the default. */
const positive = z
  .int()
  .min(0)
  .transform((count) => (count === 0 ? undefined : count))
  .optional();

/** The name of RS256 in the contract. */
const RSA = 'SHA256withRSA';

/** Names of the signature algorithms in the contract. */
const ID_TOKEN_ALGORITHMS = [RSA, 'PS256', 'ES256'] as const;

/** FAPI profiles that an application can be held to; the first is the one of those that name none. */
export const FAPI_PROFILES = ['FAPI1_ADVANCED', 'FAPI2_SECURITY'] as const;

const known = ['', 'RS256', 'NONE', 'none', ...ID_TOKEN_ALGORITHMS] as const;
const idTokenAlgorithm = z
  .enum(known, { error: `known algorithms are ${ID_TOKEN_ALGORITHMS.join(', ')} and NONE` })
  .transform((name) => {
    if (name === '') return undefined;
    if (name === RSA) return 'RS256';
    return name === 'NONE' ? 'none' : name;
  })
  .optional();

/** `algorithm` and `method` of JWE. */
const encryption = z.strictObject({ algorithm: text.optional(), method: text.optional() });

const accessToken = z.strictObject({
  type: z.string().optional(),
  userAccessTokenExpiryInSeconds: seconds,
  applicationAccessTokenExpiryInSeconds: seconds,
  bindingType: z
    .string()
    .max(64)
    .transform((type) => (type === '' ? undefined : type))
    .optional(),
  validateTokenBinding: flag,
  revokeTokensWhenIDPSessionTerminated: flag,
  accessTokenAttributes: names,
  enableJwtScopeAsArray: flag,
});

const refreshToken = z.strictObject({
  expiryInSeconds: seconds,
  renewRefreshToken: flag,
  extendRenewedRefreshTokenExpiryTime: flag,
  gracefulRefreshTokenRotationEnabled: flag,
  gracefulRefreshTokenRotationValidityPeriod: positive,
  gracefulRefreshTokenReuseLimit: positive,
});

const idToken = z.strictObject({
  expiryInSeconds: seconds,
  audience: names,
  idTokenSignedResponseAlg: idTokenAlgorithm,
  encryption: encryption.extend({ enabled: flag }).optional(),
});

/** In requests. */
export const oidcRequest = z.strictObject({
  clientId: z.string().optional(),
  clientSecret: z.string().optional(),
  state: z.unknown().optional(),
  grantTypes: z.array(z.string()).min(1).max(50),
  callbackURLs: urls,
  allowedOrigins: urls,
  publicClient: flag,
  pkce: z.strictObject({ mandatory: flag, supportPlainTransformAlgorithm: flag }).optional(),
  accessToken: accessToken.optional(),
  refreshToken: refreshToken.optional(),
  idToken: idToken.optional(),
  subjectToken: z.strictObject({ enable: flag, applicationSubjectTokenExpiryInSeconds: positive }).optional(),
  hybridFlow: z.strictObject({ enable: flag, responseType: text.optional() }).optional(),
  logout: z.strictObject({ backChannelLogoutUrl: text.optional(), frontChannelLogoutUrl: text.optional() }).optional(),
  validateRequestObjectSignature: flag,
  requestObject: z
    .strictObject({ requestObjectSigningAlg: text.optional(), encryption: encryption.optional() })
    .optional(),
  scopeValidators: names,
  clientAuthentication: z
    .strictObject({
      tokenEndpointAuthMethod: z.string().optional(),
      tokenEndpointAuthSigningAlg: text.optional(),
      tokenEndpointAllowReusePvtKeyJwt: z
        .boolean()
        .nullable()
        .transform((value) => value ?? undefined)
        .optional(),
      tlsClientAuthSubjectDn: text.optional(),
    })
    .optional(),
  pushAuthorizationRequest: z.strictObject({ requirePushAuthorizationRequest: flag }).optional(),
  subject: z
    .strictObject({
      subjectType: z
        .enum(['public', 'pairwise', ''])
        .transform((type) => (type === '' ? undefined : type))
        .optional(),
      sectorIdentifierUri: text.optional(),
    })
    .optional(),
  isFAPIApplication: flag,
  fapiProfile: z.enum(['', ...FAPI_PROFILES]).optional(),
  cibaAuthenticationRequest: z
    .strictObject({
      authReqExpiryTime: positive,
      notificationChannels: names,
      skipUserValidation: flag,
      allowFederatedUsers: flag,
    })
    .optional(),
  issuer: z.strictObject({}, { error: 'organizations below a tenant come with their own release' }).optional(),
  clientSecretExpiresAt: z.int().optional(),
  multipleClientSecretsConfigured: z.unknown().optional(),
});

/** A configuration as a request gives it. */
export type OidcRequest = z.output<typeof oidcRequest>;

const { registration: _registration, issuer: _issuer, ...shown } = clientSettings.shape;

/** In answers. */
export const oidcAnswer = z.object({
  clientId: z.string(),
  clientSecret: z.string().optional(),
  clientSecretExpiresAt: z.int().describe('Of the latest secret, in seconds since the epoch; 0: it never expires'),
  multipleClientSecretsConfigured: z.boolean(),
  state: z.enum(['ACTIVE', 'REVOKED']),
  ...shown,
});

/** The settings that a request asks for; `before` keeps what requests of this API do not speak of. */
export function settingsOf(
  { grantTypes, callbackURLs, allowedOrigins, clientId: _, clientSecret: __, state: ___, ...rest }: OidcRequest,
  before?: StoredClientSettings,
): StoredClientSettings {
  return clientSettings.parse({
    ...rest,
    grantTypes: unique(grantTypes),
    callbackURLs: unique(callbackURLs ?? []),
    allowedOrigins: unique(allowedOrigins ?? []),
    registration: before?.registration,
  });
}

/** Settings as answers show them, by the names of the contract. */
export function shownSettings({ registration: _, issuer: __, ...settings }: ClientSettings) {
  const { idTokenSignedResponseAlg } = settings.idToken;
  const algorithm = idTokenSignedResponseAlg === 'RS256' ? RSA : idTokenSignedResponseAlg.replace(/^none$/, 'NONE');
  return { ...settings, idToken: { ...settings.idToken, idTokenSignedResponseAlg: algorithm } };
}

const unique = (values: readonly string[]) => [...new Set(values)];
