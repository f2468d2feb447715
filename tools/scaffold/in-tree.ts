import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ToolError } from '../setup/project.mjs';
import type { Point } from './points.js';
import { fill, pluginFiles, rendered, type Words } from './templates.js';

/** The files of a plugin of this repository, by path from its root. */
export function inTreeFiles(point: Point, words: Words): Record<string, string> {
  const { name } = words as { name: string };
  const folder = `plugins/${point.folder}/${name}`;
  const files = Object.entries(pluginFiles(point, words, '#core')).map(([file, text]) => [`${folder}/${file}`, text]);
  return {
    ...(Object.fromEntries(files) as Record<string, string>),
    [`tests/${folder}/${name}.test.ts`]: testOf(point, words, `../../../../${folder}`),
  };
}

const post = `
  const post = async (path: string, form: URLSearchParams) => {
    const answer = await server.fetch(path, { method: 'POST', body: form });
    return { status: answer.status, body: await answer.json() };
  };
`;

function testOf(point: Point, words: Words, here: string): string {
  const all = { ...words, core: '#core', here };
  const toml = fill(point.toml, words);
  const cases = rendered(`${point.name}/cases.ts`, all);
  return rendered('in-tree-test.ts', {
    ...all,
    cases,
    imports: rendered(`${point.name}/imports.ts`, all),
    'toml-option': toml === '' ? '' : `{ toml: ${JSON.stringify(toml)} }`,
    'post-in-tree': cases.includes('post(') ? post : '',
  });
}

/** Adds a line to what is new in the unreleased version. */
export function addToChangelog(root: string, line: string): void {
  const file = join(root, 'CHANGELOG.md');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const heading = lines.indexOf('### Added');
  if (heading < 0) throw new ToolError('CHANGELOG.md has no "### Added" to which the plugin could be added.');
  let last = heading;
  for (let at = heading + 1; at < lines.length && !(lines[at] as string).startsWith('#'); at++) {
    if (/^(- | {2}\S)/.test(lines[at] as string)) last = at;
  }
  lines.splice(last === heading ? heading + 2 : last + 1, 0, line);
  writeFileSync(file, lines.join('\n'));
}
