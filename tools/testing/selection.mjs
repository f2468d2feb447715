import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { listSources } from '../setup/outputs.mjs';
import { readJson, root, ToolError } from '../setup/project.mjs';

const timesFile = '.tmp/test-times.json';

/** The test files, as source paths, that the patterns name; all without patterns. */
export function selectTests(patterns) {
  const all = Object.keys(listSources(root)).filter((path) => /^tests\/.*\.test\.ts$/.test(path));
  if (patterns.length === 0) return all;
  const chosen = new Set(patterns.flatMap((pattern) => matching(all, pattern)));
  return all.filter((path) => chosen.has(path));
}

/** A file or a folder, as seen from the current folder or the root, of sources or outputs; else a part of the path. */
function matching(all, pattern) {
  const fromRoot = relative(root, resolve(pattern));
  const path = fromRoot.replace(/^dist\//, '').replace(/\.js$/, '.ts');
  const exact = all.filter((name) => name === path || name.startsWith(`${path}/`) || path === '');
  const found = exact.length > 0 ? exact : all.filter((name) => name.includes(pattern.replace(/^\.\//, '')));
  if (found.length === 0) throw new ToolError(`No test file matches "${pattern}".`);
  return found;
}

/** Splits the files into groups of about equal duration, by what they took last time, else by their size. */
export function splitTests(files, count) {
  const times = readJson(timesFile) ?? {};
  const weighed = files
    .map((file) => ({ file, weight: times[file] ?? 20 + statSync(join(root, file)).size / 20 }))
    .sort((a, b) => b.weight - a.weight);
  const groups = Array.from({ length: Math.min(count, files.length) }, () => ({ files: [], weight: 0 }));
  for (const { file, weight } of weighed) {
    const lightest = groups.reduce((best, group) => (group.weight < best.weight ? group : best));
    lightest.files.push(file);
    lightest.weight += weight;
  }
  return groups.map((group) => group.files);
}

/** Remembers how long the files took, for the next split. */
export function recordTimes(times) {
  const path = join(root, timesFile);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ ...readJson(timesFile), ...times }));
}
