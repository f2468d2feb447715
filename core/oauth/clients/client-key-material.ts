import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createLocalJWKSet, type JWK, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';

/** Public keys that a client has registered by value. */
export interface LocalKeys {
  /** Picks the key for a signature. */
  readonly getKey: JWTVerifyGetKey;
  /** All of them. A certificate has one, without a name and good for whatever its kind can do. */
  readonly keys: readonly JWK[];
}

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });
const asymmetric = ['RSA', 'EC', 'OKP'];

/** Keys of a JWKS document; undefined when it is none. Secret and private keys in it count for nothing. */
export function keysOfSet(document: unknown): LocalKeys | undefined {
  const parsed = keySet.safeParse(document);
  if (!parsed.success) return undefined;
  const keys = parsed.data.keys.filter((key) => asymmetric.includes(key.kty) && key['d'] === undefined);
  return { keys, getKey: createLocalJWKSet({ keys }) };
}

/** The key of a certificate in PEM. Undefined when it is no certificate. */
export function keysOfCertificate(pem: string): LocalKeys | undefined {
  const certificate = certificateOf(pem);
  if (!certificate) return undefined;
  const key: KeyObject = createPublicKey(certificate.publicKey.export({ type: 'spki', format: 'pem' }));
  const jwk = { ...key.export({ format: 'jwk' }), x5c: [certificate.raw.toString('base64')] } as JWK;
  // Not as a set: a certificate does not know the name by which the client calls its key.
  return { keys: [jwk], getKey: async () => key };
}

/** The certificates that keys come with (`x5c`); what is none is left out. */
export function certificatesOf(keys: readonly JWK[]): X509Certificate[] {
  return keys.flatMap(({ x5c }) => {
    const first = Array.isArray(x5c) ? x5c[0] : undefined;
    const certificate = typeof first === 'string' ? certificateOf(Buffer.from(first, 'base64')) : undefined;
    return certificate ? [certificate] : [];
  });
}

/** `x5t#S256` of a certificate: base64url of the SHA-256 of its DER form (RFC 8705 §3.1). */
export const thumbprintOf = (certificate: X509Certificate): string =>
  createHash('sha256').update(certificate.raw).digest('base64url');

/** The key to encrypt with by an algorithm: one that says it is for encryption first, else one that says nothing. */
export function encryptionKeyOf(keys: readonly JWK[], algorithm: string): JWK | undefined {
  const kinds = algorithm.startsWith('ECDH-ES') ? ['EC', 'OKP'] : ['RSA'];
  const fitting = keys.filter(
    ({ kty, use, alg, crv, key_ops: operations }) =>
      kinds.includes(kty ?? '') &&
      (use ?? 'enc') === 'enc' &&
      (alg ?? algorithm) === algorithm &&
      // Ed25519 signs, X25519 agrees on keys.
      (kty !== 'OKP' || crv === 'X25519') &&
      (operations ?? ['encrypt']).some((name) => ['encrypt', 'wrapKey', 'deriveKey', 'deriveBits'].includes(name)),
  );
  return fitting.find(({ use }) => use === 'enc') ?? fitting[0];
}

function certificateOf(encoded: string | Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(encoded);
  } catch {
    return undefined;
  }
}
