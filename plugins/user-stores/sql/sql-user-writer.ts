import { ApiError } from '#core/http';
import { isDuplicate, sql } from '#core/persistence';
import { PRIMARY, type StoredUser, type UserWriterCapability } from '#core/users';
import type { NameMarks } from './search/name-marks.js';
import type { SqlAttributes } from './sql-attributes.js';
import type { SqlPasswords } from './sql-passwords.js';
import type { StoreContext } from './store-context.js';
import { execute, rowOf } from './store-database.js';

/** Makes and removes users of the SQL store. */
export class SqlUserWriter implements UserWriterCapability {
  constructor(
    private readonly context: StoreContext,
    private readonly marks: NameMarks,
    private readonly attributes: SqlAttributes,
    private readonly passwords: SqlPasswords,
  ) {}

  async create(orgId: string, user: Parameters<UserWriterCapability['create']>[1]): Promise<StoredUser> {
    const { context, marks, passwords } = this;
    const { username, password, attributes, id } = user;
    context.rules.checkUsername(username);
    if (password !== undefined) context.rules.checkPassword(password);
    const hash = password === undefined ? null : await passwords.hash(password);
    const now = context.parts.clock.now();
    const key = context.keyOf(username);
    const taken = (cause?: unknown) =>
      new ApiError('SUO-60006', 409, 'The user exists.', `There is a user with the name ${username}.`, { cause });
    return context.database.run(async () => {
      if (await this.#isTaken(orgId, key)) throw taken();
      const inserted = execute(
        context.database,
        sql`INSERT INTO um_user (id, org_id, domain, username, username_key, password_hash, created_at, modified_at)
          VALUES (${id}, ${orgId}, ${context.domain}, ${username}, ${key}, ${hash}, ${now}, ${now})`,
      );
      await inserted.catch((error: unknown) => {
        // Somebody else was faster.
        throw isDuplicate(error) ? taken(error) : error;
      });
      await marks.added(orgId, key);
      await this.attributes.insert(orgId, id, attributes, false);
      return { id, username };
    });
  }

  async delete(orgId: string, userId: string): Promise<boolean> {
    const { database, domain } = this.context;
    return database.run(async () => {
      const user = await rowOf<{ username_key: string }>(
        database,
        sql`SELECT username_key FROM um_user WHERE id = ${userId} AND org_id = ${orgId} AND domain = ${domain}`,
      );
      if (!user) return false;
      const gone = await execute(
        database,
        sql`DELETE FROM um_user WHERE id = ${userId} AND org_id = ${orgId} AND domain = ${domain}`,
      );
      // Of several who remove it at once, the first has counted it.
      if (gone === 0) return false;
      await this.marks.removed(orgId, user.username_key);
      await execute(database, sql`DELETE FROM um_user_attribute WHERE user_id = ${userId} AND org_id = ${orgId}`);
      await execute(database, sql`DELETE FROM um_group_member WHERE user_id = ${userId} AND org_id = ${orgId}`);
      return true;
    });
  }

  async #isTaken(orgId: string, key: string): Promise<boolean> {
    const { database, domain, config } = this.context;
    // Stores of two organizations that have the same domain are two stores: their names are nobody else's business.
    const where =
      config.user_name_unique_across_tenants && domain === PRIMARY
        ? sql`domain = ${domain} AND username_key = ${key}`
        : sql`org_id = ${orgId} AND domain = ${domain} AND username_key = ${key}`;
    return (await rowOf(database, sql`SELECT id FROM um_user WHERE ${where} LIMIT 1`)) !== undefined;
  }
}
