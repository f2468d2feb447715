import { spawnSync } from 'node:child_process';
import { lstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, root, ToolError } from './project.mjs';

/** Throws with a clear message when the running Node.js is older than package.json's `engines` asks for. */
export function checkNode(version = process.versions.node) {
  const wanted = readJson('package.json')?.engines?.node ?? '>=0';
  const minimum = wanted.replace(/^[^\d]*/, '');
  if (compareVersions(version, minimum) < 0) {
    throw new ToolError(
      `Gatehouse needs Node.js ${minimum} or newer, and this is ${version}. ` +
        'Please install a newer one, for example from https://nodejs.org, and try again.',
    );
  }
}

function compareVersions(left, right) {
  const [a, b] = [left, right].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (let index = 0; index < 3; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Runs `npm install` when node_modules is missing or does not hold what package-lock.json names. It is `install`, not
 * `ci`: a lock file that was made where only some platform packages could be seen is completed instead of refused.
 */
export function ensureInstalled() {
  if (isInstalled()) return;
  if (isLink(join(root, 'node_modules'))) {
    throw new ToolError(
      'node_modules is a link to another checkout and lacks packages that package-lock.json names: ' +
        'run npm install in that checkout.',
    );
  }
  console.error('Installing packages (npm install) ...');
  const { status, error } = spawnSync('npm', ['install', '--include=dev', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new ToolError(`npm install failed${error ? `: ${error.message}` : ''}; see above.`);
}

/** Newer than the lock file is enough; only when the times disagree (a fresh checkout of old files) are versions read. */
function isInstalled() {
  const installed = modified('node_modules/.package-lock.json');
  if (installed === undefined) return false;
  const locked = modified('package-lock.json');
  if (locked === undefined) return true;
  if (installed >= locked && installed >= (modified('package.json') ?? 0)) return true;
  return holdsEverything() && lockMatchesPackage();
}

function holdsEverything() {
  const wanted = readJson('package-lock.json')?.packages ?? {};
  const present = readJson('node_modules/.package-lock.json')?.packages ?? {};
  return Object.entries(wanted).every(
    ([path, { version, optional, peer }]) =>
      path === '' || present[path]?.version === version || (present[path] === undefined && (optional || peer)),
  );
}

function lockMatchesPackage() {
  const manifest = readJson('package.json');
  const locked = readJson('package-lock.json')?.packages?.[''];
  return ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].every(
    (kind) => JSON.stringify(sorted(manifest?.[kind])) === JSON.stringify(sorted(locked?.[kind])),
  );
}

function sorted(record) {
  return Object.entries(record ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

function modified(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs;
}

function isLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
