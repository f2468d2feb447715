import { PASSWORD_HASH_METHODS, type PasswordHashMethod } from '#core/crypto';
import { sql } from '#core/persistence';
import type { CredentialOutcome, UserStore } from '#core/users';
import type { StoreContext, UserRow } from './store-context.js';
import { execute } from './store-database.js';

/** What each way to store begins with. */
const BEGINNINGS: Readonly<Record<PasswordHashMethod, string>> = {
  argon2id: '$argon2id$',
  PBKDF2: '$pbkdf2-',
  'SHA-256': '$sha256$',
};
const stored = ({ id, username }: UserRow) => ({ id, username });

/** Passwords of the SQL user store. */
export class SqlPasswords implements NonNullable<UserStore['credentials']> {
  readonly #method: PasswordHashMethod;

  constructor(private readonly context: StoreContext) {
    const { password_hash_method: method } = context.config;
    const known = PASSWORD_HASH_METHODS.find((one) => one === method);
    if (!known) throw new Error(`passwords are not stored by ${method} in tables of ours`);
    this.#method = known;
  }

  async verify(orgId: string, username: string, password: string): Promise<CredentialOutcome> {
    const { hashing } = this.context.parts;
    const method = this.#method;
    const row = await this.context.byName(orgId, username);
    if (!row?.password_hash) {
      await hashing.verifyNothing(method, password);
      return { outcome: 'rejected', reason: 'unknown_user', ...(row ? { user: stored(row) } : {}) };
    }
    if (!(await hashing.verify(row.password_hash, password))) {
      // An older way to store takes less time, which would tell that there is such a user.
      if (!row.password_hash.startsWith(BEGINNINGS[method])) await hashing.verifyNothing(method, password);
      return { outcome: 'rejected', reason: 'bad_credential', user: stored(row) };
    }
    if (!this.context.config.read_only && hashing.needsRehash(row.password_hash, method))
      await this.#store(orgId, row.id, await this.hash(password), row.password_hash);
    return { outcome: 'accepted', user: stored(row) };
  }

  async set(orgId: string, userId: string, password: string): Promise<void> {
    this.context.rules.checkPassword(password);
    await this.#store(orgId, userId, await this.hash(password));
  }

  /** What is stored of a password. */
  hash(password: string): Promise<string> {
    return this.context.parts.hashing.hash(this.#method, password);
  }

  /** @param instead the hash that it is stored in place of; one that has come meanwhile stays */
  async #store(orgId: string, id: string, hash: string, instead?: string): Promise<void> {
    const { database, domain, parts } = this.context;
    const unchanged = instead === undefined ? sql`` : sql` AND password_hash = ${instead}`;
    await database.run(() =>
      execute(
        database,
        sql`UPDATE um_user SET password_hash = ${hash}, modified_at = ${parts.clock.now()}
          WHERE id = ${id} AND org_id = ${orgId} AND domain = ${domain}${unchanged}`,
      ),
    );
  }
}
