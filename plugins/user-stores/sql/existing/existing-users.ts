import { ApiError } from '#core/http';
import { isDuplicate } from '#core/persistence';
import type { StoreAttributes, StoredUser, UserWriterCapability } from '#core/users';
import { collect } from '../collected-values.js';
import { isText } from '../value-rules.js';
import { type ExistingContext, PROFILE } from './existing-context.js';
import type { ExistingPasswords } from './existing-passwords.js';

/** Users and their attributes in tables of others. */
export class ExistingUsers implements UserWriterCapability {
  constructor(
    private readonly context: ExistingContext,
    private readonly passwords: ExistingPasswords,
  ) {}

  async read(orgId: string, userId: string, names: readonly string[]): Promise<StoreAttributes> {
    if (orgId !== this.context.orgId || names.length === 0 || !isText(userId)) return {};
    const { tenant, config } = this.context;
    const values: Record<string, string[]> = {};
    for (const [name, value] of await this.context.rows('user_attributes', [userId, tenant, tenant, PROFILE])) {
      const key = String(name);
      if (!names.includes(key) || value === null) continue;
      collect(values, key, String(value).split(config.multi_attribute_separator));
    }
    return values;
  }

  async write(orgId: string, userId: string, changes: StoreAttributes): Promise<void> {
    if (!(await this.context.byId(orgId, userId))) return;
    await this.context.database.run(() => this.#write(userId, changes, true));
  }

  async create(orgId: string, user: Parameters<UserWriterCapability['create']>[1]): Promise<StoredUser> {
    const { context, passwords } = this;
    const { id, username, password, attributes } = user;
    if (orgId !== context.orgId)
      throw new ApiError('SUO-60001', 403, 'The user store is read-only.', 'It belongs to another organization.');
    context.rules.checkUsername(username);
    if (password !== undefined) context.rules.checkPassword(password);
    if (await context.byName(orgId, username)) throw taken(username);
    const made = password === undefined ? { stored: '', salt: null } : await passwords.made(password);
    const required = context.database.dialect === 'postgres' ? 'false' : 0;
    const values = [id, username, made.stored, made.salt, required, passwords.now, context.tenant];
    return context.database.run(async () => {
      await context.run('add_user', values).catch((error: unknown) => {
        throw isDuplicate(error) ? taken(username, error) : error;
      });
      await this.#write(id, attributes, false);
      return { id, username };
    });
  }

  async delete(orgId: string, userId: string): Promise<boolean> {
    const { context } = this;
    if (!(await context.byId(orgId, userId))) return false;
    const { tenant } = context;
    return context.database.run(async () => {
      await context.run('delete_user_attributes', [userId, tenant, tenant]);
      await context.run('delete_user_roles', [userId, tenant, tenant]);
      return (await context.run('delete_user', [userId, tenant])) > 0;
    });
  }

  async #write(userId: string, changes: StoreAttributes, replacing: boolean): Promise<void> {
    const { tenant, config } = this.context;
    const { multi_attribute_separator: separator } = config;
    for (const [name, values] of Object.entries(changes)) {
      if (values.length > 1 && values.some((value) => value.includes(separator)))
        throw badValue(name, `several values are kept in one row, and "${separator}" stands between them`);
      if (!values.every(isText)) throw badValue(name, 'it holds characters that are no text');
      if (replacing) await this.context.run('delete_attribute', [userId, tenant, name, PROFILE, tenant]);
      if (values.length > 0)
        await this.context.run('add_attribute', [userId, tenant, name, values.join(separator), PROFILE, tenant]);
    }
  }
}

const taken = (username: string, cause?: unknown) =>
  new ApiError('SUO-60006', 409, 'The user exists.', `There is a user with the name ${username}.`, { cause });

const badValue = (name: string, reason: string) =>
  new ApiError('SUO-60007', 400, 'The value is not allowed.', `A value of ${name} cannot be kept: ${reason}.`);
