import { Connection } from './connection.js';

/** One operation of a row: a request, or the requests of a whole sign-in. Throws when an answer is not as expected. */
export type Operation = (connection: Connection) => Promise<void>;

/** How hard to press. */
export interface Pressure {
  readonly connections: number;
  readonly seconds: number;
}

/** What one run has shown. Times in milliseconds. */
export interface Run {
  readonly operations: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** Repeats an operation on several connections for a while. The first answer that is not as expected ends the run. */
export async function drive(port: number, operation: Operation, { connections, seconds }: Pressure): Promise<Run> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const times: number[] = [];
  const begun = performance.now();
  const deadline = begun + seconds * 1000;
  const one = async (connection: Connection) => {
    for (let now = performance.now(); now < deadline; ) {
      await operation(connection);
      const after = performance.now();
      times.push(after - now);
      now = after;
    }
  };
  try {
    await Promise.all(open.map(one));
  } finally {
    for (const connection of open) connection.close();
  }
  const elapsed = performance.now() - begun;
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;
  return { operations: times.length, perSecond: (times.length / elapsed) * 1000, p50: at(0.5), p99: at(0.99) };
}
