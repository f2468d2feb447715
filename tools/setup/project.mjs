import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The root folder of the checkout: the nearest folder above this file that holds package.json. The walk, rather than
 * a fixed number of `..`, lets the copy of this file in dist/tools find the same root as the source.
 */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(from) {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('package.json was not found above the tools folder');
  return findRoot(parent);
}

/** Reads and parses a JSON file named relative to the root; gives undefined when it is missing or broken. */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Thrown for a condition that the person at the keyboard can mend; shown without a stack. */
export class ToolError extends Error {}

/** Runs a command-line program's body: a ToolError becomes one line on stderr, everything else keeps its stack. */
export async function runMain(body) {
  try {
    const code = await body();
    if (typeof code === 'number') process.exitCode = code;
  } catch (error) {
    console.error(error instanceof ToolError ? error.message : error);
    process.exitCode = 1;
  }
}

/** True when the module with this import.meta.url is the program that was started, not an import of another. */
export function isMain(url) {
  const program = process.argv[1];
  return program !== undefined && existsSync(program) && realpathSync(program) === fileURLToPath(url);
}
