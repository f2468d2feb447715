import type { PasswordHashing } from '#core/crypto';
import { ApiError } from '#core/http';
import { type Clock, type Soon, whenThere } from '#core/kernel';
import { type Database, isDuplicate } from '#core/persistence';
import type {
  CredentialOutcome,
  FoundUser,
  StoreAttributes,
  StoredUser,
  StorePage,
  UserSearchCapability,
  UserStore,
} from '#core/users';
import type { SqlUserStoreConfig } from './config.js';
import { SqlGroupMemberEntity, SqlUserAttributeEntity, SqlUserEntity } from './entities.js';
import { sqlGroups } from './sql-groups.js';

/** What the store works with. */
export interface SqlStoreParts {
  readonly database: Database;
  readonly hashing: PasswordHashing;
  readonly clock: Clock;
}

/** What the look-ups of each sign-in read; by plain SQL, because they are hot. */
interface UserRow extends StoredUser {
  readonly password_hash: string | null;
}

const TIMES = { createdDate: 'createdAt', lastModifiedDate: 'modifiedAt' } as const;
const KEY_LENGTH = 191;
/** Users whose long values begin alike, at most. */
const MANY = 100;
const stored = ({ id, username }: UserRow): StoredUser => ({ id, username });
const SELECT_USER = 'SELECT id, username, password_hash FROM um_user WHERE org_id = ? AND domain = ? AND';
const SELECT_ATTRIBUTES = 'SELECT name, attribute_value FROM um_user_attribute WHERE org_id = ? AND user_id = ? AND';
const SELECT_BY_ATTRIBUTE =
  'SELECT id, username FROM um_user WHERE org_id = ? AND domain = ? AND id IN' +
  ' (SELECT user_id FROM um_user_attribute WHERE org_id = ? AND name = ? AND value_key = ?) ORDER BY id LIMIT ?';

/** Users in the server's own database. */
export class SqlUserStore implements UserStore {
  readonly lookup: UserStore['lookup'];
  readonly inUnit = true;
  readonly search: NonNullable<UserStore['search']>;
  readonly attributes: UserStore['attributes'];
  readonly credentials: NonNullable<UserStore['credentials']>;
  readonly writer: NonNullable<UserStore['writer']>;
  readonly groups: NonNullable<UserStore['groups']>;

  constructor(
    readonly domain: string,
    private readonly config: SqlUserStoreConfig,
    private readonly parts: SqlStoreParts,
  ) {
    this.lookup = {
      byId: (orgId, id) => whenThere(this.#find('id', orgId, id), (row) => row && stored(row)),
      byUsername: async (orgId, username) => this.#one(await this.#byName(orgId, username)),
    };
    this.search = { identityData: false, users: this.#users.bind(this) };
    this.attributes = { read: this.#readAttributes.bind(this), write: this.#writeAttributes.bind(this) };
    this.credentials = { verify: this.#verify.bind(this), set: this.#setPassword.bind(this) };
    this.writer = { create: this.#create.bind(this), delete: this.#delete.bind(this) };
    this.groups = sqlGroups(parts.database, domain);
  }

  async ping(): Promise<void> {
    await this.parts.database.sql.all('SELECT 1 AS one', []);
  }

  async close(): Promise<void> {
    // The database belongs to the server, not to the store.
  }

  #one(row: UserRow | undefined): StoredUser | undefined {
    return row ? stored(row) : undefined;
  }

  #key(username: string): string {
    return this.config.case_insensitive_username ? username.toLowerCase() : username;
  }

  #byName(orgId: string, username: string): Soon<UserRow | undefined> {
    return this.#find('username_key', orgId, this.#key(username));
  }

  #find(column: 'id' | 'username_key', orgId: string, value: string): Soon<UserRow | undefined> {
    // No user has such a name, and PostgreSQL refuses even to be asked.
    if (value.includes('\0')) return undefined;
    return this.parts.database.sql.one<UserRow>(`${SELECT_USER} ${column} = ?`, [orgId, this.domain, value]);
  }

  async #users(
    orgId: string,
    { filter, limit, attributes }: Parameters<UserSearchCapability['users']>[1],
  ): Promise<StorePage<FoundUser>> {
    if (filter?.op !== 'compare' || filter.subject.of !== 'attribute' || filter.comparison !== 'eq')
      throw new Error('this filter is not known');
    const users = await this.#byAttribute(orgId, filter.subject.name, filter.value, limit);
    const items: FoundUser[] = [];
    for (const user of users)
      items.push({ ...user, attributes: await this.#readAttributes(orgId, user.id, attributes) });
    return { items };
  }

  async #byAttribute(orgId: string, name: string, value: string, limit: number): Promise<readonly StoredUser[]> {
    if (value.includes('\0')) return [];
    const wanted = value.toLowerCase();
    const isWhole = wanted.length <= KEY_LENGTH;
    const parameters = [orgId, this.domain, orgId, name, wanted.slice(0, KEY_LENGTH), isWhole ? limit : MANY];
    const found = await this.parts.database.sql.all<StoredUser>(SELECT_BY_ATTRIBUTE, parameters);
    const users = found.map(({ id, username }) => ({ id, username }));
    if (isWhole) return users;
    const exact: StoredUser[] = [];
    for (const user of users) {
      const { [name]: values = [] } = await this.#readAttributes(orgId, user.id, [name]);
      if (values.some((one) => one.toLowerCase() === wanted)) exact.push(user);
    }
    return exact.slice(0, limit);
  }

  async #verify(orgId: string, username: string, password: string): Promise<CredentialOutcome> {
    const { hashing } = this.parts;
    const method = this.config.password_hash_method;
    const row = await this.#byName(orgId, username);
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

  async #setPassword(orgId: string, userId: string, password: string): Promise<void> {
    this.#checkPassword(password);
    await this.#store(orgId, userId, await this.parts.hashing.hash(this.config.password_hash_method, password));
  }

  async #store(orgId: string, id: string, passwordHash: string): Promise<void> {
    const { database, clock } = this.parts;
    await database.run(() =>
      database.manager.update(
        SqlUserEntity,
        { orgId, domain: this.domain, id },
        { passwordHash, modifiedAt: clock.now() },
      ),
    );
  }

  #checkPassword(password: string): void {
    if (new RegExp(this.config.password_java_regex, 'u').test(password)) return;
    throw new ApiError(
      'SUO-60004',
      400,
      'The password is not allowed.',
      this.config.password_java_reg_ex_violation_error_msg,
    );
  }

  async #create(orgId: string, user: Parameters<NonNullable<UserStore['writer']>['create']>[1]): Promise<StoredUser> {
    const { database, clock, hashing } = this.parts;
    const { username, password, attributes, id } = user;
    if (!new RegExp(this.config.username_java_regex, 'u').test(username)) {
      throw new ApiError(
        'SUO-60005',
        400,
        'The user name is not allowed.',
        this.config.username_java_reg_ex_violation_error_msg,
      );
    }
    if (password !== undefined) this.#checkPassword(password);
    const passwordHash = password === undefined ? null : await hashing.hash(this.config.password_hash_method, password);
    const now = clock.now();
    const taken = (cause?: unknown) =>
      new ApiError('SUO-60006', 409, 'The user exists.', `There is a user with the name ${username}.`, { cause });
    return database.run(async () => {
      if (await this.#byName(orgId, username)) throw taken();
      const row = {
        id,
        orgId,
        domain: this.domain,
        username,
        usernameKey: this.#key(username),
        passwordHash,
        createdAt: now,
        modifiedAt: now,
      };
      await database.manager.insert(SqlUserEntity, row).catch((error: unknown) => {
        // Somebody else was faster.
        throw isDuplicate(error) ? taken(error) : error;
      });
      await this.#writeAttributes(orgId, id, attributes);
      return { id, username };
    });
  }

  async #delete(orgId: string, userId: string): Promise<boolean> {
    const { database } = this.parts;
    return database.run(async () => {
      await database.manager.delete(SqlUserAttributeEntity, { orgId, userId });
      await database.manager.delete(SqlGroupMemberEntity, { orgId, userId });
      const result = await database.manager.delete(SqlUserEntity, { orgId, domain: this.domain, id: userId });
      return (result.affected ?? 0) > 0;
    });
  }

  #readAttributes(orgId: string, userId: string, names: readonly string[]): Soon<StoreAttributes> {
    if (names.length === 0) return {};
    const reading = this.parts.database.sql.all<{ name: string; attribute_value: string }>(
      `${SELECT_ATTRIBUTES} name IN (${names.map(() => '?').join(', ')}) ORDER BY position`,
      [orgId, userId, ...names],
    );
    return whenThere(reading, (rows) => {
      const values: Record<string, string[]> = {};
      for (const row of rows) {
        values[row.name] ??= [];
        values[row.name]?.push(row.attribute_value);
      }
      return names.some((name) => name in TIMES) ? this.#withTimes(values, orgId, userId, names) : values;
    });
  }

  async #withTimes(values: Record<string, string[]>, orgId: string, userId: string, names: readonly string[]) {
    const { manager } = this.parts.database;
    const user = await manager.findOneBy(SqlUserEntity, { orgId, domain: this.domain, id: userId });
    for (const [name, column] of Object.entries(TIMES)) {
      if (user && names.includes(name)) values[name] = [new Date(user[column]).toISOString()];
    }
    return values;
  }

  async #writeAttributes(orgId: string, userId: string, changes: StoreAttributes): Promise<void> {
    const { database, clock } = this.parts;
    await database.run(async () => {
      for (const [name, values] of Object.entries(changes)) {
        await database.manager.delete(SqlUserAttributeEntity, { orgId, userId, name });
        const rows = values.map((value, position) => ({
          userId,
          name,
          position,
          orgId,
          value,
          valueKey: value.toLowerCase().slice(0, KEY_LENGTH),
        }));
        if (rows.length > 0) await database.manager.insert(SqlUserAttributeEntity, rows);
      }
      await database.manager.update(SqlUserEntity, { orgId, id: userId }, { modifiedAt: clock.now() });
    });
  }
}
