import { readFileSync } from 'node:fs';
import { ToolError } from '../setup/project.mjs';
import type { Point } from './points.js';

/** What stands for `{{key}}` in a template. */
export type Words = Readonly<Record<string, string>>;

/** Text of a template, with words in place of its `{{keys}}`. */
export function rendered(template: string, words: Words): string {
  return fill(readFileSync(new URL(`templates/${template}.txt`, import.meta.url), 'utf8'), words);
}

/** Puts words in place of `{{keys}}`. */
export function fill(text: string, words: Words): string {
  return text.replace(/\{\{([\w-]+)\}\}/gi, (_, key: string) => {
    const word = words[key];
    if (word === undefined) throw new Error(`a template asks for {{${key}}}`);
    return word;
  });
}

/** The words that follow from the kind and the name of a plugin. Throws ToolError for a name that is no kebab-case. */
export function wordsOf(point: Point, name: string): Words {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 40) {
    throw new ToolError(
      `"${name}" is no name for a plugin: lower-case letters, digits and single dashes, such as magic-link.`,
    );
  }
  const parts = name.split('-');
  const capital = (part: string) => part.charAt(0).toUpperCase() + part.slice(1);
  const pascal = parts.map(capital).join('');
  const words = {
    name,
    kind: point.name,
    id: `${point.name}.${name}`,
    file: `${name}-${suffixOf(point)}`,
    snake: name.replaceAll('-', '_'),
    Pascal: pascal,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    Title: parts.map(capital).join(' '),
    what: point.what,
    table: point.tables === undefined ? '' : `${point.tables}.${name.replaceAll('-', '_')}`,
  };
  const contribution = fill(point.contribution, words);
  const contributions = point.extensionPoint === undefined ? '[]' : `['${point.extensionPoint}:${contribution}']`;
  return { ...words, contributions };
}

/** End of the name of the file with the implementation. */
const suffixOf = (point: Point): string => (point.name === 'grant-type' ? 'grant' : point.name);

/** The files that a plugin consists of, by name. `core` is how it names a room: `#core` or `gatehouse`. */
export function pluginFiles(point: Point, words: Words, core: string): Record<string, string> {
  const all = { ...words, core };
  return {
    'plugin.ts': rendered(`${point.name}/plugin.ts`, all),
    'config.ts': rendered(`${point.name}/config.ts`, all),
    [`${words['file']}.ts`]: rendered(`${point.name}/implementation.ts`, all),
  };
}
