// `npm run lint [-- --fix] [gate ...]`: every gate runs, whatever the others found.
import { checkNode, ensureInstalled } from './setup/install.mjs';
import { runMain, ToolError } from './setup/project.mjs';

await runMain(async () => {
  checkNode();
  ensureInstalled();
  const { gates } = await import('./lint/gates.mjs');
  const args = process.argv.slice(2);
  const wanted = args.filter((arg) => arg !== '--fix');
  const chosen = gates.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
  if (chosen.length === 0) throw new ToolError(`The gates are: ${gates.map(({ name }) => name).join('; ')}.`);
  let failed = 0;
  for (const gate of chosen) if (!(await runGate(gate, { fix: args.includes('--fix') }))) failed++;
  console.log(failed === 0 ? '\nEvery gate passed.' : `\n${failed} of ${chosen.length} gates failed.`);
  return failed === 0 ? 0 : 1;
});

async function runGate({ name, check }, options) {
  const started = performance.now();
  const { ok, output, note } = await attempt(() => check(options));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${ok ? 'pass' : 'FAIL'}  ${name.padEnd(20)} ${seconds.padStart(5)} s${note ? `  ${note}` : ''}`);
  if (!ok) console.log(output.trimEnd().replace(/^/gm, '      '));
  return ok;
}

/** A gate that breaks has failed; the others still run. */
async function attempt(check) {
  try {
    return await check();
  } catch (error) {
    return { ok: false, output: String(error?.stack ?? error) };
  }
}
