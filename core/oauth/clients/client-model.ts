import { z } from 'zod';

/** The OpenID Connect configuration of an application, as stored: member names of the published API. */

const seconds = z.int().min(1).max(315_360_000);

/** What is stored of a client beside its id and its secret, with every default filled in. */
export const clientSettings = z.object({
  grantTypes: z.array(z.string()).default(['authorization_code']),
  callbackURLs: z.array(z.string()).default([]),
  allowedOrigins: z.array(z.string()).default([]),
  publicClient: z.boolean().default(false),
  pkce: z
    .object({ mandatory: z.boolean().default(false), supportPlainTransformAlgorithm: z.boolean().default(false) })
    .prefault({}),
  accessToken: z
    .object({
      type: z.string().default('Default'),
      userAccessTokenExpiryInSeconds: seconds.default(3600),
      applicationAccessTokenExpiryInSeconds: seconds.default(3600),
      revokeTokensWhenIDPSessionTerminated: z.boolean().default(false),
      accessTokenAttributes: z.array(z.string()).default([]),
    })
    .prefault({}),
  refreshToken: z
    .object({
      expiryInSeconds: seconds.default(86_400),
      renewRefreshToken: z.boolean().default(true),
      extendRenewedRefreshTokenExpiryTime: z.boolean().default(true),
    })
    .prefault({}),
  idToken: z
    .object({
      expiryInSeconds: seconds.default(3600),
      audience: z.array(z.string()).default([]),
      idTokenSignedResponseAlg: z.enum(['RS256', 'ES256']).default('RS256'),
    })
    .prefault({}),
  clientAuthentication: z.object({ tokenEndpointAuthMethod: z.string().default('') }).prefault({}),
});

/** What is stored of a client beside its id and its secret. */
export type ClientSettings = z.output<typeof clientSettings>;
