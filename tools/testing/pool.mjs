import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const child = fileURLToPath(new URL('./child.mjs', import.meta.url));
/** No message for so long means that a test process hangs: a single test has a far shorter limit. */
const silenceLimit = 10 * 60_000;

/** The test processes of one run. */
export class TestPool {
  #running = new Set();

  /** Runs each group of files in a process of its own; `report` gets every message. */
  async run(groups, job, environment, report) {
    await Promise.all(groups.map((files) => this.#runGroup({ ...job, files }, environment, report)));
  }

  /** Ends the test processes at once. */
  kill() {
    for (const process of this.#running) process.kill('SIGKILL');
  }

  #runGroup(job, environment, report) {
    const runner = fork(child, { env: { ...process.env, ...environment }, execArgv: ['--enable-source-maps'] });
    this.#running.add(runner);
    let current = job.files[0];
    let over = false;
    let timer;
    const rearm = () => {
      clearTimeout(timer);
      timer = setTimeout(() => runner.kill('SIGKILL'), Math.max(silenceLimit, job.timeout * 2));
    };
    runner.on('message', (message) => {
      rearm();
      current = message.file ?? current;
      over ||= message.type === 'done' || message.type === 'broken';
      report(message.type === 'broken' ? brokenFile(current, message.text) : message);
    });
    rearm();
    runner.send(job);
    return new Promise((resolve) => {
      runner
        .once('error', () => undefined)
        .once('close', (code, signal) => {
          clearTimeout(timer);
          this.#running.delete(runner);
          if (!over) report(brokenFile(current, `The test process ended early (${signal ?? `exit code ${code}`}).`));
          resolve();
        });
    });
  }
}

function brokenFile(file, text) {
  return { type: 'fail', file, title: [`the test process, at ${file}`], text };
}
