/**
 * When a token that carries its record was issued, in milliseconds since the epoch: `iat` counts seconds, which is too
 * coarse to tell whether a token came before or after a change of the password. Its `jti` is a UUID of version 7, which
 * begins with the time (RFC 9562 §5.7).
 */
export const timeOf = (jti: string): number => Number.parseInt(jti.replace('-', '').slice(0, 12), 16);
