import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled } from './setup/install.mjs';
import { withLock } from './setup/lock.mjs';
import { copyAssets, lacksOutput, listSources, removeStale } from './setup/outputs.mjs';
import { isMain, root, runMain, ToolError } from './setup/project.mjs';

const stampFile = join(root, 'dist', '.build.json');

/** Thrown when the compiler reports errors; `output` holds its text. */
export class BuildError extends ToolError {
  constructor(output) {
    super(`${output.trimEnd()}\nThe build failed.`);
    this.output = output;
  }
}

/**
 * Brings dist up to date with the sources: compiles what changed, copies assets, deletes outputs whose source is gone.
 * When nothing changed since the last successful build it only compares times and sizes. Returns true when it built.
 * Throws BuildError when the sources have errors.
 */
export async function ensureBuilt({ quiet = false } = {}) {
  if (isFresh(currentState())) return false;
  return withLock(join(root, 'dist', '.build.lock'), async () => {
    const state = currentState();
    if (isFresh(state)) return false;
    if (!quiet) console.error('Building ...');
    await build(state);
    return true;
  });
}

async function build(state) {
  const { sources } = state;
  const recorded = readStamp()?.sources ?? {};
  rmSync(stampFile, { force: true });
  mkdirSync(join(root, 'dist'), { recursive: true });
  copyAssets(root, sources, recorded);
  let result = await compile();
  removeStale(root, sources);
  if (result.ok && lacksOutput(root, sources)) {
    rmSync(join(root, 'dist', '.tsbuildinfo'), { force: true });
    result = await compile();
  }
  if (!result.ok) throw new BuildError(result.output);
  writeFileSync(stampFile, JSON.stringify(state));
}

async function compile() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--incremental', '--pretty', String(process.stderr.isTTY ?? false)];
  const child = spawn(process.execPath, [compiler, ...options], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  return { ok: code === 0, output };
}

/** Sources, and the files that decide how they are compiled. */
function currentState() {
  const settings = {};
  for (const path of ['tsconfig.json', 'node_modules/.package-lock.json']) {
    const stats = statSync(join(root, path), { throwIfNoEntry: false });
    if (stats !== undefined) settings[path] = `${stats.mtimeMs}:${stats.size}`;
  }
  return { settings, sources: listSources(root) };
}

function isFresh(state) {
  try {
    return readFileSync(stampFile, 'utf8') === JSON.stringify(state);
  } catch {
    return false;
  }
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return undefined;
  }
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    ensureInstalled();
    await ensureBuilt();
  });
}
