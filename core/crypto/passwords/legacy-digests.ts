import { createHash } from 'node:crypto';

/** Ways in which passwords were stored long ago: only checked, and replaced as soon as the user signs in. */
export const LEGACY_DIGESTS = ['SHA', 'SHA-256', 'SHA-512', 'MD5', 'PLAIN_TEXT'] as const;

/** One of {@link LEGACY_DIGESTS}. */
export type LegacyDigest = (typeof LEGACY_DIGESTS)[number];

const algorithms = { SHA: 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512', MD5: 'md5' } as const;
const pattern = /^\$legacy\$(SHA|SHA-256|SHA-512|MD5|PLAIN_TEXT)\$([^$]*)\$(.*)$/s;

/** What other products store of a password: base64 of the digest of the password followed by the salt. */
export function legacyDigest(digest: LegacyDigest, password: string, salt: string): string {
  if (digest === 'PLAIN_TEXT') return password;
  return createHash(algorithms[digest])
    .update(password + salt)
    .digest('base64');
}

/** A digest of another product, in the form that `PasswordHashing.verify` takes. */
export const legacyHash = (digest: LegacyDigest, stored: string, salt: string): string =>
  `$legacy$${digest}$${Buffer.from(salt).toString('base64url')}$${stored}`;

/** What the password would have been stored as, and what was; undefined when that is no legacy hash. */
export function legacyPair(hash: string, password: string): readonly [Buffer, Buffer] | undefined {
  const [, digest, salt, stored] = pattern.exec(hash) ?? [];
  if (digest === undefined || salt === undefined || stored === undefined) return undefined;
  const made = legacyDigest(digest as LegacyDigest, password, Buffer.from(salt, 'base64url').toString());
  // Of equal length, so that comparing tells nothing of a password that is stored as it is.
  return [createHash('sha256').update(made).digest(), createHash('sha256').update(stored).digest()];
}
