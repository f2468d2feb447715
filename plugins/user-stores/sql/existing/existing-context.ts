import type { PasswordHashing } from '#core/crypto';
import type { Clock } from '#core/kernel';
import type { SqlUserStoreConfig } from '../config.js';
import type { StoreDatabase } from '../store-database.js';
import { isText, ValueRules } from '../value-rules.js';
import { STATEMENTS, type StatementUse } from './statements.js';

/** What a store on tables of others works with. */
export interface ExistingParts {
  readonly database: StoreDatabase;
  readonly hashing: PasswordHashing;
  readonly clock: Clock;
}

/** A user as the tables have it. */
export interface ExistingUser {
  readonly id: string;
  readonly username: string;
  readonly stored: string | null;
  readonly salt: string | null;
}

/** Profile of attributes: there is one. */
export const PROFILE = 'default';

/** The tables of one organization, and the statements by which they are read and written. */
export class ExistingContext {
  readonly rules: ValueRules;

  constructor(
    readonly domain: string,
    /** The only organization whose users the tables hold. */
    readonly orgId: string,
    readonly config: SqlUserStoreConfig,
    readonly parts: ExistingParts,
  ) {
    this.rules = new ValueRules(config);
  }

  get database(): StoreDatabase {
    return this.parts.database;
  }

  get tenant(): number {
    return this.config.tenant_id;
  }

  /** Whether all of these statements are those that ship, so that the tables are known. */
  isDefault(...uses: StatementUse[]): boolean {
    return uses.every((use) => this.config[STATEMENTS[use].key] === undefined);
  }

  /** Rows of a statement, each as a list of its columns: operators may name them as they like. */
  async rows(use: StatementUse, values: readonly unknown[]): Promise<readonly (readonly unknown[])[]> {
    const rows = await this.database.sql.all<Record<string, unknown>>(this.#text(use), values);
    return rows.map((row) => Object.values(row));
  }

  /** Runs a statement that writes. */
  async run(use: StatementUse, values: readonly unknown[]): Promise<number> {
    return this.database.sql.run(this.#text(use), values);
  }

  /** A user by name. */
  byName(orgId: string, username: string): Promise<ExistingUser | undefined> {
    const use = this.config.case_insensitive_username ? 'select_user_insensitive' : 'select_user';
    return this.#user(use, orgId, username);
  }

  /** A user by id. */
  byId(orgId: string, id: string): Promise<ExistingUser | undefined> {
    return this.#user('select_user_by_id', orgId, id);
  }

  #text(use: StatementUse): string {
    return this.config[STATEMENTS[use].key] ?? STATEMENTS[use].sql;
  }

  async #user(use: StatementUse, orgId: string, value: string): Promise<ExistingUser | undefined> {
    if (orgId !== this.orgId || !isText(value)) return undefined;
    const [row] = await this.rows(use, [value, this.tenant]);
    if (!row) return undefined;
    const [id, username, stored, salt] = row;
    return { id: String(id), username: String(username), stored: textOf(stored), salt: textOf(salt) };
  }
}

const textOf = (value: unknown) => (value === null || value === undefined ? null : String(value));
