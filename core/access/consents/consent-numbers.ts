import { inject, injectable } from 'tsyringe';
import { type Database, DatabaseToken, isDuplicate } from '#core/persistence';
import { ConsentCounterEntity } from './consent.entities.js';

const TRIES = 5;

/** What was written meanwhile is in the way: the unit is run again. */
class TryAgain extends Error {}

/** Whole numbers, by which version 1 of the API knows things. A number is never given twice. */
@injectable()
export class ConsentNumbers {
  constructor(@inject(DatabaseToken) private readonly database: Database) {}

  /** The next number of a kind; within a unit of work made by {@link run}. */
  async next(orgId: string, kind: ConsentCounterEntity['kind']): Promise<number> {
    const { manager } = this.database;
    const { affected } = await manager.increment(ConsentCounterEntity, { orgId, kind }, 'last', 1);
    if (affected === 0) {
      try {
        await manager.insert(ConsentCounterEntity, { orgId, kind, last: 1 });
      } catch (error) {
        throw isDuplicate(error) ? new TryAgain('the first number was given elsewhere', { cause: error }) : error;
      }
      return 1;
    }
    return (await manager.findOneByOrFail(ConsentCounterEntity, { orgId, kind })).last;
  }

  /** Runs a unit of work that takes numbers; once more when the first number of all was taken elsewhere meanwhile. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.database.run(work);
      } catch (error) {
        if (!(error instanceof TryAgain) || tries >= TRIES) throw error;
      }
    }
  }
}
