import { writeIntoDocs } from '../report.js';
import type { ScaleDatabase } from './databases.js';
import { scaleTable } from './report.js';
import { measureScale, type ScaleResult } from './scale.js';

/** What is measured of the scale of users. */
export interface ScaleOptions {
  /** Numbers of users, the smallest first: what the others are compared with. */
  readonly users: readonly number[];
  readonly databases: readonly ScaleDatabase[];
  readonly seconds: number;
  readonly writeDocs: boolean;
}

/** Measures how the times of users grow with their number, and prints it. */
export async function benchUsers({ users, databases, seconds, writeDocs }: ScaleOptions): Promise<void> {
  const results: ScaleResult[] = [];
  for (const database of databases)
    for (const count of users) {
      console.error(`${count.toLocaleString('en-US')} users on ${database} ...`);
      const result = await measureScale(database, count, seconds * 1000);
      console.error(`  made in ${result.filled.toFixed(1)} s`);
      results.push(result);
    }
  const table = scaleTable(results, seconds);
  console.log(`\n${table}`);
  if (writeDocs) writeIntoDocs(table, 'users');
}
