// `npm test -- [--grep X] [--services LIST] [--database X] [files, folders ...]`
import { constants } from 'node:os';
import { ensureBuilt } from './build.mjs';
import { checkNode, ensureInstalled } from './setup/install.mjs';
import { runMain, ToolError } from './setup/project.mjs';

/** What must be ended and removed, whichever way the run ends. */
class Cleanup {
  #tasks = [];
  interrupted = false;

  add(task) {
    this.#tasks.push(task);
  }

  /** Runs the tasks, last first, once. */
  async run() {
    for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) await task();
  }
}

async function main() {
  checkNode();
  ensureInstalled();
  // Loaded only now, because these need installed packages.
  const { readOptions, usage } = await import('./testing/options.mjs');
  const { TestReport } = await import('./testing/report.mjs');
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return 0;
  }
  const report = new TestReport();
  const cleanup = new Cleanup();
  endOnSignals(cleanup);
  try {
    await runTests(options, report, cleanup);
  } catch (error) {
    report.addFailure('the test run', error instanceof ToolError ? error.message : String(error?.stack ?? error));
  } finally {
    await cleanup.run();
  }
  // The signal's handler ends the process.
  if (cleanup.interrupted) return new Promise(() => undefined);
  if (report.passed + report.failed === 0) report.addFailure('the test run', 'No test was executed.');
  report.print();
  return report.failed > 0 ? 1 : 0;
}

async function runTests(options, report, cleanup) {
  const { selectTests, splitTests, recordTimes } = await import('./testing/selection.mjs');
  const { TestPool } = await import('./testing/pool.mjs');
  const files = selectTests(options.patterns);
  const [environment] = await bothOrNone(prepareServices(options, cleanup), ensureBuilt());
  const pool = new TestPool();
  cleanup.add(() => pool.kill());
  const { grep, timeout, bail } = options;
  const job = { grep, timeout, bail, forbidOnly: options['forbid-only'] };
  await pool.run(splitTests(files, options.jobs), job, environment, (message) => report.take(message));
  if (grep === undefined && report.failed === 0 && options.database === 'sqlite') recordTimes(report.times);
}

/** Waits for both even when one fails, so that nothing is still starting when the clean-up runs. */
async function bothOrNone(...promises) {
  const results = await Promise.allSettled(promises);
  const failure = results.find(({ status }) => status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return results.map(({ value }) => value);
}

/** Starts the services below one temporary folder, which is the tests' folder for temporary files as well. */
async function prepareServices({ services: asked, isTold, database }, cleanup) {
  const { canHaveScim2, startServices } = await import('./services/index.mjs');
  const isLeftOut = asked.includes('scim2') && !isTold && !process.env.GATEHOUSE_TEST_SCIM2 && !canHaveScim2();
  const names = isLeftOut ? asked.filter((name) => name !== 'scim2') : asked;
  const { makeFolder, removeFolder } = await import('./services/process.mjs');
  const folder = makeFolder('run');
  cleanup.add(() => removeFolder(folder));
  process.env.TMPDIR = folder;
  const starting = startServices(names);
  cleanup.add(() =>
    starting.then(
      (services) => services.stop(),
      () => undefined,
    ),
  );
  const services = await starting;
  const told = { GATEHOUSE_TEST_SERVICES: names.join(','), GATEHOUSE_TEST_DATABASE: database };
  return { NODE_ENV: 'test', TMPDIR: folder, ...told, ...services.environment };
}

/** A second signal ends the process without more ado; the servers end with it, being tied to its life. */
function endOnSignals(cleanup) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, async () => {
      cleanup.interrupted = true;
      console.error(`\nStopping (${signal}) ...`);
      await cleanup.run();
      process.exit(128 + constants.signals[signal]);
    });
  }
}

await runMain(main);
