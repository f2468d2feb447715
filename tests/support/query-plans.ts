import type { Connections } from '../../core/persistence/data-source.js';

/** One step of how a database goes about a statement: `um_user by ux_um_user_name`, or `um_user from end to end`. */
type PlanStep = string;

type Row = Readonly<Record<string, unknown>>;

const step = (table: string, index: string | undefined): PlanStep =>
  index === undefined ? `${table} from end to end` : `${table} by ${index}`;

/** How a database goes about a statement with `?` for parameters. */
export async function planOf(
  { dialect, reader }: Connections,
  text: string,
  values: readonly unknown[],
): Promise<readonly PlanStep[]> {
  const ask = (sql: string) => reader.query<Row[]>(sql, [...values]);
  if (dialect === 'sqlite') return (await ask(`EXPLAIN QUERY PLAN ${text}`)).flatMap(sqliteStep);
  if (dialect === 'mysql') return (await ask(`EXPLAIN ${text}`)).flatMap(mysqlStep);
  let count = 0;
  const numbered = text.replace(/\?/g, () => `$${++count}`);
  // Small tables are read as a whole whatever there is; what is to be shown is that there is another way.
  const [row] = await reader.transaction(async (manager) => {
    await manager.query('SET LOCAL enable_seqscan = off');
    return manager.query<Row[]>(`EXPLAIN (FORMAT JSON) ${numbered}`, [...values]);
  });
  const plans = (row?.['QUERY PLAN'] ?? []) as { Plan: PostgresNode }[];
  return plans.flatMap(({ Plan }) => postgresSteps(Plan));
}

function sqliteStep(row: Row): PlanStep[] {
  const found = /^(SEARCH|SCAN) (?!CONSTANT)(\w+)(?:.* INDEX (\w+) \((.*)\)| USING INTEGER PRIMARY KEY)?/.exec(
    String(row['detail']),
  );
  if (!found) return [];
  const [, how, table = '', index = 'rowid'] = found;
  return [step(table, how === 'SEARCH' ? index : undefined)];
}

function mysqlStep(row: Row): PlanStep[] {
  const { type, table, key } = row as { type: string | null; table: string | null; key: string | null };
  if (table === null || type === null || table.startsWith('<')) return [];
  return [step(table, type === 'ALL' || type === 'index' || key === null ? undefined : key)];
}

interface PostgresNode {
  readonly 'Node Type': string;
  readonly Alias?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PostgresNode[];
}

function postgresSteps(node: PostgresNode): PlanStep[] {
  const {
    'Node Type': type,
    Alias: alias = '',
    'Index Name': index,
    'Index Cond': condition,
    Plans: inner = [],
  } = node;
  const isIndexed = type.includes('Index') && condition !== undefined;
  const own =
    type.includes('Scan') && !/Bitmap Heap|Subquery|Result/.test(type)
      ? [step(alias, isIndexed ? index : undefined)]
      : [];
  return [...own, ...inner.flatMap(postgresSteps)];
}
