import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Point } from './points.js';
import { fill, pluginFiles, rendered, type Words } from './templates.js';

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** The files of an npm package in `folder` with a plugin for the Gatehouse in `root`, by path from the package's root. */
export function packageFiles(point: Point, words: Words, root: string, folder: string): Record<string, string> {
  const all = {
    ...words,
    ...versionsOf(root),
    gatehouse: `file:${relative(folder, root)}`,
    usage: usageOf(point, words),
  };
  const { name } = words as { name: string };
  const sources = Object.entries(pluginFiles(point, words, 'gatehouse')).map(([file, text]) => [`src/${file}`, text]);
  return {
    'package.json': rendered('package/package.json', all),
    'tsconfig.json': rendered('package/tsconfig.json', all),
    'README.md': rendered('package/readme', all),
    '.gitignore': rendered('package/gitignore', all),
    ...(Object.fromEntries(sources) as Record<string, string>),
    'src/tests/gatehouse.ts': rendered('package/gatehouse.ts', all),
    [`src/tests/${name}.test.ts`]: testOf(point, words),
  };
}

function versionsOf(root: string): Words {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  return {
    version: manifest.version,
    zod: manifest.dependencies['zod'] as string,
    'reflect-metadata': manifest.dependencies['reflect-metadata'] as string,
    typescript: manifest.devDependencies['typescript'] as string,
    'types-node': manifest.devDependencies['@types/node'] as string,
  };
}

/** What stands in `deployment.toml` beside `[plugins]`. */
function usageOf(point: Point, words: Words): string {
  if (point.tables !== undefined)
    return `\n[${words['table']}]     # all of its keys have defaults; see src/config.ts\n`;
  return `\n${fill(point.toml, words).split('[super_admin]')[0]}`;
}

const post = `
  const post = (path: string, form: URLSearchParams) => gatehouse.post(path, form);
`;

function testOf(point: Point, words: Words): string {
  const all = { ...words, core: 'gatehouse', here: '..' };
  const toml = fill(point.toml, words);
  const cases = rendered(`${point.name}/cases.ts`, all);
  return rendered('package/test.ts', {
    ...all,
    cases,
    imports: rendered(`${point.name}/imports.ts`, all),
    toml: toml === '' ? '' : JSON.stringify(toml),
    'post-package': cases.includes('post(') ? post : '',
  });
}
