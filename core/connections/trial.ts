import { errors, type JWTVerifyGetKey } from 'jose';

/**
 * Checks a signature with whichever key of a set fits. Where several do, because neither the header nor the keys say
 * more, they are tried one after the other.
 *
 * @param check verifies with the key it is given, and does nothing else
 * @throws what `check` throws; `JWSSignatureVerificationFailed` when none of several keys fits
 */
export async function tryKeys<T>(getKey: JWTVerifyGetKey, check: (key: JWTVerifyGetKey) => Promise<T>): Promise<T> {
  try {
    return await check(getKey);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw asJoseError(error);
    for await (const key of error) {
      try {
        return await check(async () => key);
      } catch (other) {
        if (!(asJoseError(other) instanceof errors.JWSSignatureVerificationFailed)) throw other;
      }
    }
    throw new errors.JWSSignatureVerificationFailed('none of the keys fits', { cause: error });
  }
}

/** jose says in a TypeError that a key is too short or of another kind than the algorithm: the signature is no good. */
function asJoseError(error: unknown): unknown {
  if (!(error instanceof TypeError || error instanceof DOMException)) return error;
  return new errors.JWSSignatureVerificationFailed('the key does not fit the algorithm', { cause: error });
}
