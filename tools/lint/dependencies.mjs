import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { sourceFolders } from '../setup/outputs.mjs';
import { isMain, readJson, root } from '../setup/project.mjs';
import { dependencyRules } from './dependency-rules.mjs';

/** The rooms of core, lowest first: the one place where their order is written down. */
const roomOrder = readJson('tools/lint/rooms.json');

/**
 * Checks the sources below `folder` against the dependency rules. Returns how many modules were read, so that a check
 * that saw nothing cannot pass for a clean one, and the violations as `{ rule, from, to, text }`.
 */
export async function checkDependencies(folder = root) {
  const folders = sourceFolders.filter((name) => existsSync(join(folder, name)));
  const { output } = await cruise(folders, cruiseOptions(folder), resolveOptions(folder));
  const modules = output.modules.filter(({ source }) => /^(core|plugins|tests|tools)\//.test(source)).length;
  return { modules, violations: [...unknownRooms(folder), ...output.summary.violations.map(describe)] };
}

/** The swc parser, because TypeScript 7 has no JavaScript API: without it nothing is read and all seems well. */
function cruiseOptions(folder) {
  return {
    baseDir: folder,
    parser: 'swc',
    validate: true,
    ruleSet: { forbidden: dependencyRules(roomOrder) },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)assets/' },
  };
}

/** package.json maps #core/* to the built doors; the check is about the sources, so it maps them itself. */
function resolveOptions(folder) {
  const doors = rooms(folder).map((room) => [`#core/${room}`, join(folder, 'core', room, 'index.ts')]);
  return {
    alias: Object.fromEntries(doors),
    extensions: ['.ts', '.mts', '.d.ts', '.d.mts', '.js', '.mjs', '.json'],
    extensionAlias: { '.js': ['.ts', '.js'], '.mjs': ['.mts', '.mjs'] },
    exportsFields: ['exports'],
    importsFields: [],
    conditionNames: ['import', 'node', 'default', 'types'],
    mainFields: ['module', 'main', 'types'],
    symlinks: false,
  };
}

function rooms(folder) {
  const path = join(folder, 'core');
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

function unknownRooms(folder) {
  const known = new Set([...roomOrder, 'cli']);
  return rooms(folder)
    .filter((room) => !known.has(room))
    .map((room) => ({
      rule: 'unknown-room',
      from: `core/${room}`,
      to: '',
      text: `unknown-room: core/${room} has no place in the order of tools/lint/rooms.json.`,
    }));
}

const comments = new Map(dependencyRules(roomOrder).map(({ name, comment }) => [name, comment]));

function describe({ rule, from, to, cycle }) {
  const path = cycle === undefined ? `${from} -> ${to}` : [from, ...cycle.map(({ name }) => name)].join(' -> ');
  return { rule: rule.name, from, to, text: `${rule.name}: ${path}\n    ${comments.get(rule.name)}` };
}

if (isMain(import.meta.url)) console.log(JSON.stringify(await checkDependencies(process.argv[2])));
