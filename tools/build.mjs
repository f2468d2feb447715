import { spawnSync } from 'node:child_process';
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
  return withLock(join(root, 'dist', '.build.lock'), () => {
    const state = currentState();
    if (isFresh(state)) return false;
    if (!quiet) console.error('Building ...');
    build(state);
    return true;
  });
}

function build(state) {
  const { sources } = state;
  const recorded = readStamp()?.sources ?? {};
  rmSync(stampFile, { force: true });
  mkdirSync(join(root, 'dist'), { recursive: true });
  copyAssets(root, sources, recorded);
  let result = compile();
  removeStale(root, sources);
  if (result.ok && lacksOutput(root, sources)) {
    rmSync(join(root, 'dist', '.tsbuildinfo'), { force: true });
    result = compile();
  }
  if (!result.ok) throw new BuildError(result.output);
  writeFileSync(stampFile, JSON.stringify(state));
}

function compile() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [compiler, '--incremental', '--pretty', String(process.stderr.isTTY ?? false)],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  return { ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}${error ? `${error.message}\n` : ''}` };
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
