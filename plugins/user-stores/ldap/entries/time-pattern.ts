/** How a directory writes times. */
export interface TimePattern {
  /** Milliseconds since 1970 as the directory writes them. */
  format(time: number): string;
  /** Milliseconds since 1970; undefined when the text is no such time. */
  parse(text: string): number | undefined;
}

/** Generalized time (RFC 4517 section 3.3.13), always written in UTC: `20260131235959Z`, `20260131235959.250Z`. */
export const generalizedTime: TimePattern = {
  format: (time) =>
    `${new Date(time)
      .toISOString()
      .replace(/[-:TZ]/g, '')
      .replace('.000', '')}Z`,
  parse(text) {
    const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?(?:[.,](\d+))?(Z|[+-]\d\d(?:\d\d)?)$/.exec(text);
    if (!parts) return undefined;
    const [, year, month, day, hour, minute = '00', second = '00', fraction = '', zone = 'Z'] = parts;
    const offset = zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3) || '00'}`;
    const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
    const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${offset}`);
    return Number.isNaN(time) ? undefined : time;
  },
};

interface Field {
  readonly pattern: string;
  readonly name?: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'zone';
  readonly write: (iso: string) => string;
}

const two = (name: NonNullable<Field['name']>, at: number): Field => ({
  name,
  pattern: '\\d\\d',
  write: (iso) => iso.slice(at, at + 2),
});
const year: Field = { name: 'year', pattern: '\\d{4}', write: (iso) => iso.slice(0, 4) };
const fraction = (length: number): Field => ({
  name: 'fraction',
  pattern: `\\d{${length}}`,
  write: (iso) => iso.slice(20, 23).padEnd(length, '0').slice(0, length),
});
const zone: Field = { name: 'zone', pattern: 'Z|[+-]\\d\\d:?\\d\\d', write: () => 'Z' };
const fields: Readonly<Record<string, Field>> = {
  uuuu: year,
  yyyy: year,
  MM: two('month', 5),
  dd: two('day', 8),
  HH: two('hour', 11),
  mm: two('minute', 14),
  ss: two('second', 17),
  S: fraction(1),
  SS: fraction(2),
  SSS: fraction(3),
  X: zone,
  XX: zone,
  XXX: zone,
};
const literal = (text: string): Field => ({
  pattern: text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  write: () => text,
});

function fieldsOf(text: string): readonly Field[] {
  const parts = text.match(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+/g) ?? [];
  if (parts.join('') !== text) throw new Error(`expected a pattern of times such as uuuuMMddHHmmss.SX`);
  return parts.map((part) => {
    if (part.startsWith("'")) return literal(part.slice(1, -1).replaceAll("''", "'") || "'");
    if (!/^[A-Za-z]/.test(part)) return literal(part);
    const field = fields[part];
    if (!field)
      throw new Error(`"${part}" is not known in a pattern of times; known: ${Object.keys(fields).join(', ')}`);
    return field;
  });
}

/** Reads a pattern as Java's DateTimeFormatter has them; empty: generalized time. @throws Error when it is not known */
export function parseTimePattern(text: string): TimePattern {
  if (text === '') return generalizedTime;
  const parts = fieldsOf(text);
  const names = parts.flatMap(({ name }) => (name ? [name] : []));
  if (!['year', 'month', 'day'].every((name) => names.includes(name as 'year')) || new Set(names).size < names.length)
    throw new Error('expected a pattern of times with year, month and day, each once');
  const whole = new RegExp(
    `^${parts.map(({ name, pattern }) => (name ? `(?<${name}>${pattern})` : pattern)).join('')}$`,
  );
  return {
    format: (time) => parts.map(({ write }) => write(new Date(time).toISOString())).join(''),
    parse(given) {
      const found = whole.exec(given)?.groups;
      if (!found) return undefined;
      const { hour = '00', minute = '00', second = '00', fraction: rest = '', zone: at = 'Z' } = found;
      const offset = at.replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2');
      const iso = `${found['year']}-${found['month']}-${found['day']}T${hour}:${minute}:${second}.${rest.padEnd(3, '0')}${offset}`;
      const time = Date.parse(iso);
      return Number.isNaN(time) ? undefined : time;
    },
  };
}
