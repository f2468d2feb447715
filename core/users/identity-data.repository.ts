import { inject, injectable } from 'tsyringe';
import { MoreThanOrEqual } from 'typeorm';
import { type Soon, whenThere } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { IdentityDataEntity } from './identity-data.entity.js';
import { folded, valueKeys } from './stores/value-keys.js';

/** Values of one name: one, several, or undefined (like none at all) to delete. */
export type IdentityValue = string | readonly string[] | undefined;

const KEY = ['orgId', 'userId', 'name', 'position'];

/** Rows of identity data. */
@injectable()
export class IdentityDataRepository {
  constructor(@inject(DatabaseToken) private readonly database: Database) {}

  /** The first value of each name; what is not there is absent. */
  read(orgId: string, userId: string, names: readonly string[]): Soon<Record<string, string>> {
    // Each sign-in and each refresh asks, so by plain SQL, and for most users there is nothing: one row tells.
    const reading = this.database.sql.one<Record<string, string | null>>(
      `SELECT ${names.map((_, index) => `MAX(CASE WHEN name = ? THEN data_value END) AS v${index}`).join(', ')}` +
        ' FROM identity_data WHERE org_id = ? AND user_id = ? AND position = 0',
      [...names, orgId, userId],
    );
    return whenThere(reading, (row) => {
      const found = names.map((name, index) => [name, row?.[`v${index}`]] as const);
      return Object.fromEntries(found.filter((pair): pair is readonly [string, string] => typeof pair[1] === 'string'));
    });
  }

  /** All values of the names for users of an organization, by id of the user; who has none is absent. */
  async readAll(
    orgId: string,
    userIds: readonly string[],
    names: readonly string[],
  ): Promise<ReadonlyMap<string, Readonly<Record<string, readonly string[]>>>> {
    const found = new Map<string, Record<string, string[]>>();
    if (userIds.length === 0 || names.length === 0) return found;
    const marks = (list: readonly string[]) => list.map(() => '?').join(', ');
    // SQLite has no statistics, and would go through everybody who has something of a name: the sign keeps it from that.
    const column = this.database.dialect === 'sqlite' ? '+name' : 'name';
    const rows = await this.database.sql.all<{ user_id: string; name: string; data_value: string }>(
      `SELECT user_id, name, data_value FROM identity_data WHERE org_id = ? AND user_id IN (${marks(userIds)})` +
        ` AND ${column} IN (${marks(names)}) ORDER BY user_id, name, position`,
      [orgId, ...userIds, ...names],
    );
    for (const { user_id, name, data_value } of rows) {
      const values = found.get(user_id) ?? {};
      found.set(user_id, values);
      values[name] = [...(values[name] ?? []), data_value];
    }
    return found;
  }

  /** Ids of users of an organization who have a value of a name, compared {@link folded}. */
  async usersWith(orgId: string, name: string, value: string): Promise<string[]> {
    const wanted = folded(value);
    const rows = await this.database.sql.all<{ user_id: string; data_value: string }>(
      'SELECT user_id, data_value FROM identity_data WHERE org_id = ? AND name = ? AND value_key = ?',
      [orgId, name, valueKeys(value).valueKey],
    );
    const fitting = rows.filter(({ data_value }) => folded(data_value) === wanted);
    return [...new Set(fitting.map(({ user_id }) => user_id))];
  }

  /**
   * Users of an organization who have a time, in milliseconds since the epoch, within bounds; the earliest first.
   *
   * @param to exclusive
   */
  async withTime(orgId: string, name: string, from: number, to: number): Promise<readonly string[]> {
    // Times of this age have 13 digits, so they are in the order of their texts.
    const bound = (time: number) => String(Math.max(0, Math.min(time, 9_999_999_999_999))).padStart(13, '0');
    const rows = await this.database.sql.all<{ user_id: string }>(
      'SELECT user_id FROM identity_data WHERE org_id = ? AND name = ? AND value_key >= ? AND value_key < ?' +
        ' AND position = 0 ORDER BY value_key, user_id',
      [orgId, name, bound(from), bound(to)],
    );
    return rows.map(({ user_id }) => user_id);
  }

  /**
   * Replaces values. Of several writers at once one has the last word, on all values of a name: the first value is written
   * first, which lets the others wait, and what is left over goes afterwards, when all that they wrote can be seen.
   */
  async write(orgId: string, userId: string, changes: Readonly<Record<string, IdentityValue>>): Promise<void> {
    const names = Object.keys(changes);
    if (names.length === 0) return;
    await this.database.run(async () => {
      for (const name of names) {
        const rows = valuesOf(changes[name]).map((value, position) => rowOf(orgId, userId, name, value, position));
        if (rows.length > 0) await this.database.manager.upsert(IdentityDataEntity, rows, KEY);
        const position = MoreThanOrEqual(rows.length);
        await this.database.manager.delete(IdentityDataEntity, { orgId, userId, name, position });
      }
    });
  }

  /** Writes a value unless there is one; returns whether it was written. Of concurrent callers one succeeds. */
  async add(orgId: string, userId: string, name: string, value: string): Promise<boolean> {
    return this.database.run(async () => {
      await this.database.manager
        .createQueryBuilder()
        .insert()
        .into(IdentityDataEntity)
        .values(rowOf(orgId, userId, name, value, 0))
        .orIgnore()
        .updateEntity(false)
        .execute();
      return (await this.read(orgId, userId, [name]))[name] === value;
    });
  }

  /** Deletes a value if it is still there; returns whether it was. Of concurrent callers one succeeds. */
  async take(orgId: string, userId: string, name: string, value: string): Promise<boolean> {
    const { affected } = await this.database.run(() =>
      this.database.manager.delete(IdentityDataEntity, { orgId, userId, name, value }),
    );
    return (affected ?? 0) > 0;
  }

  async deleteAll(orgId: string, userId: string): Promise<void> {
    await this.database.run(() => this.database.manager.delete(IdentityDataEntity, { orgId, userId }));
  }
}

function valuesOf(value: IdentityValue): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

function rowOf(orgId: string, userId: string, name: string, value: string, position: number): IdentityDataEntity {
  return { orgId, userId, name, position, value, ...valueKeys(value) };
}
