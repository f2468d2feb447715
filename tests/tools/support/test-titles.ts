import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './fixture.js';

/** A test as it is written: its title in quotes of any kind. */
const test = /\bit(?:\.only)?\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;

/**
 * Titles of all tests, by file (`tests/core/oauth/pkce.test.ts`), in the order in which they stand there. Titles that
 * are put together when the tests run keep their `${...}`.
 */
export function titlesOfTests(): ReadonlyMap<string, readonly string[]> {
  const files = (readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' }) as string[])
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `tests/${file}`);
  return new Map(files.sort().map((file) => [file, titlesIn(readFileSync(join(root, file), 'utf8'))]));
}

const titlesIn = (source: string): string[] =>
  [...source.matchAll(test)].map(([, single, double, template]) =>
    (single ?? double ?? template ?? '').replace(/\\(.)/g, '$1'),
  );
