/** Characters of a value that its key holds. */
const KEY_LENGTH = 191;
/** Digits of a number that are compared. */
const DIGITS = 50;
const LARGEST_EXPONENT = 40_000;

/** What a value is found by in SQL; columns of every table that keeps values. */
export interface ValueKeys {
  /** The first 191 characters, {@link folded}. */
  readonly valueKey: string;
  /** The whole value, folded; null when the key holds all of it. */
  readonly valueFold: string | null;
  /** Numbers and times so that their order is that of the text ({@link numberKey}, {@link timeKey}); null for others. */
  readonly orderKey: string | null;
}

/**
 * A text as it is compared everywhere, whatever the database: the case of letters makes no difference, nor does the way in
 * which accents are written (composed or not), nor where in a word a sigma stands.
 */
export const folded = (text: string): string => text.toLowerCase().replaceAll('ς', 'σ').normalize('NFC');

/** The columns that a value is found by. */
export function valueKeys(value: string): ValueKeys {
  const lower = folded(value);
  const valueKey = lower.length <= KEY_LENGTH ? lower : Array.from(lower).slice(0, KEY_LENGTH).join('');
  const valueFold = valueKey.length < lower.length ? lower : null;
  return { valueKey, valueFold, orderKey: numberKey(value) ?? timeKey(value) ?? null };
}

/** Whether a key holds its whole value for certain. */
export const isShort = (valueKey: string): boolean =>
  valueKey.length < KEY_LENGTH || Array.from(valueKey).length < KEY_LENGTH;

/**
 * A decimal number as text whose order, character by character, is that of the numbers, exact up to fifty digits:
 * `n`, a digit for the sign, the exponent, the digits (negative ones complemented). Undefined for what is no number.
 */
export function numberKey(text: string): string | undefined {
  if (text.length > 100) return undefined;
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,5}))?$/i.exec(text);
  if (!parts) return undefined;
  const [, sign = '', whole = '', fraction = '', power = '0'] = parts;
  if (whole === '' && fraction === '') return undefined;
  const significant = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = significant.replace(/0+$/, '');
  if (digits === '') return 'n1';
  const exponent = Number(power) + significant.length - fraction.length;
  if (digits.length > DIGITS || Math.abs(exponent) > LARGEST_EXPONENT) return undefined;
  const magnitude = String(exponent + 50_000) + digits;
  if (sign !== '-') return `n2${magnitude}`;
  return `n0${magnitude.replace(/\d/g, (digit) => String(9 - Number(digit)))}~`;
}

/** A time (ISO 8601, any offset) as text in the order of the instants; undefined for what is none. */
export function timeKey(text: string): string | undefined {
  const instant = instantOf(text);
  return instant === undefined ? undefined : `t${String(instant + 1e15).padStart(17, '0')}`;
}

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:[.,]\d{1,9})?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** Milliseconds since 1970 of an ISO 8601 date or time; without an offset it is UTC. Undefined for what is none. */
export function instantOf(text: string): number | undefined {
  const parts = ISO.exec(text);
  if (!parts) return undefined;
  const [, day = '', minutes = '00:00', seconds = ':00', zone = 'Z'] = parts;
  const offset = /^([+-]\d\d):?(\d\d)?$/.exec(zone);
  const where = offset ? `${offset[1]}:${offset[2] ?? '00'}` : 'Z';
  const instant = Date.parse(`${day}T${minutes}${seconds.replace(',', '.')}${where}`);
  // The calendar has no 30th of February, though Date would take it for the first days of March.
  const isDay =
    !Number.isNaN(Date.parse(`${day}T00:00:00Z`)) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  return Number.isNaN(instant) || !isDay ? undefined : instant;
}

/** The least text above all that begin with `prefix`, in the order of code points; undefined: there is none. */
export function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number);
  while (points.length > 0) {
    const last = points.pop() as number;
    if (last === 0x10ffff) continue;
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    return String.fromCodePoint(...points, next);
  }
  return undefined;
}
