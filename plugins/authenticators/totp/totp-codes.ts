import { Secret, TOTP } from 'otpauth';
import { toString as draw } from 'qrcode';
import { equalInConstantTime } from '#core/crypto';

/** What app and server share: all that codes are made of. */
export interface TotpSeed {
  /** Base32. */
  readonly secret: string;
  /** Seconds for which a code is shown. */
  readonly period: number;
}

/** Bytes of a secret: as many as the hash has (RFC 4226 §4). */
const SECRET_BYTES = 20;
const DIGITS = 6;
/** Beyond the digits there is room for the spaces that apps show between them. */
const MAX_INPUT = 16;

const generator = ({ secret, period }: TotpSeed, name: { issuer?: string; label?: string } = {}) =>
  new TOTP({ ...name, secret: Secret.fromBase32(secret), period, digits: DIGITS, algorithm: 'SHA1' });

/** Makes a seed with a fresh secret. */
export function newSeed(period: number): TotpSeed {
  return { secret: new Secret({ size: SECRET_BYTES }).base32, period };
}

/** The code in what was entered; undefined when it cannot be one. */
export function codeIn(text: string | undefined): string | undefined {
  if (text === undefined || text.length > MAX_INPUT) return undefined;
  const code = text.replaceAll(' ', '');
  return /^[0-9]{6}$/.test(code) ? code : undefined;
}

/**
 * The time step whose code this is, if it is right now. Looks at all steps of the window whatever it finds.
 *
 * @param windowSize how many steps count: the present one, then by turns the one after and the one before
 */
export function stepOf(seed: TotpSeed, code: string, now: number, windowSize: number): number | undefined {
  const totp = generator(seed);
  const present = Math.floor(now / 1000 / seed.period);
  let found: number | undefined;
  for (let step = present - Math.floor((windowSize - 1) / 2); step <= present + Math.floor(windowSize / 2); step++) {
    if (equalInConstantTime(totp.generate({ timestamp: step * seed.period * 1000 }), code)) found = step;
  }
  return found;
}

/** The address by which apps take a seed over. */
export function enrolmentUri(seed: TotpSeed, issuer: string, account: string): string {
  return generator(seed, { issuer, label: account }).toString();
}

/** A QR code as a `data:` URL. An SVG is made in an eighth of the time that a PNG takes. */
export async function qrCode(uri: string): Promise<string> {
  return `data:image/svg+xml;base64,${Buffer.from(await draw(uri, { type: 'svg', margin: 2 })).toString('base64')}`;
}
