import { createHash, randomUUID, type webcrypto } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { type JsonAnswer, jsonOf, type TestApp, type TokenBody } from './oauth-client.js';
import type { Reachable } from './visitor.js';

/** A key with which an application proves that tokens are its own (RFC 9449). */
export interface DpopKey {
  readonly algorithm: string;
  readonly privateKey: webcrypto.CryptoKey;
  readonly jwk: JWK;
  readonly thumbprint: string;
}

/** How a proof differs from a good one. */
export interface ProofChanges {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** The access token of an API call. */
  readonly accessToken?: string;
  /** Milliseconds since the epoch; now when absent. */
  readonly at?: number;
}

/** Makes a key. */
export async function dpopKey(algorithm = 'ES256'): Promise<DpopKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { algorithm, privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
}

/** Makes a proof for a request. */
export function proofOf(key: DpopKey, method: string, url: string, changes: ProofChanges = {}): Promise<string> {
  const { claims = {}, header = {}, accessToken, at = Date.now() } = changes;
  const ath = accessToken === undefined ? {} : { ath: createHash('sha256').update(accessToken).digest('base64url') };
  const payload = { jti: randomUUID(), htm: method, htu: url, iat: Math.floor(at / 1000), ...ath, ...claims };
  return new SignJWT(payload)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: key.algorithm, jwk: key.jwk, ...header })
    .sign(key.privateKey);
}

/** Sends a token request with a proof; undefined: without one. */
export function tokenWithProof(
  app: TestApp,
  fields: Readonly<Record<string, string>>,
  dpop: string | undefined,
): Promise<JsonAnswer<TokenBody>> {
  const named = app.secret === '' ? { client_id: app.id, ...fields } : fields;
  const authorization = app.secret === '' ? {} : { authorization: app.basic };
  return app.send('/oauth2/token', named, { ...authorization, ...(dpop === undefined ? {} : { dpop }) });
}

/** Calls an API, or another address, with headers of the test's choice. */
export async function callWith<T = Record<string, unknown>>(
  server: Reachable,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<JsonAnswer<T>> {
  const answer = await server.fetch(path, { method, headers });
  const { status, headers: given } = answer;
  return jsonOf<T>({ status, headers: given, text: await answer.text(), location: undefined, cookies: [] });
}
