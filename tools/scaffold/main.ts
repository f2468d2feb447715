import { spawnSync } from 'node:child_process';
import { join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { root, runMain, ToolError } from '../setup/project.mjs';
import { points } from './points.js';
import { scaffold } from './scaffold.js';

const kinds = points.map((point) => `  ${point.name.padEnd(22)}${point.what}`).join('\n');

const program = new Command('npm run new --')
  .description('Writes a new plugin with its test: in this repository, or as a package of its own.')
  .argument('<point>', 'what it shall be')
  .argument('<name>', 'its name, in kebab-case: magic-link')
  .option('--dir <folder>', 'make an npm package in this folder instead')
  .addHelpText('after', `\nPoints:\n${kinds}`)
  .showHelpAfterError()
  .action((point: string, name: string, { dir }: { readonly dir?: string }) => make(point, name, dir));

function make(point: string, name: string, dir: string | undefined): void {
  const written = scaffold({ root, point, name, dir });
  for (const path of written) console.log(`wrote ${dir === undefined ? path : join(relative('', resolve(dir)), path)}`);
  if (dir !== undefined) {
    console.log(`\nNext: cd ${relative('', resolve(dir)) || '.'} && npm install && npm test`);
    return;
  }
  const sources = written.filter((path) => path.endsWith('.ts'));
  run(join('node_modules', '@biomejs', 'biome', 'bin', 'biome'), ['check', '--write', '--log-level=error', ...sources]);
  run(join('tools', 'run.mjs'), ['docs/main.js']);
  console.log(`\nNext: npm test -- ${sources.at(-1)}`);
}

/** Runs a program of this repository, in its root. */
function run(script: string, args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new ToolError(`${script} failed; the files of the plugin are written all the same.`);
}

await runMain(() => program.parseAsync().then(() => undefined));
