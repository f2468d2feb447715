import { migratedDatabases } from './migrated-databases.js';
import { usualDatabase } from './services.js';

/** What the runner does around all tests of a process. */
export const mochaHooks = {
  /** The first test is not to wait for it. */
  async beforeAll(this: Mocha.Context): Promise<void> {
    const kind = usualDatabase();
    this.timeout(120_000);
    if (kind !== 'sqlite') await migratedDatabases.prepare(kind);
  },
  afterAll: (): Promise<void> => migratedDatabases.forget(),
};
