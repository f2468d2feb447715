import { existsSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from '../build.mjs';
import { checkNode, ensureInstalled } from './install.mjs';
import { root, ToolError } from './project.mjs';

/**
 * Installs and builds when needed, then runs a compiled program in this very process, as if it had been started with
 * these arguments: signals reach it directly, and nothing stands between it and its caller.
 */
export async function launch(program, args) {
  checkNode();
  ensureInstalled();
  await ensureBuilt();
  const path = join(root, 'dist', program);
  if (!existsSync(path)) throw new ToolError(`There is no ${program.replace(/\.js$/, '.ts')} in this checkout.`);
  module.enableCompileCache?.();
  process.argv = [process.argv[0], path, ...args];
  await import(pathToFileURL(path).href);
}
