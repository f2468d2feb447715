import type { PasswordHashing } from '#core/crypto';
import type { Clock, Soon } from '#core/kernel';
import { type SqlText, sql } from '#core/persistence';
import { folded, type StoredUser } from '#core/users';
import type { SqlUserStoreConfig } from './config.js';
import { rowOf, type StoreDatabase } from './store-database.js';
import { isText, ValueRules } from './value-rules.js';

/** What the store works with. */
export interface SqlStoreParts {
  readonly database: StoreDatabase;
  readonly hashing: PasswordHashing;
  readonly clock: Clock;
}

/** What the look-ups of each sign-in read. */
export interface UserRow extends StoredUser {
  readonly password_hash: string | null;
}

/** What the parts of one store have in common. */
export class StoreContext {
  readonly rules: ValueRules;

  constructor(
    readonly domain: string,
    readonly config: SqlUserStoreConfig,
    readonly parts: SqlStoreParts,
  ) {
    this.rules = new ValueRules(config);
  }

  get database(): StoreDatabase {
    return this.parts.database;
  }

  /** What a user name is compared by. */
  keyOf(username: string): string {
    return this.config.case_insensitive_username ? folded(username) : username.normalize('NFC');
  }

  /** A user by name. */
  byName(orgId: string, username: string): Soon<UserRow | undefined> {
    return this.#find(sql`username_key`, orgId, this.keyOf(username));
  }

  /** A user by id. */
  byId(orgId: string, id: string): Soon<UserRow | undefined> {
    return this.#find(sql`id`, orgId, id);
  }

  #find(column: SqlText, orgId: string, value: string): Soon<UserRow | undefined> {
    // No user has such a name, and PostgreSQL refuses even to be asked.
    if (!isText(value)) return undefined;
    return rowOf<UserRow>(
      this.database,
      sql`SELECT id, username, password_hash FROM um_user WHERE org_id = ${orgId} AND domain = ${this.domain} AND ${column} = ${value}`,
    );
  }
}
