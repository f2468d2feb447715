import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** An unguessable value, base64url. @param bytes entropy in bytes */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_';

/** An unguessable name of letters, digits and underscore, for client ids and secrets. */
export function randomName(length: number): string {
  let name = '';
  while (name.length < length) {
    for (const byte of randomBytes(length * 2)) {
      // 252 is the largest multiple of 63 in a byte: anything above would favour some letters.
      if (byte < 252 && name.length < length) name += alphanumeric[byte % 63];
    }
  }
  return name;
}

/** SHA-256, lower-case hex. This is how tokens and codes are named at rest. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

/** SHA-256, base64url. */
export function sha256Base64Url(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** Whether two texts are the same, in time that does not tell where they differ. */
export function equalInConstantTime(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
