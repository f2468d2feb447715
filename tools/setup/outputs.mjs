import { copyFileSync, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folders that are built; everything below them has its counterpart at the same place in dist. */
export const sourceFolders = ['core', 'plugins', 'tests', 'tools'];

const typescript = /(?<!\.d)\.([mc]?)ts$/;
const neverCopied = /\.(md|d\.[mc]?ts|tsx|jsx)$/;

/** Lists every file below the source folders with its time and size, sorted: `{ 'core/server.ts': '1700000:512' }`. */
export function listSources(root) {
  const found = [];
  for (const folder of sourceFolders) walk(root, folder, found);
  return Object.fromEntries(
    found.sort().map((path) => {
      const { mtimeMs, size } = statSync(join(root, path));
      return [path, `${mtimeMs}:${size}`];
    }),
  );
}

function walk(root, folder, found) {
  for (const entry of readEntries(join(root, folder))) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) walk(root, path, found);
    else if (entry.isFile()) found.push(path);
  }
}

function readEntries(path) {
  return existsSync(path) ? readdirSync(path, { withFileTypes: true }) : [];
}

/** True for a file the compiler turns into JavaScript. */
function isCompiled(path) {
  return typescript.test(path);
}

/** True for a file that is copied as it is: templates, styles, fixtures, browser scripts, tools in plain JavaScript. */
function isAsset(path) {
  return !isCompiled(path) && !neverCopied.test(path);
}

/** The output whose presence proves that a source was built. */
function mainOutput(path) {
  return path.replace(typescript, '.$1js');
}

/** Every output, relative to dist, that these sources may have. */
function expectedOutputs(paths) {
  const outputs = new Set();
  for (const path of paths) {
    if (isAsset(path)) outputs.add(path);
    if (!isCompiled(path)) continue;
    outputs.add(mainOutput(path));
    outputs.add(`${mainOutput(path)}.map`);
    outputs.add(path.replace(typescript, '.d.$1ts'));
  }
  return outputs;
}

/** Copies the assets that are new or changed since the recorded build. Returns how many were copied. */
export function copyAssets(root, sources, recorded) {
  let copied = 0;
  for (const [path, stamp] of Object.entries(sources)) {
    const target = join(root, 'dist', path);
    if (!isAsset(path) || (recorded[path] === stamp && existsSync(target))) continue;
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(root, path), target);
    copied++;
  }
  return copied;
}

/** Deletes outputs whose source is gone, and folders left empty by that. Returns how many files were deleted. */
export function removeStale(root, sources) {
  const expected = expectedOutputs(Object.keys(sources));
  let removed = 0;
  const visit = (folder) => {
    let left = 0;
    for (const entry of readEntries(join(root, 'dist', folder))) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() ? visit(path) > 0 : expected.has(path)) left++;
      else if (!entry.isDirectory()) {
        rmSync(join(root, 'dist', path));
        removed++;
      }
    }
    if (left === 0 && existsSync(join(root, 'dist', folder))) rmdirSync(join(root, 'dist', folder));
    return left;
  };
  for (const folder of sourceFolders) visit(folder);
  return removed;
}

/** True when some compiled source has no output, as after a hand deleted part of dist behind the compiler's back. */
export function lacksOutput(root, sources) {
  return Object.keys(sources).some((path) => isCompiled(path) && !existsSync(join(root, 'dist', mainOutput(path))));
}
