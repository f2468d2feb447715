import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { referenceFiles } from '../../core/cli/gen-reference.js';
import { errorCatalogue, errorsPage } from './errors.js';
import { serverPages } from './server-pages.js';

/** Everything that is generated from the sources in `root`, by path. */
export async function generatedFiles(root: string): Promise<Record<string, string>> {
  return {
    ...(await referenceFiles()),
    ...(await serverPages()),
    'docs/reference/errors.md': errorsPage(errorCatalogue(root)),
  };
}

/** Paths of the files below `root` that are not as they would be generated. */
export function staleFiles(root: string, files: Readonly<Record<string, string>>): string[] {
  const present = (path: string) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined);
  return Object.keys(files).filter((path) => present(path) !== files[path]);
}

/** Writes the named files. */
export function writeFiles(root: string, files: Readonly<Record<string, string>>, paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), files[path] as string);
  }
}
