import { type Dialect, type SqlText, sql, sqlList } from '#core/persistence';
import { type CompareFilter, type Comparison, type FilterLeaf, instantOf, UserFilterError } from '#core/users';

/** What filters on tables of others are compiled for. */
export interface ExistingScope {
  readonly dialect: Dialect;
  readonly tenant: number;
  readonly separator: string;
  readonly ignoresCaseOfNames: boolean;
  readonly ignoresCaseOfValues: boolean;
}

const OPERATORS = { eq: sql`=`, gt: sql`>`, ge: sql`>=`, lt: sql`<`, le: sql`<=` } as const;
const isOrdering = (comparison: Comparison): comparison is keyof typeof OPERATORS => comparison in OPERATORS;

/** The condition that the user `U` of the tables fits a comparison. @throws UserFilterError when they cannot tell */
export function existingCondition(scope: ExistingScope, leaf: FilterLeaf['of']): SqlText {
  if (leaf.op === 'ids') return sql`U.UM_USER_ID IN ${sqlList(leaf.ids)}`;
  const { subject, comparison, value } = leaf;
  if (/\0|[\ud800-\udfff]/u.test(value) && comparison !== 'pr') return sql`1 = 0`;
  const { tenant, ignoresCaseOfNames } = scope;
  switch (subject.of) {
    case 'id':
      return textual(scope, sql`U.UM_USER_ID`, comparison, value, false);
    case 'name':
      return textual(scope, sql`U.UM_USER_NAME`, comparison, value, ignoresCaseOfNames);
    case 'attribute':
      return sql`EXISTS (SELECT 1 FROM UM_USER_ATTRIBUTE A WHERE A.UM_USER_ID = U.UM_ID AND A.UM_TENANT_ID = ${tenant}
        AND A.UM_PROFILE_ID = 'default' AND A.UM_ATTR_NAME = ${subject.name} AND (${valued(scope, leaf)}))`;
    case 'group':
      // The ids of groups have been replaced by their names.
      return sql`EXISTS (SELECT 1 FROM UM_USER_ROLE UR JOIN UM_ROLE R ON R.UM_ID = UR.UM_ROLE_ID
        WHERE UR.UM_USER_ID = U.UM_ID AND R.UM_TENANT_ID = ${tenant}
        AND (${textual(scope, sql`R.UM_ROLE_NAME`, comparison, value, true)}))`;
    default:
      throw new UserFilterError(`Users of this user store cannot be filtered by ${subject.of}.`);
  }
}

/** The condition that a value fits; several of them may stand in one row. */
function valued(scope: ExistingScope, { comparison, value, type }: CompareFilter): SqlText {
  const column = sql`A.UM_ATTR_VALUE`;
  if (isOrdering(comparison) && (type === 'integer' || type === 'decimal'))
    return numeric(scope.dialect, column, comparison, value);
  if (isOrdering(comparison) && type === 'dateTime') {
    const instant = instantOf(value);
    // Times are kept in UTC with milliseconds, so their order is that of the texts.
    return instant === undefined
      ? sql`1 = 0`
      : sql`${column} ${OPERATORS[comparison]} ${new Date(instant).toISOString()} AND ${column} LIKE '____-__-__T%Z'`;
  }
  const ignores = scope.ignoresCaseOfValues;
  const whole = textual(scope, column, comparison, value, ignores);
  if (comparison === 'pr' || comparison === 'co' || !['eq', 'sw', 'ew'].includes(comparison)) return whole;
  const { separator } = scope;
  const [before, after] = [comparison === 'ew' ? '' : separator, comparison === 'sw' ? '' : separator];
  const joined = scope.dialect === 'sqlite' ? sql`${separator} || ${column} || ${separator}` : enclosed(scope, column);
  return sql`(${whole} OR ${textual(scope, joined, 'co', `${before}${value}${after}`, ignores)})`;
}

const enclosed = ({ separator, dialect }: ExistingScope, column: SqlText) =>
  dialect === 'postgres'
    ? sql`CONCAT(CAST(${separator} AS TEXT), ${column}, CAST(${separator} AS TEXT))`
    : sql`CONCAT(${separator}, ${column}, ${separator})`;

function textual(
  { dialect }: ExistingScope,
  column: SqlText,
  comparison: Comparison,
  value: string,
  ignoresCase: boolean,
): SqlText {
  if (comparison === 'pr') return sql`${column} IS NOT NULL`;
  const text = ignoresCase ? sql`LOWER(${column})` : column;
  // The database makes it lower, so that both sides are made so in the same way.
  const wanted = ignoresCase ? sql`LOWER(${value})` : sql`${value}`;
  if (isOrdering(comparison)) return sql`${text} ${OPERATORS[comparison]} ${wanted}`;
  const length = Array.from(value).length;
  if (length === 0) return sql`${column} IS NOT NULL`;
  const isPostgres = dialect === 'postgres';
  if (comparison === 'co') return isPostgres ? sql`STRPOS(${text}, ${wanted}) > 0` : sql`INSTR(${text}, ${wanted}) > 0`;
  if (comparison === 'sw') return sql`SUBSTR(${text}, 1, ${length}) = ${wanted}`;
  return isPostgres ? sql`RIGHT(${text}, ${length}) = ${wanted}` : sql`SUBSTR(${text}, ${-length}) = ${wanted}`;
}

/** Only what is a number is compared. */
function numeric(dialect: Dialect, column: SqlText, comparison: keyof typeof OPERATORS, value: string): SqlText {
  if (!/^[+-]?\d{1,30}(\.\d{1,15})?$/.test(value)) return sql`1 = 0`;
  const operator = OPERATORS[comparison];
  if (dialect === 'sqlite')
    // What is no number stays a text, and texts stand behind all numbers.
    return sql`${column} ${operator} CAST(${value} AS NUMERIC) AND ${column} < CAST('9e999' AS NUMERIC)`;
  // The driver takes each question mark for a parameter, so the pattern has none.
  if (dialect === 'postgres')
    return sql`CASE WHEN ${column} ~ '^[+-]{0,1}[0-9]{1,30}([.][0-9]{1,15}){0,1}$'
      THEN CAST(${column} AS NUMERIC) ${operator} CAST(${value} AS NUMERIC) ELSE FALSE END`;
  return sql`CASE WHEN ${column} REGEXP '^[+-]{0,1}[0-9]{1,30}([.][0-9]{1,15}){0,1}$'
    THEN CAST(${column} AS DECIMAL(50,15)) ${operator} CAST(${value} AS DECIMAL(50,15)) ELSE FALSE END`;
}
