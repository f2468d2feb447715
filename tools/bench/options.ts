import { parseArgs } from 'node:util';
import { readCounts, readDatabases } from './users/counts.js';
import type { ScaleDatabase } from './users/databases.js';

/** What the command line asks for. */
export interface BenchOptions {
  readonly rows: readonly string[] | undefined;
  readonly seconds: number;
  readonly connections: number;
  readonly rounds: number;
  readonly warmUp: number;
  readonly json: string | undefined;
  readonly profile: string | undefined;
  readonly peer: boolean;
  readonly writeDocs: boolean;
  /** Numbers of users: measures how users scale, and nothing else. */
  readonly users: readonly number[] | undefined;
  readonly databases: readonly ScaleDatabase[];
}

export const usage = `npm run bench -- [options]
  --rows a,b         only these rows and limits
  --seconds N        length of one measurement (5)
  --connections N    connections of the load client (32)
  --rounds N         measurements of each row on each server; the median is reported (5)
  --warm-up N        seconds of load before the first measurement of a row (2)
  --json FILE        write everything that was measured
  --write-docs       put the table into docs/benchmarks.md
  --no-peer          measure Gatehouse only
  --users 10k,1m     measure how the times of users grow with their number, and nothing else
  --databases a,b    sqlite, mariadb, postgres: where users are measured (sqlite)
  --profile FOLDER   let Gatehouse write a CPU profile there when it ends`;

/** Reads the arguments of `npm run bench`. Throws for those that it does not know. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      rows: { type: 'string' },
      seconds: { type: 'string', default: '5' },
      connections: { type: 'string', default: '32' },
      rounds: { type: 'string', default: '5' },
      'warm-up': { type: 'string', default: '2' },
      json: { type: 'string' },
      users: { type: 'string' },
      databases: { type: 'string', default: 'sqlite' },
      profile: { type: 'string' },
      peer: { type: 'boolean', default: true },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  return {
    rows: values.rows?.split(',').map((name) => name.trim()),
    seconds: positive('seconds', values.seconds),
    connections: positive('connections', values.connections),
    rounds: positive('rounds', values.rounds),
    warmUp: positive('warm-up', values['warm-up']),
    json: values.json,
    profile: values.profile,
    peer: values.peer,
    writeDocs: values['write-docs'],
    users: values.users === undefined ? undefined : readCounts(values.users),
    databases: readDatabases(values.databases),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} takes a number above 0, not ${text}`);
  return value;
}
