import { drive, type Operation, type Pressure } from './load/drive.js';
import type { BenchOptions } from './options.js';
import type { Limit, Row } from './rows/row.js';
import { bareAnswer } from './rows/rows.js';
import type { ServerHost } from './servers/host.js';
import type { IdentityFacts } from './servers/identity.js';

/** Medians of several runs of one row on one server. Times in milliseconds. */
export interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** CPU time of the server's process for one operation, all threads together. */
  readonly cpuMs: number;
}

/** What a row has shown on one server: medians and the runs behind them, or why it failed. */
export type Outcome = (Measured & { readonly runs: readonly Measured[] }) | { readonly error: string };

/** One row of the table. */
export interface RowResult {
  readonly row: Row;
  readonly ours: Outcome;
  readonly peer: Outcome | undefined;
  /** The reference row on Gatehouse. */
  readonly reference?: Outcome | undefined;
}

/** One limit. */
export interface LimitResult {
  readonly limit: Limit;
  readonly perSecond: number;
}

/** The middle one. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

class Contender {
  readonly runs: Measured[] = [];
  error: string | undefined;

  constructor(
    private readonly host: ServerHost<IdentityFacts>,
    private readonly row: Row,
  ) {}

  #operation: Operation | undefined;

  /** One measurement; the first one comes after a warm-up. An answer that is not as expected ends the row. */
  async measure(pressure: Pressure, warmUp: number): Promise<void> {
    if (this.error !== undefined) return;
    const { host } = this;
    host.wake();
    try {
      if (!this.#operation) {
        this.#operation = await this.row.prepare(host.facts, pressure.connections);
        await drive(host.facts.port, this.#operation, { ...pressure, seconds: warmUp });
      }
      const before = await host.cpuMs();
      const { operations, ...run } = await drive(host.facts.port, this.#operation, pressure);
      this.runs.push({ ...run, cpuMs: ((await host.cpuMs()) - before) / operations });
    } catch (error) {
      this.error = error instanceof Error ? error.message : String(error);
    } finally {
      host.sleep();
    }
  }

  result(): Outcome {
    if (this.error !== undefined) return { error: this.error };
    const of = (name: keyof Measured) => median(this.runs.map((run) => run[name]));
    return { perSecond: of('perSecond'), p50: of('p50'), p99: of('p99'), cpuMs: of('cpuMs'), runs: this.runs };
  }
}

/** Measures a row on both servers by turns, so that what the machine does beside it meets both alike. */
export async function measureRow(
  row: Row,
  ours: ServerHost<IdentityFacts>,
  peer: ServerHost<IdentityFacts> | undefined,
  options: BenchOptions,
): Promise<RowResult> {
  const first = new Contender(ours, row);
  const second = peer && row.peerLacks === undefined ? new Contender(peer, row) : undefined;
  const reference = row.reference && new Contender(ours, row.reference);
  for (let round = 0; round < options.rounds; round++) {
    const turn = [first, second, reference].filter((contender) => contender !== undefined);
    if (round % 2 === 1) turn.reverse();
    for (const contender of turn) await contender.measure(options, options.warmUp);
  }
  return { row, ours: first.result(), peer: second?.result(), reference: reference?.result() };
}

/** Measures a limit. */
export async function measureLimit(limit: Limit, host: ServerHost, options: BenchOptions): Promise<LimitResult> {
  host.wake();
  const once = async (seconds: number) => {
    if (limit.compute !== undefined) return (await host.compute(limit.compute, seconds * 1000)) / seconds;
    const port = limit.port?.(host.facts) ?? host.facts.port;
    return (await drive(port, bareAnswer, { ...options, seconds })).perSecond;
  };
  await once(options.warmUp);
  const runs: number[] = [];
  for (let round = 0; round < options.rounds; round++) runs.push(await once(options.seconds));
  host.sleep();
  return { limit, perSecond: median(runs) };
}
