// `npm run docs [-- --check]`: writes what is generated under docs and config, or says what is out of date.
import 'reflect-metadata';
import { root, runMain, ToolError } from '../setup/project.mjs';
import { generatedFiles, staleFiles, writeFiles } from './generated.js';

await runMain(async () => {
  const args = process.argv.slice(2);
  if (args.some((arg) => arg !== '--check')) throw new ToolError('Usage: npm run docs [-- --check]');
  const files = await generatedFiles(root);
  const stale = staleFiles(root, files);
  if (args.length > 0) {
    if (stale.length > 0)
      throw new ToolError(`Not up to date: ${stale.join(', ')}. Run "npm run docs" and commit what it writes.`);
    return;
  }
  writeFiles(root, files, stale);
  console.log(
    stale.length === 0 ? 'The generated docs are up to date.' : stale.map((path) => `wrote ${path}`).join('\n'),
  );
});
