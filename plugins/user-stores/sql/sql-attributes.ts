import { ApiError } from '#core/http';
import { joinedSql, sql } from '#core/persistence';
import { type StoreAttributes, valueKeys } from '#core/users';
import { readAttributes } from './search/sql-user-search.js';
import type { StoreContext } from './store-context.js';
import { execute, rowOf } from './store-database.js';
import { isText } from './value-rules.js';

/** Rows that one statement inserts: SQLite takes 32,766 parameters. */
const PIECE = 500;

/** Attributes of the users of the SQL store. */
export class SqlAttributes {
  constructor(private readonly context: StoreContext) {}

  async read(orgId: string, userId: string, names: readonly string[]): Promise<StoreAttributes> {
    if (names.length === 0) return {};
    const { database } = this.context;
    const user = names.some((name) => name === 'createdDate' || name === 'lastModifiedDate')
      ? await this.#times(orgId, userId)
      : { id: userId, created_at: 0, modified_at: 0 };
    // Without the row of a user there are no times, but attributes are only read of users that are there.
    return user ? ((await readAttributes(database, orgId, [user], names)).get(userId) ?? {}) : {};
  }

  async write(orgId: string, userId: string, changes: StoreAttributes): Promise<void> {
    const { database, domain, parts } = this.context;
    await database.run(async () => {
      const touched = await execute(
        database,
        sql`UPDATE um_user SET modified_at = ${parts.clock.now()}
          WHERE id = ${userId} AND org_id = ${orgId} AND domain = ${domain}`,
      );
      // MariaDB answers 0 as well when nothing has changed by it, so the row decides.
      if (touched === 0 && !(await this.context.byId(orgId, userId))) return;
      await this.insert(orgId, userId, changes, true);
    });
  }

  /** Within a unit of work: writes values; of a user that is new there are none to replace. */
  async insert(orgId: string, userId: string, changes: StoreAttributes, replacing: boolean): Promise<void> {
    const { database } = this.context;
    for (const [name, values] of Object.entries(changes)) {
      if (!values.every(isText)) throw badValue(name);
      if (replacing)
        await execute(
          database,
          sql`DELETE FROM um_user_attribute WHERE user_id = ${userId} AND name = ${name} AND org_id = ${orgId}`,
        );
    }
    const rows = Object.entries(changes).flatMap(([name, values]) =>
      values.map((value, position) => {
        const { valueKey, valueFold, orderKey } = valueKeys(value);
        return sql`(${userId}, ${name}, ${position}, ${orgId}, ${value}, ${valueKey}, ${valueFold}, ${orderKey})`;
      }),
    );
    for (let first = 0; first < rows.length; first += PIECE)
      await execute(
        database,
        sql`INSERT INTO um_user_attribute
          (user_id, name, position, org_id, attribute_value, value_key, value_fold, order_key)
          VALUES ${joinedSql(rows.slice(first, first + PIECE), ', ')}`,
      );
  }

  #times(orgId: string, id: string) {
    const { database, domain } = this.context;
    return rowOf<{ id: string; created_at: number | string; modified_at: number | string }>(
      database,
      sql`SELECT id, created_at, modified_at FROM um_user WHERE org_id = ${orgId} AND domain = ${domain} AND id = ${id}`,
    );
  }
}

const badValue = (name: string) =>
  new ApiError('SUO-60007', 400, 'The value is not allowed.', `A value of ${name} holds characters that are no text.`);
