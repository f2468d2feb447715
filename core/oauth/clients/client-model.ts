import { z } from 'zod';

/**
 * The OpenID Connect configuration of an application, as stored: member names of the published API. What is left open
 * there (`undefined`) is filled in with the defaults of this server whenever the client is looked up, so that a change
 * of `deployment.toml` reaches every application that has chosen nothing else.
 */

/** Longest life time that can be asked for; stands for "never expires" too. */
export const FOREVER_SECONDS = 3_153_600_000;

const seconds = z.int().min(1).max(FOREVER_SECONDS).optional();
const flag = z.boolean().default(false);
const names = z.array(z.string()).default([]);
const text = z.string().default('');

const accessToken = z.object({
  type: z.string().default('Default'),
  userAccessTokenExpiryInSeconds: seconds,
  applicationAccessTokenExpiryInSeconds: seconds,
  bindingType: z.string().default('None'),
  validateTokenBinding: flag,
  revokeTokensWhenIDPSessionTerminated: flag,
  accessTokenAttributes: names,
  enableJwtScopeAsArray: z.boolean().optional(),
});

const refreshToken = z.object({
  expiryInSeconds: seconds,
  renewRefreshToken: z.boolean().optional(),
  extendRenewedRefreshTokenExpiryTime: z.boolean().optional(),
  gracefulRefreshTokenRotationEnabled: flag,
  gracefulRefreshTokenRotationValidityPeriod: z.int().min(1).max(60).default(30),
  gracefulRefreshTokenReuseLimit: z.int().min(1).max(5).default(1),
});

const idToken = z.object({
  expiryInSeconds: seconds,
  audience: names,
  /** RFC 7518 name, or `none`; the default of the server when undefined. */
  idTokenSignedResponseAlg: z.string().optional(),
  encryption: z.object({ enabled: flag, algorithm: text, method: text }).prefault({}),
});

const clientAuthentication = z.object({
  tokenEndpointAuthMethod: text,
  tokenEndpointAuthSigningAlg: text,
  tokenEndpointAllowReusePvtKeyJwt: flag,
  tlsClientAuthSubjectDn: text,
});

const requestObject = z.object({
  requestObjectSigningAlg: text,
  encryption: z.object({ algorithm: text, method: text }).prefault({}),
});

/** What is stored of a client beside its id and its secret. */
export const clientSettings = z.object({
  grantTypes: z.array(z.string()).default(['authorization_code']),
  callbackURLs: names,
  allowedOrigins: names,
  publicClient: flag,
  pkce: z.object({ mandatory: flag, supportPlainTransformAlgorithm: flag }).prefault({}),
  accessToken: accessToken.prefault({}),
  refreshToken: refreshToken.prefault({}),
  idToken: idToken.prefault({}),
  subjectToken: z
    .object({ enable: flag, applicationSubjectTokenExpiryInSeconds: z.int().min(1).max(86_400).default(180) })
    .prefault({}),
  /** `responseType`: the hybrid types that are allowed, joined by commas. */
  hybridFlow: z.object({ enable: flag, responseType: text }).prefault({}),
  logout: z.object({ backChannelLogoutUrl: text, frontChannelLogoutUrl: text }).prefault({}),
  validateRequestObjectSignature: flag,
  requestObject: requestObject.prefault({}),
  scopeValidators: names,
  clientAuthentication: clientAuthentication.prefault({}),
  pushAuthorizationRequest: z.object({ requirePushAuthorizationRequest: flag }).prefault({}),
  subject: z.object({ subjectType: z.enum(['public', 'pairwise']).optional(), sectorIdentifierUri: text }).prefault({}),
  isFAPIApplication: flag,
  fapiProfile: z.enum(['', 'FAPI1_ADVANCED', 'FAPI2_SECURITY']).default(''),
  cibaAuthenticationRequest: z
    .object({
      authReqExpiryTime: z.int().min(1).max(86_400).optional(),
      notificationChannels: names,
      skipUserValidation: flag,
      allowFederatedUsers: flag,
    })
    .prefault({}),
  /** Organization whose name and key stand on the tokens; the application's own when undefined. */
  issuer: z.object({ organizationId: z.string() }).optional(),
  /** Tables of members that came by dynamic registration and have no other place: RFC 7591 metadata. */
  registration: z.record(z.string(), z.unknown()).optional(),
});

/** What is stored of a client beside its id and its secret. */
export type StoredClientSettings = z.output<typeof clientSettings>;

/** What this server does where a client has chosen nothing. Times in seconds. */
export interface ClientDefaults {
  readonly userAccessTokenExpiryInSeconds: number;
  readonly applicationAccessTokenExpiryInSeconds: number;
  readonly refreshTokenExpiryInSeconds: number;
  readonly idTokenExpiryInSeconds: number;
  readonly renewRefreshToken: boolean;
  readonly extendRenewedRefreshTokenExpiryTime: boolean;
  readonly idTokenSignedResponseAlg: string;
  readonly subjectType: 'public' | 'pairwise';
}

/** {@link StoredClientSettings} with the defaults of this server filled in. */
export type ClientSettings = ReturnType<typeof effectiveSettings>;

/** Fills in what a client has left open. */
export function effectiveSettings(stored: StoredClientSettings, defaults: ClientDefaults) {
  const { accessToken: access, refreshToken: refresh, idToken: id, subject } = stored;
  return {
    ...stored,
    accessToken: {
      ...access,
      userAccessTokenExpiryInSeconds: access.userAccessTokenExpiryInSeconds ?? defaults.userAccessTokenExpiryInSeconds,
      applicationAccessTokenExpiryInSeconds:
        access.applicationAccessTokenExpiryInSeconds ?? defaults.applicationAccessTokenExpiryInSeconds,
    },
    refreshToken: {
      ...refresh,
      expiryInSeconds: refresh.expiryInSeconds ?? defaults.refreshTokenExpiryInSeconds,
      renewRefreshToken: refresh.renewRefreshToken ?? defaults.renewRefreshToken,
      extendRenewedRefreshTokenExpiryTime:
        refresh.extendRenewedRefreshTokenExpiryTime ?? defaults.extendRenewedRefreshTokenExpiryTime,
    },
    idToken: {
      ...id,
      expiryInSeconds: id.expiryInSeconds ?? defaults.idTokenExpiryInSeconds,
      idTokenSignedResponseAlg: id.idTokenSignedResponseAlg ?? defaults.idTokenSignedResponseAlg,
    },
    subject: { ...subject, subjectType: subject.subjectType ?? defaults.subjectType },
  };
}
