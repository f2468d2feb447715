import { inject, injectable } from 'tsyringe';
import { type Soon, whenThere } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { IdentityDataEntity } from './identity-data.entity.js';

/** Rows of identity data. */
@injectable()
export class IdentityDataRepository {
  constructor(@inject(DatabaseToken) private readonly database: Database) {}

  read(orgId: string, userId: string, names: readonly string[]): Soon<Record<string, string>> {
    // Each sign-in and each refresh asks, so by plain SQL, and for most users there is nothing: one row tells.
    const reading = this.database.sql.one<Record<string, string | null>>(
      `SELECT ${names.map((_, index) => `MAX(CASE WHEN name = ? THEN data_value END) AS v${index}`).join(', ')}` +
        ' FROM identity_data WHERE org_id = ? AND user_id = ?',
      [...names, orgId, userId],
    );
    return whenThere(reading, (row) => {
      const found = names.map((name, index) => [name, row?.[`v${index}`]] as const);
      return Object.fromEntries(found.filter((pair): pair is readonly [string, string] => typeof pair[1] === 'string'));
    });
  }

  /** Writes values; undefined deletes one. */
  async write(orgId: string, userId: string, changes: Readonly<Record<string, string | undefined>>): Promise<void> {
    await this.database.run(async () => {
      for (const [name, value] of Object.entries(changes)) {
        if (value === undefined) await this.database.manager.delete(IdentityDataEntity, { orgId, userId, name });
        else await this.database.manager.save(IdentityDataEntity, { orgId, userId, name, value });
      }
    });
  }

  /** Writes a value unless there is one; returns whether it was written. Of concurrent callers one succeeds. */
  async add(orgId: string, userId: string, name: string, value: string): Promise<boolean> {
    return this.database.run(async () => {
      const row = { orgId, userId, name, value };
      await this.database.manager
        .createQueryBuilder()
        .insert()
        .into(IdentityDataEntity)
        .values(row)
        .orIgnore()
        .updateEntity(false)
        .execute();
      return (await this.read(orgId, userId, [name]))[name] === value;
    });
  }

  async deleteAll(orgId: string, userId: string): Promise<void> {
    await this.database.run(() => this.database.manager.delete(IdentityDataEntity, { orgId, userId }));
  }
}
