// `npm run bench`: Gatehouse beside a peer, row by row. See docs/benchmarks.md.
import 'reflect-metadata';
import { type LimitResult, measureLimit, measureRow, type RowResult } from './measure.js';
import { type BenchOptions, readOptions, usage } from './options.js';
import { complete, failures, markdown, type Results, writeIntoDocs, writeJson } from './report.js';
import { limits, rows } from './rows/rows.js';
import { canPin, pinSelf, SERVER_NAMES, ServerHost, type ServerName } from './servers/host.js';
import type { IdentityFacts } from './servers/identity.js';
import { type Service, serve } from './servers/service.js';

/** The server has the first core for itself, the load client another one. */
const SERVER_CORE = 0;
const CLIENT_CORE = 1;

const services: Record<ServerName, () => Promise<() => Promise<Service>>> = {
  gatehouse: async () => (await import('./servers/gatehouse.js')).gatehouse,
  'gatehouse-unkept': async () => {
    const { gatehouse } = await import('./servers/gatehouse.js');
    return () => gatehouse(false);
  },
  peer: async () => (await import('./servers/peer.js')).peer,
  limits: async () => (await import('./servers/limits.js')).limits,
};

const [command, name] = process.argv.slice(2);
if (command === 'serve') {
  await serve(await services[SERVER_NAMES.find((known) => known === name) ?? 'limits']());
} else if (command === '--help' || command === '-h') {
  console.log(usage);
} else {
  process.exitCode = await bench(readOptions(process.argv.slice(2)));
}

async function bench(options: BenchOptions): Promise<number> {
  if (options.users) {
    const { benchUsers } = await import('./users/main.js');
    await benchUsers({ ...options, users: options.users });
    return 0;
  }
  if (canPin()) pinSelf(CLIENT_CORE);
  else console.error('taskset is not there: the processes are not kept to cores, and the numbers mean little.');
  const chosen = <T extends { readonly name: string }>(all: readonly T[]) =>
    all.filter((each) => options.rows?.includes(each.name) ?? true);
  const wanted = [...chosen(rows), ...chosen(limits)].map((each) => each.name);
  const unknown = options.rows?.filter((each) => !wanted.includes(each)) ?? [];
  if (unknown.length > 0) {
    const known = [...rows, ...limits].map((each) => each.name).join(', ');
    console.error(`There is no row ${unknown.join(', ')}. The rows are: ${known}.`);
    return 2;
  }
  const results: Results = {
    rows: chosen(rows).length > 0 ? await measureRows(chosen(rows), options) : [],
    limits: chosen(limits).length > 0 ? await measureLimits(chosen(limits), options) : [],
    options,
  };
  console.log(`\n${markdown(results)}`);
  for (const failure of failures(results)) console.error(`\n${failure}`);
  if (options.json !== undefined) writeJson(options.json, results);
  if (options.writeDocs && complete(results)) writeIntoDocs(markdown(results), 'results');
  return complete(results) ? 0 : 1;
}

async function measureRows(chosen: typeof rows, options: BenchOptions): Promise<RowResult[]> {
  const hosts = new Map<ServerName, ServerHost<IdentityFacts>>();
  const host = async (name: ServerName) => {
    const started =
      hosts.get(name) ??
      (await ServerHost.start<IdentityFacts>(name, SERVER_CORE, name === 'peer' ? undefined : options.profile));
    if (!hosts.has(name)) started.sleep();
    hosts.set(name, started);
    return started;
  };
  try {
    const results: RowResult[] = [];
    for (const row of chosen) {
      console.error(`${row.title} ...`);
      const ours = await host(row.server ?? 'gatehouse');
      results.push(await measureRow(row, ours, options.peer ? await host('peer') : undefined, options));
    }
    return results;
  } finally {
    for (const started of hosts.values()) await started.stop();
  }
}

async function measureLimits(chosen: typeof limits, options: BenchOptions): Promise<LimitResult[]> {
  const host = await ServerHost.start('limits', SERVER_CORE);
  try {
    const results: LimitResult[] = [];
    for (const limit of chosen) {
      console.error(`${limit.title} ...`);
      results.push(await measureLimit(limit, host, options));
    }
    return results;
  } finally {
    await host.stop();
  }
}
