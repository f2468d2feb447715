import type { QueryRunner } from 'typeorm';
import { type Dialect, queryableExecutor, type SqlExecutor } from '#core/persistence';
import { folded, valueKeys } from './value-keys.js';

/** A table that keeps values with the columns of `valueKeys`, as migrations know it. */
export interface ValueTable {
  readonly name: string;
  /** Column with the value itself. */
  readonly value: string;
  /** Columns of the primary key. */
  readonly key: readonly string[];
}

/** Rows that are read at once. */
const PIECE = 500;

/** Which family of SQL a migration runs on. */
export function dialectOf(runner: QueryRunner): Dialect {
  const { type } = runner.connection.options;
  if (type === 'postgres') return 'postgres';
  return type === 'better-sqlite3' ? 'sqlite' : 'mysql';
}

/**
 * Lets PostgreSQL compare a column by code points, as the others do: the beginning of a text is a range of an index only
 * then, and the order does not depend on the locale of the server.
 */
export async function orderByCodePoints(runner: QueryRunner, table: string, columns: Record<string, string>) {
  if (dialectOf(runner) !== 'postgres') return;
  for (const [column, type] of Object.entries(columns))
    await runner.query(`ALTER TABLE ${table} ALTER COLUMN ${column} TYPE ${type} COLLATE "C"`);
}

/** Drops an index. */
export async function dropIndex(runner: QueryRunner, table: string, index: string): Promise<void> {
  await runner.query(`DROP INDEX ${index}${dialectOf(runner) === 'mysql' ? ` ON ${table}` : ''}`);
}

/** Adds the columns for long values and for the order of numbers and times, with their indices, and fills them. */
export async function addValueColumns(runner: QueryRunner, table: ValueTable, index: string): Promise<void> {
  const { name } = table;
  await runner.query(`ALTER TABLE ${name} ADD COLUMN value_fold text`);
  await runner.query(`ALTER TABLE ${name} ADD COLUMN order_key varchar(64)`);
  await orderByCodePoints(runner, name, { value_key: 'varchar(191)', value_fold: 'text', order_key: 'varchar(64)' });
  await dropIndex(runner, name, `${index}_value`);
  await runner.query(`CREATE INDEX ${index}_value ON ${name} (org_id, name, value_key, user_id)`);
  await runner.query(`CREATE INDEX ${index}_order ON ${name} (org_id, name, order_key, user_id)`);
  const needed = `(LENGTH(${table.value}) > 95 OR (value_key >= '+' AND value_key < ':'))`;
  await fillValueColumns(queryableExecutor(runner, dialectOf(runner)), table, needed);
}

/** Writes the columns anew for values beyond ASCII: how those are compared has changed. */
export async function refoldValues(runner: QueryRunner, table: ValueTable): Promise<void> {
  const dialect = dialectOf(runner);
  await fillValueColumns(queryableExecutor(runner, dialect), table, beyondAscii(dialect, table.value));
}

/** A table of names that are unique in a store. */
export interface NameTable {
  readonly table: string;
  readonly name: string;
  /** Column by which names are compared. */
  readonly key: string;
}

/**
 * Writes anew what names beyond ASCII are compared by. Of two that are the same now, the one whose key has changed keeps
 * the old one: it is found by its id until it is renamed or removed.
 *
 * @returns whether there were any
 */
export async function refoldNames(runner: QueryRunner, { table, name, key }: NameTable): Promise<boolean> {
  const dialect = dialectOf(runner);
  const executor = queryableExecutor(runner, dialect);
  let isChanged = false;
  for (let last = ''; ; ) {
    const rows = await executor.all<Record<'id' | 'org_id' | 'domain' | 'given' | 'given_key', string>>(
      `SELECT id, org_id, domain, ${name} AS given, ${key} AS given_key FROM ${table}` +
        ` WHERE ${beyondAscii(dialect, name)} AND id > ? ORDER BY id LIMIT ${PIECE}`,
      [last],
    );
    for (const { id, org_id, domain, given, given_key } of rows) {
      last = id;
      const wanted = given_key === given.toLowerCase() ? folded(given) : given.normalize('NFC');
      const isIn = `FROM ${table} WHERE org_id = ? AND domain = ? AND ${key} = ?`;
      if (wanted === given_key || (await executor.one(`SELECT id ${isIn}`, [org_id, domain, wanted]))) continue;
      await executor.run(`UPDATE ${table} SET ${key} = ? WHERE id = ?`, [wanted, id]);
      isChanged = true;
    }
    if (rows.length < PIECE) return isChanged;
  }
}

/** The condition that a text has more bytes than characters. */
function beyondAscii(dialect: Dialect, column: string): string {
  return dialect === 'sqlite'
    ? `LENGTH(CAST(${column} AS BLOB)) <> LENGTH(${column})`
    : `OCTET_LENGTH(${column}) <> CHAR_LENGTH(${column})`;
}

/** Takes them away. */
export async function dropValueColumns(runner: QueryRunner, { name }: ValueTable, index: string): Promise<void> {
  await dropIndex(runner, name, `${index}_order`);
  await dropIndex(runner, name, `${index}_value`);
  await runner.query(`CREATE INDEX ${index}_value ON ${name} (org_id, name, value_key)`);
  await runner.query(`ALTER TABLE ${name} DROP COLUMN order_key`);
  await runner.query(`ALTER TABLE ${name} DROP COLUMN value_fold`);
}

/** Fills them for the values that a condition holds for. */
async function fillValueColumns(
  executor: SqlExecutor,
  { name, value, key }: ValueTable,
  needed: string,
): Promise<void> {
  const columns = key.join(', ');
  const marks = key.map(() => '?').join(', ');
  const set = `UPDATE ${name} SET value_key = ?, value_fold = ?, order_key = ? WHERE ${key.map((one) => `${one} = ?`).join(' AND ')}`;
  for (let last: readonly unknown[] | undefined; ; ) {
    const rows: Record<string, unknown>[] = await executor.all(
      `SELECT ${columns}, ${value} AS given, value_key, value_fold, order_key FROM ${name} WHERE ${needed}` +
        `${last ? ` AND (${columns}) > (${marks})` : ''} ORDER BY ${columns} LIMIT ${PIECE}`,
      last ?? [],
    );
    for (const row of rows) {
      last = key.map((one) => row[one]);
      const { valueKey, valueFold, orderKey } = valueKeys(String(row['given']));
      const isSame = row['value_key'] === valueKey && row['value_fold'] === valueFold && row['order_key'] === orderKey;
      if (!isSame) await executor.run(set, [valueKey, valueFold, orderKey, ...last]);
    }
    if (rows.length < PIECE) return;
  }
}
