import { type SqlExecutor, type SqlText, sql } from '#core/persistence';
import { insertIgnoring, NAMED, type StoreDatabase } from '../store-database.js';

/** Users between two marks at most; then a mark comes between them. */
const MOST_USERS = 2000;

/**
 * Counts all users anew. A mark for each thousand users in the order of their names; the first mark of a store is the
 * empty name.
 */
export const COUNT_BY_MARKS =
  'INSERT INTO um_user_mark (org_id, domain, from_key, users)' +
  " SELECT org_id, domain, CASE WHEN piece = 0 THEN '' ELSE MIN(username_key) END, COUNT(*)" +
  ' FROM (SELECT org_id, domain, username_key, place - (place % 1000) AS piece' +
  ' FROM (SELECT org_id, domain, username_key,' +
  ' ROW_NUMBER() OVER (PARTITION BY org_id, domain ORDER BY username_key) - 1 AS place FROM um_user) placed) pieces' +
  ' GROUP BY org_id, domain, piece';

/** Where in the order of names a page begins: at this name, and then so many further on. */
export interface Place {
  readonly from: string;
  readonly skip: number;
}

/**
 * Marks in the order of user names, each with the number of users up to the next one, changed in the unit of work that
 * makes or removes a user. So the number of all users, and the place where a page begins, cost a look at the marks (one
 * for each thousand users) and never a walk over the users themselves. Writers hold the mark that they change, and each
 * other only when their names are neighbours.
 */
export class NameMarks {
  constructor(
    private readonly database: StoreDatabase,
    private readonly domain: string,
    /** Users between two marks at most. */
    private readonly most = MOST_USERS,
  ) {}

  /** How many users there are. */
  async total(orgId: string): Promise<number> {
    const row = await this.#one<{ total: string | number }>(
      sql`SELECT COALESCE(SUM(users), 0) AS total FROM um_user_mark WHERE org_id = ${orgId} AND domain = ${this.domain}`,
    );
    return Number(row?.total ?? 0);
  }

  /** Whether the users of an organization are all in this store. */
  async isAlone(orgId: string): Promise<boolean> {
    const { domain } = this;
    const other = await this.#one(
      sql`SELECT 1 AS one FROM um_user_mark WHERE org_id = ${orgId} AND (domain < ${domain} OR domain > ${domain}) LIMIT 1`,
    );
    return other === undefined;
  }

  /** How many users come before a name. */
  async before(orgId: string, key: string): Promise<number> {
    const { domain } = this;
    const from = await this.#markOf(orgId, key);
    if (from === undefined) return 0;
    const row = await this.#one<{ marked: string | number; rest: string | number }>(
      sql`SELECT (SELECT COALESCE(SUM(users), 0) FROM um_user_mark WHERE org_id = ${orgId} AND domain = ${domain}
        AND from_key < ${from}) AS marked, (SELECT COUNT(*) FROM um_user WHERE org_id = ${orgId} AND domain = ${domain}
        AND username_key >= ${from} AND username_key < ${key}) AS rest`,
    );
    return Number(row?.marked ?? 0) + Number(row?.rest ?? 0);
  }

  /** Where the user is that so many come before. */
  async place(orgId: string, offset: number): Promise<Place> {
    const row = await this.#one<{ from_key: string; passed: string | number }>(
      sql`SELECT from_key, passed FROM (SELECT from_key, SUM(users) OVER (ORDER BY from_key) - users AS passed
        FROM um_user_mark WHERE org_id = ${orgId} AND domain = ${this.domain}) marks
        WHERE passed <= ${offset} ORDER BY from_key DESC LIMIT 1`,
    );
    return { from: row?.from_key ?? '', skip: offset - Number(row?.passed ?? 0) };
  }

  /** Counts a user that has just been made. Within a unit of work. */
  async added(orgId: string, key: string): Promise<void> {
    const from = await this.#held(orgId, key);
    await this.#run(sql`UPDATE um_user_mark SET users = users + 1 WHERE ${this.#mark(orgId, from)}`);
    const users = await this.#users(orgId, from);
    if (users > this.most) await this.#split(orgId, from, users);
  }

  /** Counts a user no more. Within a unit of work, before the user is removed. */
  async removed(orgId: string, key: string): Promise<void> {
    const from = await this.#held(orgId, key);
    await this.#run(sql`UPDATE um_user_mark SET users = users - 1 WHERE ${this.#mark(orgId, from)}`);
    if (from !== '' && (await this.#users(orgId, from)) === 0)
      await this.#run(sql`DELETE FROM um_user_mark WHERE ${this.#mark(orgId, from)}`);
  }

  /**
   * The mark of a name, held until the unit of work ends. Who had to wait for it looks again, for meanwhile a mark may
   * have come between it and the name, or the mark may be gone.
   */
  async #held(orgId: string, key: string): Promise<string> {
    let held: string | undefined;
    for (;;) {
      const from = await this.#markOf(orgId, key, this.database.dialect === 'sqlite' ? sql`` : sql`FOR UPDATE`);
      if (from !== undefined && (from === held || this.database.dialect === 'sqlite')) return from;
      held = from;
      if (from !== undefined) continue;
      const first = sql`um_user_mark (org_id, domain, from_key, users) VALUES (${orgId}, ${this.domain}, '', 0)`;
      await this.#run(insertIgnoring(this.database.dialect, first));
    }
  }

  async #markOf(orgId: string, key: string, lock = sql``): Promise<string | undefined> {
    const row = await this.#one<{ from_key: string }>(
      sql`SELECT from_key FROM um_user_mark WHERE org_id = ${orgId} AND domain = ${this.domain}
        AND from_key <= ${key} ORDER BY from_key DESC LIMIT 1 ${lock}`,
    );
    return row?.from_key;
  }

  /** Puts a mark in the middle. Nobody else is between the two: they would have to hold the mark. */
  async #split(orgId: string, from: string, users: number): Promise<void> {
    const half = users >> 1;
    const middle = await this.#one<{ username_key: string }>(
      sql`SELECT username_key FROM um_user WHERE ${NAMED(orgId, this.domain)} AND username_key >= ${from}
        ORDER BY username_key LIMIT 1 OFFSET ${half}`,
    );
    if (!middle || middle.username_key === from) return;
    await this.#run(sql`UPDATE um_user_mark SET users = ${half} WHERE ${this.#mark(orgId, from)}`);
    await this.#run(
      sql`INSERT INTO um_user_mark (org_id, domain, from_key, users)
        VALUES (${orgId}, ${this.domain}, ${middle.username_key}, ${users - half})`,
    );
  }

  async #users(orgId: string, from: string): Promise<number> {
    const row = await this.#one<{ users: number }>(
      sql`SELECT users FROM um_user_mark WHERE ${this.#mark(orgId, from)}`,
    );
    return row?.users ?? 0;
  }

  #mark(orgId: string, from: string): SqlText {
    return sql`org_id = ${orgId} AND domain = ${this.domain} AND from_key = ${from}`;
  }

  get #sql(): SqlExecutor {
    return this.database.sql;
  }

  async #one<T>({ text, values }: SqlText): Promise<T | undefined> {
    return this.#sql.one<T>(text, values);
  }

  async #run({ text, values }: SqlText): Promise<number> {
    return this.#sql.run(text, values);
  }
}
