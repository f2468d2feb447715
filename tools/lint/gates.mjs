import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError, ensureBuilt } from '../build.mjs';
import { sourceFolders } from '../setup/outputs.mjs';
import { root } from '../setup/project.mjs';
import { checkDisclosure, checkSources } from './problems.mjs';

/** The gates of `npm run lint`, in order. Each gives `{ ok, output }` and may add a `note` to its line. */
export const gates = [
  { name: 'types', check: checkTypes },
  { name: 'format and lint', check: checkBiome },
  { name: 'promises', check: checkPromises },
  { name: 'dependency rules', check: checkDependencyRules },
  { name: 'sizes, names, state', check: () => fromProblems(checkSources(root)) },
  { name: 'unused code', check: checkUnused },
  { name: 'secrets, paths', check: () => fromProblems(checkDisclosure(root)) },
];

async function checkTypes() {
  try {
    await ensureBuilt({ quiet: true });
    return { ok: true, output: '' };
  } catch (error) {
    if (error instanceof BuildError) return { ok: false, output: error.output };
    throw error;
  }
}

function checkBiome({ fix }) {
  const action = fix ? ['check', '--write'] : ['check'];
  return run('@biomejs/biome/bin/biome', [...action, '--error-on-warnings', '--max-diagnostics=100', '.']);
}

function checkPromises() {
  return run('oxlint/bin/oxlint', [
    '--type-aware',
    '--deny-warnings',
    '--tsconfig',
    'tsconfig.json',
    ...presentFolders(),
  ]);
}

async function checkDependencyRules() {
  const { checkDependencies } = await import('./dependencies.mjs');
  const { modules, violations } = await checkDependencies(root);
  if (modules === 0) return { ok: false, output: 'No module was read: the check itself is broken.' };
  return {
    ok: violations.length === 0,
    output: violations.map(({ text }) => text).join('\n'),
    note: `${modules} modules`,
  };
}

async function checkUnused() {
  const { ok, output } = await run('knip/bin/knip.js', ['--config', 'tools/lint/knip.config.mjs', '--no-progress']);
  const inUse = [...output.matchAll(/^(\S+)\s.*Remove from ignoreDependencies/gm)].map(([, name]) => name);
  const findings = output.replace(/^Configuration hints[\s\S]*/m, '');
  if (inUse.length === 0) return { ok, output: findings };
  return { ok, output: findings, note: `in use by now, take out of knip.config.mjs: ${inUse.join(', ')}` };
}

function fromProblems({ count, problems }) {
  const output = problems.map(({ path, line, rule, text }) => `${path}:${line} ${rule}: ${text}`).join('\n');
  return { ok: problems.length === 0, output, note: `${count} files` };
}

function presentFolders() {
  return sourceFolders.filter((folder) => existsSync(join(root, folder)));
}

/** Runs a Node.js program of an installed package and collects what it prints. */
async function run(program, args) {
  const child = spawn(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  return { ok: code === 0, output };
}
