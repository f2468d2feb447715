import type { Soon } from '#core/kernel';
import type { Database } from '../database.js';
import { type SqlExecutor, withSavepoint } from '../sql-executor.js';

interface Job {
  readonly work: (executor: SqlExecutor) => Soon<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** How many jobs share one commit at most. */
const BATCH = 256;

/**
 * On SQLite each commit waits for the disk. Writes that are asked for while one commit is under way share the next:
 * every caller still waits until its own write is durable, but a hundred of them wait for one flush.
 */
export class GroupCommit {
  readonly #waiting: Job[] = [];
  #flushing = false;

  constructor(private readonly database: Database) {}

  /**
   * Runs `work` in a transaction shared with others; settles after the commit. A failure takes back only its own work,
   * so `work` may be run twice and must not have effects outside the database.
   */
  run<T>(work: (executor: SqlExecutor) => Soon<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as Job['resolve'], reject });
      if (this.#flushing) return;
      this.#flushing = true;
      setImmediate(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const jobs = this.#waiting.splice(0, BATCH);
      if (await this.#succeeds(jobs)) continue;
      try {
        const settle = await this.database.runBare((executor) => runEach(executor, jobs));
        for (const done of settle) done();
      } catch (error) {
        // The commit itself failed: nobody's write is durable, and everybody is told.
        for (const job of jobs) job.reject(error);
      }
    }
    this.#flushing = false;
  }

  /** Runs all jobs as one. When any of them fails nothing has happened, and each has to be run apart from the others. */
  async #succeeds(jobs: readonly Job[]): Promise<boolean> {
    try {
      const values = await this.database.runBare(async (executor) => {
        const results: unknown[] = [];
        for (const job of jobs) {
          const working = job.work(executor);
          results.push(working instanceof Promise ? await working : working);
        }
        return results;
      });
      jobs.forEach((job, index) => {
        job.resolve(values[index]);
      });
      return true;
    } catch {
      return false;
    }
  }
}

/** Runs each job so that its failure takes back only its own work. */
async function runEach(executor: SqlExecutor, jobs: readonly Job[]): Promise<(() => void)[]> {
  const settle: (() => void)[] = [];
  for (const job of jobs) {
    try {
      const value = await withSavepoint(executor, () => job.work(executor));
      settle.push(() => job.resolve(value));
    } catch (error) {
      settle.push(() => job.reject(error));
    }
  }
  return settle;
}
