import { type Dialect, type SqlText, sql } from '#core/persistence';
import type { Comparison, ValueType } from './store-filter.js';
import { afterPrefix, folded, instantOf, isShort, numberKey, timeKey, valueKeys } from './value-keys.js';

/** Columns of one value, as `valueKeys` fills them. */
export interface ValueColumns {
  readonly key: SqlText;
  readonly fold: SqlText;
  readonly order: SqlText;
}

// What holds for every row, and for none.
const ALWAYS = sql`1 = 1`;
const NEVER = sql`1 = 0`;

const OPERATORS = { eq: sql`=`, gt: sql`>`, ge: sql`>=`, lt: sql`<`, le: sql`<=` } as const;
type Ordering = keyof typeof OPERATORS;
const isOrdering = (comparison: Comparison): comparison is Ordering => comparison in OPERATORS;

/** A comparison of a value whose columns are at hand. `ne` is not among them: it is the opposite of having one. */
export interface ValueComparison {
  readonly comparison: Exclude<Comparison, 'ne'>;
  readonly type: ValueType;
  readonly value: string;
}

/** The condition that a value of a row fits. */
export function valueCondition(dialect: Dialect, columns: ValueColumns, compare: ValueComparison): SqlText {
  const { comparison, type, value } = compare;
  if (comparison === 'pr') return ALWAYS;
  if ((type === 'integer' || type === 'decimal' || type === 'dateTime') && isOrdering(comparison)) {
    const key = type === 'dateTime' ? timeKey(value) : numberKey(value);
    return key === undefined ? NEVER : orderCondition(columns.order, comparison, key);
  }
  return textCondition(comparison, value, (wanted, given) => longText(dialect, columns, wanted, given));
}

/** The condition that a text of at most 255 characters, as it stands in one column, fits. */
export function keyCondition(dialect: Dialect, column: SqlText, comparison: Comparison, value: string): SqlText {
  if (comparison === 'pr') return ALWAYS;
  return textCondition(comparison, value, (wanted, given) => {
    if (isOrdering(given)) return sql`${column} ${OPERATORS[given]} ${wanted}`;
    return given === 'sw' ? prefixCondition(column, wanted) : partCondition(dialect, column, given, wanted);
  });
}

/** The condition that a column with milliseconds since 1970, whose text is ISO 8601 in UTC, fits. */
export function timeCondition(dialect: Dialect, column: SqlText, compare: ValueComparison): SqlText {
  const { comparison, type, value } = compare;
  if (comparison === 'pr') return ALWAYS;
  if (isOrdering(comparison) && type !== 'string' && type !== 'boolean') {
    const instant = type === 'dateTime' ? instantOf(value) : undefined;
    return instant === undefined ? NEVER : sql`${column} ${OPERATORS[comparison]} ${instant}`;
  }
  return keyCondition(dialect, timeText(dialect, column), comparison, value.toLowerCase());
}

/** A time as ISO 8601 in lower case. */
function timeText(dialect: Dialect, column: SqlText): SqlText {
  if (dialect === 'sqlite') return sql`LOWER(STRFTIME('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch'))`;
  if (dialect === 'postgres')
    return sql`TO_CHAR(TO_TIMESTAMP(${column} / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD"t"HH24:MI:SS.MS"z"')`;
  const micros = sql`DATE_ADD('1970-01-01 00:00:00', INTERVAL ${column} * 1000 MICROSECOND)`;
  return sql`CONCAT(LEFT(DATE_FORMAT(${micros}, '%Y-%m-%dt%H:%i:%s.%f'), 23), 'z')`;
}

/**
 * No stored text has a NUL or half a surrogate pair, and PostgreSQL refuses even to be asked for one. Such a text is
 * equal to none and part of none; in the order of code points it stands after the text up to the NUL and before all
 * that go on, or where half a pair would be: before U+E000.
 */
function textCondition(
  comparison: Comparison,
  value: string,
  condition: (wanted: string, comparison: Comparison) => SqlText,
): SqlText {
  const end = value.search(/\0|[\ud800-\udfff]/u);
  if (end < 0) return condition(value, comparison);
  const start = value.slice(0, end);
  const isNul = value.charAt(end) === '\0';
  if (comparison === 'gt' || comparison === 'ge')
    return isNul ? condition(start, 'gt') : condition(`${start}\ue000`, 'ge');
  if (comparison === 'lt' || comparison === 'le')
    return isNul ? condition(start, 'le') : condition(`${start}\ue000`, 'lt');
  return NEVER;
}

function orderCondition(column: SqlText, comparison: Ordering, key: string): SqlText {
  const [from, to] = [key.charAt(0), afterPrefix(key.charAt(0))];
  const compared = sql`${column} ${OPERATORS[comparison]} ${key}`;
  if (comparison === 'eq') return compared;
  return comparison === 'gt' || comparison === 'ge'
    ? sql`${compared} AND ${column} < ${to}`
    : sql`${compared} AND ${column} >= ${from}`;
}

function longText(dialect: Dialect, { key, fold }: ValueColumns, value: string, comparison: Comparison): SqlText {
  const { valueKey, valueFold } = valueKeys(value);
  // Only keys of full length are the beginning of something longer. All others are compared in the index alone.
  if (valueFold === null && isShort(valueKey) && isOrdering(comparison))
    return sql`${key} ${OPERATORS[comparison]} ${valueKey}`;
  const whole = sql`COALESCE(${fold}, ${key})`;
  if (comparison === 'eq')
    return valueFold === null
      ? sql`${key} = ${valueKey} AND ${fold} IS NULL`
      : sql`${key} = ${valueKey} AND ${fold} = ${valueFold}`;
  if (comparison === 'sw')
    return valueFold === null
      ? prefixCondition(key, valueKey)
      : sql`${key} = ${valueKey} AND SUBSTR(${fold}, 1, ${Array.from(valueFold).length}) = ${valueFold}`;
  if (!isOrdering(comparison)) return partCondition(dialect, whole, comparison, folded(value));
  const strictly = comparison === 'gt' || comparison === 'ge' ? sql`>` : sql`<`;
  const wanted = valueFold ?? valueKey;
  return sql`(${key} ${strictly} ${valueKey} OR (${key} = ${valueKey} AND ${whole} ${OPERATORS[comparison]} ${wanted}))`;
}

/** A range, so that an index serves it. */
function prefixCondition(column: SqlText, prefix: string): SqlText {
  if (prefix === '') return ALWAYS;
  const end = afterPrefix(prefix);
  return end === undefined ? sql`${column} >= ${prefix}` : sql`${column} >= ${prefix} AND ${column} < ${end}`;
}

function partCondition(dialect: Dialect, text: SqlText, comparison: Comparison, part: string): SqlText {
  if (part === '') return ALWAYS;
  const isPostgres = dialect === 'postgres';
  if (comparison === 'co') return isPostgres ? sql`STRPOS(${text}, ${part}) > 0` : sql`INSTR(${text}, ${part}) > 0`;
  const length = Array.from(part).length;
  return isPostgres ? sql`RIGHT(${text}, ${length}) = ${part}` : sql`SUBSTR(${text}, ${-length}) = ${part}`;
}
