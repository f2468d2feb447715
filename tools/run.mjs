// `node tools/run.mjs bench/main.js args`: runs a program that lives in tools/, compiled.
import { launch } from './setup/launch.mjs';
import { runMain, ToolError } from './setup/project.mjs';

await runMain(async () => {
  const [program, ...args] = process.argv.slice(2);
  if (program === undefined) throw new ToolError('Usage: node tools/run.mjs <program below tools/, ending in .js> ...');
  await launch(`tools/${program}`, args);
});
