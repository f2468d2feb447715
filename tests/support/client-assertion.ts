import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { TestApp } from './oauth-client.js';

/**
 * Claims of an assertion that is good (RFC 7523 §3), for five minutes. Given ones count.
 *
 * @param at milliseconds since the epoch
 */
export function assertionClaims(
  clientId: string,
  audience: string,
  claims: JWTPayload = {},
  at = Date.now(),
): JWTPayload {
  const now = Math.floor(at / 1000);
  return { iss: clientId, sub: clientId, aud: audience, jti: randomUUID(), iat: now, exp: now + 300, ...claims };
}

/** The parameters with an assertion. */
export const assertionFields = (assertion: string): Record<string, string> => ({
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: assertion,
});

/** URL of the token endpoint of an application's organization. */
export const tokenEndpointOf = ({ server, place }: TestApp): string => `${server.origin}${place.prefix}/oauth2/token`;

/** An assertion as what a request carries. */
export const asCredentials = (assertion: string) => ({ fields: assertionFields(assertion) });
