import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { PluginSummary } from '#core/kernel';
import { dryRun } from './dry-run.js';
import { type CommonOptions, serverCommand } from './options.js';

/** `gatehouse list-plugins` */
export function addListPlugins(program: Command): void {
  serverCommand(program, 'list-plugins', 'list rooms and plugins with their tables and contributions')
    .option('--json', 'answer as JSON')
    .action((options: CommonOptions & { readonly json?: true }) => listPlugins(options));
}

async function listPlugins(options: CommonOptions & { readonly json?: true }): Promise<void> {
  const { version } = await import('../server.js');
  const base = dirname(resolve(options.config));
  const summaries = (await dryRun(options)).summaries();
  const plugins = summaries.map((summary) => ({ ...summary, version: versionOf(summary.source, base) ?? version }));
  process.stdout.write(options.json ? `${JSON.stringify(plugins, null, 2)}\n` : plugins.map(text).join('\n'));
}

function text({ id, version, source, table, enabled, contributions }: PluginSummary & { readonly version: string }) {
  const lines = [
    `${id} ${version}${enabled ? '' : '  (switched off)'}`,
    `  source         ${source}`,
    ...(table === undefined ? [] : [`  table          [${table}]`]),
    ...contributions.map(
      (one, index) => `  ${index === 0 ? 'contributes' : '           '}    ${one.replace(':', ' ')}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** Version of a plugin outside of the tree; undefined for those that ship with the server, or that do not tell. */
function versionOf(source: string, base: string): string | undefined {
  if (/^(core|plugins)\//.test(source)) return undefined;
  try {
    const beside = join(resolve(base, source), 'package.json');
    const file = existsSync(beside)
      ? beside
      : createRequire(join(base, 'deployment.toml')).resolve(`${source}/package.json`);
    return (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version ?? '';
  } catch {
    return '';
  }
}
