import type { Soon } from '#core/kernel';
import { type Dialect, type SqlExecutor, type SqlText, sql } from '#core/persistence';

/** Where a store lies: the server's own database, or a foreign one. */
export interface StoreDatabase {
  readonly dialect: Dialect;
  /** Plain SQL within the unit of work in progress, else reading only. */
  readonly sql: SqlExecutor;
  /** Runs `work` as one unit: all of its writes or none. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Rows of a statement. */
export async function rowsOf<T>({ sql: executor }: StoreDatabase, { text, values }: SqlText): Promise<T[]> {
  return executor.all<T>(text, values);
}

/** The first row of a statement; at once where the database answers at once, for sign-ins ask so. */
export const rowOf = <T>({ sql: executor }: StoreDatabase, { text, values }: SqlText): Soon<T | undefined> =>
  executor.one<T>(text, values);

/** Runs a statement that writes; answers how many rows it has changed. */
export async function execute({ sql: executor }: StoreDatabase, { text, values }: SqlText): Promise<number> {
  return executor.run(text, values);
}

/** The rows of a store: those of an organization and a domain. */
export const NAMED = (orgId: string, domain: string): SqlText => sql`org_id = ${orgId} AND domain = ${domain}`;

/** `INSERT INTO`, without complaint about rows that are there already. @param rest table, columns, and a query or values */
export function insertIgnoring(dialect: Dialect, rest: SqlText): SqlText {
  // PostgreSQL's driver counts what an INSERT gives back.
  const counted = dialect === 'postgres' ? sql` RETURNING 1` : sql``;
  return dialect === 'mysql'
    ? sql`INSERT IGNORE INTO ${rest}`
    : sql`INSERT INTO ${rest} ON CONFLICT DO NOTHING${counted}`;
}
