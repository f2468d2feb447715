import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import type { LimitResult, Measured, Outcome, RowResult } from './measure.js';
import type { BenchOptions } from './options.js';

/** Everything that one run has found. */
export interface Results {
  readonly rows: readonly RowResult[];
  readonly limits: readonly LimitResult[];
  readonly options: BenchOptions;
}

const isMeasured = (side: Outcome | undefined): side is Extract<Outcome, Measured> =>
  side !== undefined && 'perSecond' in side;
const count = (value: number) => (value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(1));
const ms = (value: number) => value.toFixed(value < 10 ? 2 : 1);
const ratio = (value: number) => `${value.toFixed(2)}×`;

/** How much more Gatehouse does a second, and how much less CPU time it needs for one; undefined without a peer. */
function ratios({ ours, peer }: RowResult): { speed: number; cpu: number } | undefined {
  if (!isMeasured(ours) || !isMeasured(peer)) return undefined;
  return { speed: ours.perSecond / peer.perSecond, cpu: peer.cpuMs / ours.cpuMs };
}

/** Whether every row was measured without an answer that was not as expected. */
export const complete = (results: Results): boolean =>
  results.rows.every(({ ours, peer, reference }) =>
    [ours, peer, reference].every((side) => side === undefined || isMeasured(side)),
  );

/** A table in Markdown, numbers to the right. */
export function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...lines.map(line)].join('\n');
}

function rowLine(result: RowResult): string[] {
  const { row, ours, peer } = result;
  const compared = ratios(result);
  const own = isMeasured(ours)
    ? [count(ours.perSecond), ms(ours.p50), ms(ours.p99), ours.cpuMs.toFixed(3)]
    : ['FAILED', '-', '-', '-'];
  const failed = peer === undefined ? '-' : 'FAILED';
  const other = isMeasured(peer)
    ? [count(peer.perSecond), ms(peer.p50), ms(peer.p99), peer.cpuMs.toFixed(3)]
    : [row.peerLacks ? 'not offered' : failed, '-', '-', '-'];
  return [row.title, ...own, ...other, ...(compared ? [ratio(compared.speed), ratio(compared.cpu)] : ['-', '-'])];
}

/** The tables, as Markdown. */
export function markdown({ rows, limits, options }: Results): string {
  const { seconds, connections, rounds } = options;
  const parts = [
    `${cpus()[0]?.model.trim() ?? 'unknown processor'}, one core for the server; Linux ${release()}; ` +
      `Node.js ${process.versions.node}; ${connections} connections; median of ${rounds} runs of ${seconds} s.`,
  ];
  const side = (name: string) => [`${name}/s`, 'p50 ms', 'p99 ms', 'CPU ms'];
  if (rows.length > 0) {
    const head = ['row', ...side('Gatehouse'), ...side('oidc-provider'), 'ratio', 'CPU ratio'];
    parts.push(table(head, rows.map(rowLine)), ...references(rows), conditions(rows));
  }
  if (limits.length > 0)
    parts.push(
      table(
        ['limit of this core', 'a second'],
        limits.map(({ limit, perSecond }) => [limit.title, count(perSecond)]),
      ),
    );
  return parts.join('\n\n');
}

/** Rows without a peer beside another row of Gatehouse. */
function references(rows: readonly RowResult[]): string[] {
  const lines = rows.flatMap(({ row, ours, reference }) =>
    row.reference && isMeasured(ours) && isMeasured(reference)
      ? [
          [
            row.title,
            count(ours.perSecond),
            ours.cpuMs.toFixed(3),
            row.reference.title,
            count(reference.perSecond),
            reference.cpuMs.toFixed(3),
            ratio(ours.perSecond / reference.perSecond),
          ],
        ]
      : [],
  );
  const head = ['row without a peer', 'a second', 'CPU ms', 'measured beside', 'a second', 'CPU ms', 'ratio'];
  return lines.length > 0 ? [table(head, lines)] : [];
}

function conditions(rows: readonly RowResult[]): string {
  return table(
    ['row', 'key', 'token format', 'authentication', 'what Gatehouse stores', 'durability'],
    rows.map(({ row: { title, conditions: c } }) => [title, c.key, c.format, c.auth, c.store, c.durability]),
  );
}

/** The failures, one a paragraph. */
export function failures({ rows }: Results): string[] {
  return rows.flatMap(({ row, ours, peer, reference }) =>
    Object.entries({
      Gatehouse: ours,
      'oidc-provider': peer,
      [`the row beside it (${row.reference?.name})`]: reference,
    }).flatMap(([name, side]) => (side && 'error' in side ? [`${row.name} failed on ${name}: ${side.error}`] : [])),
  );
}

/** Everything, for machines. */
export function writeJson(file: string, { rows, limits, options }: Results): void {
  const measured = rows.map((result) => {
    const { row, ours, peer, reference } = result;
    const { name, title, conditions: given } = row;
    const beside = row.reference && { name: row.reference.name, outcome: reference };
    return { name, title, conditions: given, ours, peer, reference: beside, ratios: ratios(result) };
  });
  const bounds = limits.map(({ limit, perSecond }) => ({ name: limit.name, title: limit.title, perSecond }));
  const machine = { processor: cpus()[0]?.model, cores: cpus().length, node: process.versions.node, os: release() };
  writeFileSync(file, `${JSON.stringify({ machine, options, rows: measured, limits: bounds }, null, 2)}\n`);
}

/** Puts tables between the marks of `docs/benchmarks.md`. @param part which marks: those of the rows, or of the users */
export function writeIntoDocs(tables: string, part: 'results' | 'users'): void {
  const file = join('docs', 'benchmarks.md');
  const [begin, end] = [`<!-- ${part}: begin -->`, `<!-- ${part}: end -->`];
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} lacks the marks ${begin} and ${end}`);
  writeFileSync(file, `${text.slice(0, from + begin.length)}\n\n${tables}\n\n${text.slice(to)}`);
}
