// One test process: runs mocha over its share of the files and tells the runner what happened, message by message.
import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import Mocha from 'mocha';
import { root } from '../setup/project.mjs';

/** Mocha's base class turns the two sides of a failed comparison into text, so the diff can travel. */
class MessageReporter extends Mocha.reporters.Base {
  constructor(runner, options) {
    super(runner, options);
    const { EVENT_SUITE_BEGIN, EVENT_RUN_END, EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING } =
      Mocha.Runner.constants;
    const clock = new FileClock();
    runner.on(EVENT_SUITE_BEGIN, (suite) => suite.parent?.root && clock.enter(sourceOf(suite.file)));
    runner.on(EVENT_RUN_END, () => clock.enter(undefined));
    runner.on(EVENT_TEST_PASS, (test) => tell({ type: 'pass', file: sourceOf(test.file) }));
    runner.on(EVENT_TEST_PENDING, (test) => tell({ type: 'skip', file: sourceOf(test.file) }));
    runner.on(EVENT_TEST_FAIL, (test, error) => tell({ type: 'fail', ...describeFailure(test, error) }));
  }
}

/** Measures the files one after the other; a file may have several suites at its top. */
class FileClock {
  #file;
  #started = 0;

  enter(file) {
    if (file === this.#file) return;
    const now = performance.now();
    if (this.#file !== undefined) tell({ type: 'end', file: this.#file, ms: now - this.#started });
    if (file !== undefined) tell({ type: 'begin', file });
    this.#file = file;
    this.#started = now;
  }
}

function describeFailure(test, error) {
  const diff = Mocha.reporters.Base.showDiff(error)
    ? Mocha.reporters.Base.generateDiff(error.actual, error.expected)
    : undefined;
  return { file: sourceOf(test.file), title: test.titlePath(), text: textOf(error), diff };
}

function textOf(error) {
  const causes = [];
  for (let cause = error; cause !== undefined && cause !== null && causes.length < 5; cause = cause.cause) {
    causes.push(String(cause.stack ?? cause.message ?? cause));
  }
  return causes.join('\ncaused by: ');
}

function sourceOf(file) {
  return file === undefined ? '(no file)' : relative(join(root, 'dist'), file).replace(/\.js$/, '.ts');
}

function tell(message, done) {
  process.send(message, done);
}

async function rootHooks() {
  const path = join(root, 'dist', 'tests', 'support', 'hooks.js');
  if (!existsSync(path)) return {};
  const { mochaHooks } = await import(pathToFileURL(path).href);
  return typeof mochaHooks === 'function' ? await mochaHooks() : (mochaHooks ?? {});
}

async function run({ files, grep, timeout, bail, forbidOnly }) {
  const mocha = new Mocha({ reporter: MessageReporter, timeout, bail, forbidOnly, ...(grep ? { grep } : {}) });
  mocha.rootHooks(await rootHooks());
  for (const file of files) await load(mocha, file);
  // The files are loaded already.
  mocha.lazyLoadFiles(true);
  await new Promise((resolve) => mocha.run(resolve));
}

/** Does what mocha does to load a file; but one that cannot be loaded is a failure, and the others still run. */
async function load(mocha, source) {
  const file = join(root, 'dist', source.replace(/\.ts$/, '.js'));
  tell({ type: 'load', file: source });
  mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, file, mocha);
  try {
    const loaded = await import(pathToFileURL(file).href);
    mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_REQUIRE, loaded, file, mocha);
    mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_POST_REQUIRE, globalThis, file, mocha);
  } catch (error) {
    tell({ type: 'fail', file: source, title: ['loading the file'], text: textOf(error) });
  }
}

// Mocha takes it from there: the test that is running fails.
process.on('unhandledRejection', (reason) => {
  throw reason;
});
process.once('disconnect', () => process.exit(1));
process.once('message', (job) => {
  run(job).then(
    () => tell({ type: 'done' }, () => process.exit(0)),
    (error) => tell({ type: 'broken', text: textOf(error) }, () => process.exit(1)),
  );
});
