import { z } from 'zod';
import { onlyDefault, onlyEmpty } from '#core/applications';
import { type ClientSettings, clientSettings } from './client-model.js';

/**
 * `OpenIDConnectConfiguration` of the application management API. Members that this server does nothing with yet are
 * taken with their default and refused with anything else, so that nobody relies on a switch that switches nothing.
 */

const text = z.string().max(2048);
const flag = z.boolean().optional();
const names = z.array(z.string().min(1).max(255)).max(200).optional();
const urls = z.array(text).max(200).optional();

/** A life time; 0 stands for the default of the server, as in the contract. */
const seconds = z
  .int()
  .min(0, { error: 'tokens that never expire are not supported' })
  .max(315_360_000)
  .transform((count) => (count === 0 ? undefined : count))
  .optional();

/** Without meaning while the switch beside it is off, and the switch cannot be on. */
const idle = z.int().optional();

/** The name of RS256 in the contract. */
const RSA = 'SHA256withRSA';

const algorithm = z
  .enum(['', 'RS256', RSA, 'ES256'], { error: `known algorithms are ${RSA} and ES256` })
  .transform((name) => (name === 'ES256' ? ('ES256' as const) : ('RS256' as const)))
  .optional();

const accessToken = z.strictObject({
  type: z.string().optional(),
  userAccessTokenExpiryInSeconds: seconds,
  applicationAccessTokenExpiryInSeconds: seconds,
  bindingType: onlyDefault('None', ''),
  validateTokenBinding: onlyDefault(false),
  revokeTokensWhenIDPSessionTerminated: flag,
  accessTokenAttributes: names,
  enableJwtScopeAsArray: onlyDefault(false),
});

const refreshToken = z.strictObject({
  expiryInSeconds: seconds,
  renewRefreshToken: flag,
  extendRenewedRefreshTokenExpiryTime: flag,
  gracefulRefreshTokenRotationEnabled: onlyDefault(false),
  gracefulRefreshTokenRotationValidityPeriod: idle,
  gracefulRefreshTokenReuseLimit: idle,
});

const idToken = z.strictObject({
  expiryInSeconds: seconds,
  audience: names,
  idTokenSignedResponseAlg: algorithm,
  encryption: z
    .strictObject({
      enabled: onlyDefault(false),
      algorithm: onlyDefault('', 'RSA-OAEP'),
      method: onlyDefault('', 'A128GCM'),
    })
    .optional(),
});

const clientAuthentication = z.strictObject({
  tokenEndpointAuthMethod: z.string().optional(),
  tokenEndpointAllowReusePvtKeyJwt: onlyDefault(false),
  tokenEndpointAuthSigningAlg: onlyDefault(''),
  tlsClientAuthSubjectDn: onlyDefault(''),
});

/** What a client is set to beside the names and switches that this server has a use for. */
const fixed = {
  hybridFlow: z.strictObject({ enable: onlyDefault(false), responseType: onlyDefault('') }).optional(),
  subjectToken: z.strictObject({ enable: onlyDefault(false), applicationSubjectTokenExpiryInSeconds: idle }).optional(),
  logout: z.strictObject({ backChannelLogoutUrl: onlyDefault(''), frontChannelLogoutUrl: onlyDefault('') }).optional(),
  validateRequestObjectSignature: onlyDefault(false),
  scopeValidators: onlyEmpty(),
  requestObject: z
    .strictObject({
      requestObjectSigningAlg: onlyDefault(''),
      encryption: z.strictObject({ algorithm: onlyDefault(''), method: onlyDefault('') }).optional(),
    })
    .optional(),
  pushAuthorizationRequest: z.strictObject({ requirePushAuthorizationRequest: onlyDefault(false) }).optional(),
  subject: z.strictObject({ subjectType: onlyDefault('public', ''), sectorIdentifierUri: onlyDefault('') }).optional(),
  isFAPIApplication: onlyDefault(false),
  fapiProfile: onlyDefault(''),
  cibaAuthenticationRequest: z
    .strictObject({
      authReqExpiryTime: idle,
      notificationChannels: onlyEmpty(),
      skipUserValidation: onlyDefault(false),
      allowFederatedUsers: onlyDefault(false),
    })
    .optional(),
  issuer: z.strictObject({}, { error: 'this is not supported yet' }).optional(),
  clientSecretExpiresAt: onlyDefault(0),
  multipleClientSecretsConfigured: onlyDefault(false),
};

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
  clientAuthentication: clientAuthentication.optional(),
  ...fixed,
});

/** A configuration as a request gives it. */
export type OidcRequest = z.output<typeof oidcRequest>;

const { shape } = clientSettings;

/** In answers. */
export const oidcAnswer = z.object({
  clientId: z.string(),
  clientSecret: z.string().optional(),
  state: z.enum(['ACTIVE', 'REVOKED']),
  ...shape,
  accessToken: shape.accessToken.unwrap().extend({ bindingType: z.string(), validateTokenBinding: z.boolean() }),
  idToken: shape.idToken
    .unwrap()
    .extend({ idTokenSignedResponseAlg: z.string(), encryption: z.object({ enabled: z.boolean() }) }),
  hybridFlow: z.object({ enable: z.boolean() }),
  subjectToken: z.object({ enable: z.boolean() }),
  validateRequestObjectSignature: z.boolean(),
  scopeValidators: z.array(z.string()),
  pushAuthorizationRequest: z.object({ requirePushAuthorizationRequest: z.boolean() }),
  subject: z.object({ subjectType: z.string() }),
  isFAPIApplication: z.boolean(),
});

/** The settings that a request asks for, with every default filled in. */
export function settingsOf({ grantTypes, callbackURLs, allowedOrigins, ...rest }: OidcRequest): ClientSettings {
  return clientSettings.parse({
    ...rest,
    grantTypes: unique(grantTypes),
    callbackURLs: unique(callbackURLs ?? []),
    allowedOrigins: unique(allowedOrigins ?? []),
  });
}

/** Settings as answers show them: with what is always so on this server. */
export function shownSettings(settings: ClientSettings) {
  const { accessToken: access, idToken: id, ...rest } = settings;
  const { idTokenSignedResponseAlg } = id;
  return {
    ...rest,
    accessToken: { ...access, bindingType: 'None', validateTokenBinding: false },
    idToken: {
      ...id,
      idTokenSignedResponseAlg: idTokenSignedResponseAlg === 'RS256' ? RSA : idTokenSignedResponseAlg,
      encryption: { enabled: false },
    },
    hybridFlow: { enable: false },
    subjectToken: { enable: false },
    validateRequestObjectSignature: false,
    scopeValidators: [],
    pushAuthorizationRequest: { requirePushAuthorizationRequest: false },
    subject: { subjectType: 'public' },
    isFAPIApplication: false,
  };
}

/** Names of the signature algorithms in the contract. */
export const ID_TOKEN_ALGORITHMS = [RSA, 'ES256'] as const;

const unique = (values: readonly string[]) => [...new Set(values)];
