import { type Database, joinedSql, type SqlText, sql } from '#core/persistence';

/** Users that are made by SQL, a million in seconds. */
export interface Population {
  readonly orgId: string;
  readonly users: number;
  /** A group with a hundredth of the users, and an empty one. */
  readonly groups: { readonly some: string; readonly none: string };
}

/** Name of the user of a number. */
export const nameOf = (index: number): string => `user${10_000_000 + index}`;
/** Address of the user of a number. */
export const mailOf = (index: number): string => `${nameOf(index)}@example.com`;

/**
 * Makes users in the server's own database: names in order, random ids, three attributes each (an address of its own, one
 * of a thousand given names, one of two countries), identity data for one in a hundred. It fills the columns as the store
 * does; the marks have to be counted anew afterwards.
 */
export async function fillUsers(database: Database, { orgId, users, groups }: Population): Promise<void> {
  const run = ({ text, values }: SqlText) => database.sql.run(text, values);
  const id = {
    sqlite: sql`LOWER(HEX(RANDOMBLOB(16)))`,
    mysql: sql`UUID()`,
    postgres: sql`CAST(GEN_RANDOM_UUID() AS TEXT)`,
  }[database.dialect];
  const mine = sql`FROM um_user u WHERE u.org_id = ${orgId} AND u.domain = 'PRIMARY' AND u.username LIKE 'user1%'`;
  const attribute = (name: string, value: SqlText) =>
    run(sql`INSERT INTO um_user_attribute (user_id, name, position, org_id, attribute_value, value_key)
      SELECT u.id, ${text(database, name)}, 0, u.org_id, ${value}, ${value} ${mine} ORDER BY u.id`);
  const index = (column: SqlText) => sql`ix_um_user_attribute_${column}`;
  const columns = [
    { name: sql`value`, key: sql`value_key` },
    { name: sql`order`, key: sql`order_key` },
  ];
  const number = sql`(u.created_at / 1000)`;
  await database.run(async () => {
    await run(sql`INSERT INTO um_user (id, org_id, domain, username, username_key, created_at, modified_at)
      SELECT ${id}, ${text(database, orgId)}, 'PRIMARY', CONCAT('user', 10000000 + n), CONCAT('user', 10000000 + n), n * 1000, n * 1000
      FROM ${numbers(users)} numbers WHERE n < ${users}`);
    // An index is made much more quickly of rows that are there than row by row.
    const on = database.dialect === 'mysql' ? sql` ON um_user_attribute` : sql``;
    for (const { name } of columns) await run(sql`DROP INDEX ${index(name)}${on}`);
    await attribute('mail', sql`CONCAT(u.username, '@example.com')`);
    await attribute('givenName', sql`CONCAT('name', u.created_at / 1000 % 1000)`);
    await attribute('country', sql`CASE WHEN u.created_at / 1000 % 2 = 0 THEN 'de' ELSE 'fr' END`);
    for (const { name, key } of columns)
      await run(sql`CREATE INDEX ${index(name)} ON um_user_attribute (org_id, name, ${key}, user_id)`);
    await run(sql`INSERT INTO identity_data (org_id, user_id, name, position, data_value, value_key)
      SELECT u.org_id, u.id, 'accountLocked', 0, 'true', 'true' ${mine} AND ${number} % 100 = 3`);
    for (const [name, group] of Object.entries(groups))
      await run(sql`INSERT INTO um_group (id, org_id, domain, name, name_key, created_at, modified_at)
        VALUES (${group}, ${orgId}, 'PRIMARY', ${name}, ${name}, 0, 0)`);
    await run(sql`INSERT INTO um_group_member (group_id, user_id, org_id, member_key)
      SELECT ${text(database, groups.some)}, u.id, u.org_id, u.username_key ${mine} AND ${number} % 100 = 7`);
  });
}

/** A text in the list of a SELECT, where PostgreSQL does not guess the type of a parameter. */
const text = ({ dialect }: Database, value: string) =>
  dialect === 'mysql' ? sql`${value}` : sql`CAST(${value} AS TEXT)`;

/** Numbers from 0 on, at least so many: the digits of them joined. */
function numbers(count: number): SqlText {
  const places = Math.max(1, Math.ceil(Math.log10(count)));
  const digits = sql`(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5
    UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)`;
  let all = sql`(SELECT d AS n FROM ${digits} first_digits)`;
  for (let place = 1; place < places; place++)
    all = sql`(SELECT higher.n * 10 + lower_digits.d AS n FROM ${all} higher CROSS JOIN ${digits} lower_digits)`;
  return joinedSql([all], ', ');
}
