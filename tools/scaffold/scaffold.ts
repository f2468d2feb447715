import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ToolError } from '../setup/project.mjs';
import { addToChangelog, inTreeFiles } from './in-tree.js';
import { packageFiles } from './package.js';
import { pointNamed } from './points.js';
import { wordsOf } from './templates.js';

/** What to generate. */
export interface Order {
  /** Root of the repository. */
  readonly root: string;
  readonly point: string;
  readonly name: string;
  /** Folder of a package outside the tree; within the tree when absent. */
  readonly dir?: string | undefined;
}

/** Writes the files of a new plugin. Returns their paths. Throws ToolError, with nothing written, when something is in the way. */
export function scaffold({ root, point: pointName, name, dir }: Order): string[] {
  const point = pointNamed(pointName);
  const words = wordsOf(point, name);
  if (dir !== undefined) return write(resolve(dir), packageFiles(point, words, root, resolve(dir)));
  const written = write(root, inTreeFiles(point, words), `plugins/${point.folder}/${name}`);
  addToChangelog(root, `- ${words['Title']} (\`${words['id']}\`): ${point.what}.`);
  return [...written, 'CHANGELOG.md'];
}

/** Writes files below a folder in which, or in whose part `own`, there must be nothing yet. */
function write(folder: string, files: Readonly<Record<string, string>>, own = ''): string[] {
  const target = join(folder, own);
  if (existsSync(target) && readdirSync(target).length > 0) throw new ToolError(`${own || folder} is there already.`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { flag: 'wx' });
  }
  return Object.keys(files);
}
