import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inspectLockFile, inspectText } from './disclosure.mjs';
import { inspectPath, inspectSource, isOurSource } from './sources.mjs';

const notRead = /\.(?:png|jpe?g|gif|ico|woff2?|p12|pfx|jks|der|db|gz|zip|pdf)$/;

/** Applies the size, naming, state and suppression rules to every source file. */
export function checkSources(root) {
  const paths = listFiles(root).filter((path) => /^(core|plugins|tests|tools|docs|config)\//.test(path));
  const inspected = paths.filter((path) => isOurSource(path) && !path.startsWith('tests/fixtures/'));
  const problems = [
    ...paths.flatMap((path) => inspectPath(path)),
    ...inspected.flatMap((path) => inspectSource(path, readFileSync(join(root, path), 'utf8'))),
  ];
  return { count: inspected.length, problems };
}

/** Looks through every file of the repository for what must not be published. */
export function checkDisclosure(root) {
  const paths = listFiles(root).filter((path) => !notRead.test(path));
  const problems = paths.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const locked = /(^|\/)package-lock\.json$/.test(path) ? inspectLockFile(path, text) : [];
    return [...locked, ...inspectText(path, text, root)];
  });
  return { count: paths.length, problems };
}

/** Tracked files and new ones that are not ignored; without git, everything but built and installed files. */
function listFiles(root) {
  const { status, stdout } = spawnSync('git', ['ls-files', '-coz', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const paths = status === 0 ? stdout.split('\0').filter(Boolean) : walkFiles(root, '');
  return paths.filter((path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile());
}

function walkFiles(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', '.git', 'data', 'coverage', '.tmp'].includes(entry.name)) return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? walkFiles(root, path) : [path];
  });
}
