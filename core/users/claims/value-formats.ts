import type { ClaimDialects } from './claim-dialects.js';
import type { LocalClaim } from './claim-model.js';

const dateParts = /^(\d{4})-(\d{2})-(\d{2})$/;
const dateTime =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** What values of the simple types look like, and how to say so. */
const simple: Readonly<
  Record<Exclude<LocalClaim['dataType'], 'complex'>, readonly [(text: string) => boolean, string]>
> = {
  string: [() => true, 'a text'],
  integer: [(text) => /^[+-]?\d{1,18}$/.test(text), 'a whole number'],
  decimal: [(text) => /^[+-]?\d{1,30}(\.\d{1,30})?(e[+-]?\d{1,3})?$/i.test(text), 'a number'],
  boolean: [(text) => /^(true|false)$/i.test(text), 'true or false'],
  date: [isDate, 'a date, YYYY-MM-DD'],
  datetime: [(text) => isDate(dateTime.exec(text)?.[1] ?? ''), 'a time as in ISO 8601, 2026-01-31T12:00:00Z'],
  epoch: [(text) => /^-?\d{1,15}$/.test(text), 'a time in milliseconds since 1970'],
};

/** A value in the way in which it is kept: Unicode in its composed form (NFC), truth values in lower case. */
export function keptValue({ dataType }: LocalClaim, value: string): string {
  return dataType === 'boolean' ? value.toLowerCase() : value.normalize('NFC');
}

/** What is wrong with a value, to be put behind the name of the claim; undefined: nothing. */
export function formatProblem(claim: LocalClaim, value: string, dialects: ClaimDialects): string | undefined {
  if (claim.dataType === 'complex') return complexProblem(claim, value, dialects);
  const [fits, expected] = simple[claim.dataType];
  if (!fits(value)) return `expected ${expected}`;
  const { canonicalValues } = claim;
  if (canonicalValues.length === 0 || canonicalValues.some((known) => known.value.normalize('NFC') === value))
    return undefined;
  return `expected one of ${canonicalValues.map((known) => known.value).join(', ')}`;
}

/** A day that there is; the year 0000 stands for one that is not told (OpenID Connect Core §5.1). */
function isDate(text: string): boolean {
  const [, year, month, day] = dateParts.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return false;
  const date = new Date(0);
  // As in a leap year, when the year is not told: Date counts 0000 as one.
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** A JSON object, whose members are called as the last parts of the URIs of the sub-attributes. */
function complexProblem({ subAttributes }: LocalClaim, value: string, dialects: ClaimDialects): string | undefined {
  const parts = new Map(subAttributes.map((uri) => [shortName(uri), dialects.local(uri)]));
  const object = objectIn(value);
  if (!object) return `expected a JSON object with members of ${[...parts.keys()].join(', ')}`;
  for (const [name, member] of Object.entries(object)) {
    const part = parts.get(name);
    if (!part) return `it has no part ${name}`;
    const values = Array.isArray(member) ? (member as unknown[]) : [member];
    if (values.length > 1 && !part.multiValued) return `${name} takes one value`;
    for (const one of values) {
      if (!['string', 'number', 'boolean'].includes(typeof one)) return `${name} takes plain values`;
      const problem = formatProblem(part, String(one), dialects);
      if (problem !== undefined) return `${name}: ${problem}`;
    }
  }
  return undefined;
}

/** What a sub-attribute is called within its claim: what follows the last dot or slash of its URI. */
const shortName = (uri: string): string => uri.split(/[./]/).at(-1) as string;

function objectIn(text: string): object | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
