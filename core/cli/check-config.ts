import type { Command } from 'commander';
import { BootError, ConfigurationError, type PluginSummary } from '#core/kernel';
import { dryRun } from './dry-run.js';
import { explain } from './failure.js';
import { type CommonOptions, serverCommand } from './options.js';

/** `gatehouse check-config` */
export function addCheckConfig(program: Command): void {
  serverCommand(program, 'check-config', 'say what is wrong with the configuration, without starting anything')
    .option('--json', 'answer as JSON: {"ok", "problems", "plugins"}')
    .action((options: CommonOptions & { readonly json?: true }) => checkConfig(options));
}

interface Finding {
  readonly problems: readonly string[];
  readonly plugins: readonly PluginSummary[];
}

async function checkConfig(options: CommonOptions & { readonly json?: true }): Promise<void> {
  const { problems, plugins } = await find(options);
  const enabled = plugins.filter((plugin) => plugin.enabled).map((plugin) => plugin.id);
  process.exitCode = problems.length === 0 ? 0 : 1;
  if (options.json)
    process.stdout.write(`${JSON.stringify({ ok: problems.length === 0, problems, plugins: enabled }, null, 2)}\n`);
  else if (problems.length > 0) process.stdout.write(`${problems.join('\n')}\n`);
  else {
    const off = plugins.length - enabled.length;
    const plural = off === 1 ? 'is' : 'are';
    const aside = off === 0 ? '' : `; ${off} ${plural} switched off`;
    process.stdout.write(`${options.config} is fine: ${enabled.length} plugins take part${aside}\n`);
  }
}

async function find(options: CommonOptions): Promise<Finding> {
  try {
    return { problems: [], plugins: (await dryRun(options)).summaries() };
  } catch (error) {
    if (error instanceof ConfigurationError) return { problems: error.problems, plugins: [] };
    if (error instanceof BootError) return { problems: [explain(error)], plugins: [] };
    throw error;
  }
}
