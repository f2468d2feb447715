import { whenThere } from '#core/kernel';
import { sql } from '#core/persistence';
import type { UserStore } from '#core/users';
import type { SqlUserStoreConfig } from './config.js';
import { NameMarks } from './search/name-marks.js';
import { SqlUserSearch } from './search/sql-user-search.js';
import { SqlAttributes } from './sql-attributes.js';
import { SqlGroups } from './sql-groups.js';
import { SqlPasswords } from './sql-passwords.js';
import { SqlUserWriter } from './sql-user-writer.js';
import { type SqlStoreParts, StoreContext, type UserRow } from './store-context.js';
import { rowOf } from './store-database.js';

const stored = (row: UserRow | undefined) => row && { id: row.id, username: row.username };

/** Where a store lies. */
export interface StorePlace {
  readonly domain: string;
  /** Whether in the server's own database. */
  readonly isOwn: boolean;
  /** Lets go of a database that belongs to the store. */
  readonly close: () => Promise<void>;
}

/** Users in tables of ours: in the server's own database, or in another one. */
export function sqlUserStore(place: StorePlace, config: SqlUserStoreConfig, parts: SqlStoreParts) {
  const { domain, isOwn, close } = place;
  const context = new StoreContext(domain, config, parts);
  const { database } = parts;
  const marks = new NameMarks(database, domain);
  const scopeOf = (orgId: string) => ({
    dialect: database.dialect,
    orgId,
    domain,
    keyOf: (username: string) => context.keyOf(username),
    identityData: isOwn,
  });
  const { max_user_name_list_length: most } = config;
  const search = new SqlUserSearch(database, marks, scopeOf, most > 0 ? most : Number.MAX_SAFE_INTEGER);
  const [attributes, passwords] = [new SqlAttributes(context), new SqlPasswords(context)];
  const writer = new SqlUserWriter(context, marks, attributes, passwords);
  const isWritable = !config.read_only;
  return {
    domain,
    inUnit: isOwn,
    forScim: config.scim_enabled,
    lookup: {
      byId: (orgId, id) => whenThere(context.byId(orgId, id), stored),
      byUsername: async (orgId, username) => stored(await context.byName(orgId, username)),
    },
    attributes: {
      read: attributes.read.bind(attributes),
      ...(isWritable ? { write: attributes.write.bind(attributes) } : {}),
    },
    credentials: {
      verify: passwords.verify.bind(passwords),
      ...(isWritable ? { set: passwords.set.bind(passwords) } : {}),
    },
    search: { identityData: isOwn, users: search.users.bind(search) },
    ...(isWritable ? { writer } : {}),
    ...(config.read_groups ? { groups: new SqlGroups(context) } : {}),
    ping: async () => void (await rowOf(database, sql`SELECT 1 AS one`)),
    close,
  } satisfies UserStore;
}

/** A store in the server's own database. */
export function ownSqlUserStore(domain: string, config: SqlUserStoreConfig, parts: SqlStoreParts) {
  // The database belongs to the server, not to the store.
  return sqlUserStore({ domain, isOwn: true, close: async () => undefined }, config, parts);
}
