import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { v4 as uuid } from 'uuid';
import type { OAuthClient } from '../clients/client.service.js';
import type { Authentication } from '../tokens/records.js';

/** What an ID token tells beside the claims about the user. */
export interface IdTokenFacts {
  readonly issuer: string;
  readonly client: OAuthClient;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly authentication: Authentication;
  readonly nonce: string | undefined;
  readonly wantsAuthTime: boolean | undefined;
  /** Access token that is issued with it, for `at_hash`. */
  readonly accessToken?: string;
}

/** Left half of the SHA-256 of a token (OpenID Connect Core §3.1.3.6); for RS256 and ES256 alike. */
function halfHash(value: string): string {
  return createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url');
}

/** Standard claims of an ID token (OpenID Connect Core §2). */
export function idTokenClaims({
  issuer,
  client,
  subject,
  now,
  authentication,
  nonce,
  wantsAuthTime,
  accessToken,
}: IdTokenFacts): JWTPayload {
  const { idToken } = client.settings;
  const { clientId } = client.entity;
  const iat = Math.floor(now / 1000);
  return {
    iss: issuer,
    sub: subject,
    aud: idToken.audience.length > 0 ? [clientId, ...idToken.audience] : clientId,
    azp: clientId,
    iat,
    nbf: iat,
    exp: iat + idToken.expiryInSeconds,
    jti: uuid(),
    amr: [...authentication.methods],
    ...(nonce === undefined ? {} : { nonce }),
    ...(wantsAuthTime ? { auth_time: Math.floor(authentication.time / 1000) } : {}),
    ...(authentication.sessionId === undefined ? {} : { sid: authentication.sessionId }),
    ...(accessToken === undefined ? {} : { at_hash: halfHash(accessToken) }),
  };
}
