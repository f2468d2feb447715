import { ApiError } from '#core/http';
import { isDuplicate, type SqlText, sql, sqlList } from '#core/persistence';
import { folded, type GroupsCapability, type StoredGroup } from '#core/users';
import type { StoreContext } from './store-context.js';
import { execute, insertIgnoring } from './store-database.js';
import { isText } from './value-rules.js';

/** Members of one statement. */
const PIECE = 500;

/** Changes groups of the SQL user store. */
export class SqlGroupWriter implements NonNullable<GroupsCapability['writer']> {
  constructor(private readonly context: StoreContext) {}

  async create(orgId: string, { id, name }: StoredGroup): Promise<StoredGroup> {
    this.context.rules.checkGroupName(name);
    const { domain, parts } = this.context;
    const now = parts.clock.now();
    await this.#unlessTaken(
      name,
      sql`INSERT INTO um_group (id, org_id, domain, name, name_key, created_at, modified_at)
        VALUES (${id}, ${orgId}, ${domain}, ${name}, ${folded(name)}, ${now}, ${now})`,
    );
    return { id, name };
  }

  async rename(orgId: string, groupId: string, name: string): Promise<void> {
    this.context.rules.checkGroupName(name);
    const { parts } = this.context;
    await this.#unlessTaken(
      name,
      sql`UPDATE um_group SET name = ${name}, name_key = ${folded(name)}, modified_at = ${parts.clock.now()}
        WHERE ${this.#group(orgId, groupId)}`,
    );
  }

  async delete(orgId: string, groupId: string): Promise<boolean> {
    const { database } = this.context;
    return database.run(async () => {
      const gone = await execute(database, sql`DELETE FROM um_group WHERE ${this.#group(orgId, groupId)}`);
      if (gone > 0) await execute(database, sql`DELETE FROM um_group_member WHERE group_id = ${groupId}`);
      return gone > 0;
    });
  }

  async addMembers(orgId: string, groupId: string, userIds: readonly string[]): Promise<void> {
    const { database, domain } = this.context;
    await this.#inPieces(orgId, groupId, userIds, (ids) =>
      insertIgnoring(
        database.dialect,
        sql`um_group_member (group_id, user_id, org_id, member_key)
          SELECT g.id, u.id, u.org_id, u.username_key FROM um_group g JOIN um_user u
          ON u.org_id = g.org_id AND u.domain = g.domain
          WHERE g.id = ${groupId} AND g.org_id = ${orgId} AND g.domain = ${domain} AND u.id IN ${sqlList(ids)}`,
      ),
    );
  }

  async removeMembers(orgId: string, groupId: string, userIds: readonly string[]): Promise<void> {
    await this.#inPieces(
      orgId,
      groupId,
      userIds,
      (ids) =>
        sql`DELETE FROM um_group_member WHERE group_id = ${groupId} AND org_id = ${orgId} AND user_id IN ${sqlList(ids)}`,
    );
  }

  async #inPieces(
    orgId: string,
    groupId: string,
    userIds: readonly string[],
    statement: (ids: readonly string[]) => SqlText,
  ): Promise<void> {
    const { database, parts } = this.context;
    const ids = [...new Set(userIds)].filter(isText);
    await database.run(async () => {
      let changed = 0;
      for (let first = 0; first < ids.length; first += PIECE)
        changed += await execute(database, statement(ids.slice(first, first + PIECE)));
      if (changed > 0)
        await execute(
          database,
          sql`UPDATE um_group SET modified_at = ${parts.clock.now()} WHERE ${this.#group(orgId, groupId)}`,
        );
    });
  }

  #group(orgId: string, groupId: string): SqlText {
    return sql`id = ${groupId} AND org_id = ${orgId} AND domain = ${this.context.domain}`;
  }

  async #unlessTaken(name: string, statement: SqlText): Promise<void> {
    const { database } = this.context;
    await database.run(() =>
      execute(database, statement).catch((error: unknown) => {
        if (!isDuplicate(error)) throw error;
        throw new ApiError('SUO-60009', 409, 'The group exists.', `There is a group with the name ${name}.`, {
          cause: error,
        });
      }),
    );
  }
}
