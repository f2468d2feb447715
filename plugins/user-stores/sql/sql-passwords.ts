import { PASSWORD_HASH_METHODS, type PasswordHashMethod } from '#core/crypto';
import { ApiError } from '#core/http';
import { sql } from '#core/persistence';
import type { CredentialOutcome, UserStore } from '#core/users';
import type { StoreContext, UserRow } from './store-context.js';
import { execute } from './store-database.js';

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
    if (!(await hashing.verify(row.password_hash, password)))
      return { outcome: 'rejected', reason: 'bad_credential', user: stored(row) };
    if (hashing.needsRehash(row.password_hash, method))
      await this.#store(orgId, row.id, await hashing.hash(method, password));
    return { outcome: 'accepted', user: stored(row) };
  }

  async set(orgId: string, userId: string, password: string): Promise<void> {
    this.check(password);
    await this.#store(orgId, userId, await this.hash(password));
  }

  /** @throws ApiError 400 when the password breaks the rule of the store */
  check(password: string): void {
    const { config } = this.context;
    if (new RegExp(config.password_java_regex, 'u').test(password)) return;
    throw new ApiError(
      'SUO-60004',
      400,
      'The password is not allowed.',
      config.password_java_reg_ex_violation_error_msg,
    );
  }

  /** What is stored of a password. */
  hash(password: string): Promise<string> {
    return this.context.parts.hashing.hash(this.#method, password);
  }

  async #store(orgId: string, id: string, hash: string): Promise<void> {
    const { database, domain, parts } = this.context;
    await database.run(() =>
      execute(
        database,
        sql`UPDATE um_user SET password_hash = ${hash}, modified_at = ${parts.clock.now()}
          WHERE id = ${id} AND org_id = ${orgId} AND domain = ${domain}`,
      ),
    );
  }
}
