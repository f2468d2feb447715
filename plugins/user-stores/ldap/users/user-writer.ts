import { UnavailableError } from '#core/kernel';
import type { StoreAttributes, StoredUser, UserWriterCapability } from '#core/users';
import { accountName, unicodePassword, unknownPassword } from '../active-directory.js';
import { answered, RESULT } from '../connection/failures.js';
import type { NewAttributes } from '../directory/directory.js';
import { escapedValue, firstRdn, parentOf, rdnOf } from '../directory/distinguished-name.js';
import type { Identified } from '../entries/entry-finder.js';
import type { Memberships } from '../groups/memberships.js';
import { changeRefused, refusalOf, userExists, userNameRefused } from '../refusals.js';
import type { StoreParts } from '../store-parts.js';
import { AttributeWriter, replacementOf } from './attribute-writer.js';
import type { Passwords } from './passwords.js';
import { attributeNames } from './user-reader.js';

type NewUser = Parameters<UserWriterCapability['create']>[1];

/** Attributes that people must have by the usual classes, when the directory does not tell. */
const REQUIRED_OF_PEOPLE = ['sn', 'cn'];

/** Makes, changes and removes users. */
export class UserWriter implements UserWriterCapability {
  constructor(
    private readonly parts: StoreParts,
    private readonly passwords: Passwords,
    private readonly memberships: Memberships,
  ) {}

  async create(_orgId: string, user: NewUser): Promise<StoredUser> {
    const { username, password } = user;
    this.#checkName(username);
    if (password !== undefined) this.passwords.check(password);
    if (await this.parts.users.byName(username)) throw userExists(username);
    const dn = this.#dnOf(username);
    const attributes = await this.#attributesOf(user);
    await this.#refusing(username, () => this.parts.directory.add(dn, attributes));
    try {
      if (password !== undefined && !this.parts.settings.activeDirectory) await this.passwords.replace(dn, password);
      return await this.#made(dn, username);
    } catch (error) {
      await this.#takeBack(dn);
      throw error;
    }
  }

  /** Removes what was made of a user. @throws UnavailableError when it cannot, so that the server tries it later */
  async #takeBack(dn: string): Promise<void> {
    const { directory, domain } = this.parts;
    try {
      await directory.remove(dn);
    } catch (cause) {
      throw new UnavailableError(`The user store ${domain} could not make the user.`, 5, { cause });
    }
  }

  async delete(_orgId: string, userId: string): Promise<boolean> {
    const user = await this.parts.users.byId(userId);
    if (!user) return false;
    await this.memberships.leaveAll(user.dn);
    return this.#refusing(user.name, () => this.parts.directory.remove(user.dn));
  }

  async rename(_orgId: string, userId: string, username: string): Promise<void> {
    const { users, directory, settings } = this.parts;
    const user = await users.byId(userId);
    if (!user) throw changeRefused(`There is no user ${userId}.`);
    if (user.name === username) return;
    this.#checkName(username);
    const other = await users.byName(username);
    if (other && other.id !== userId) throw userExists(username);
    const { nameAttribute } = users.kind;
    const isInDn = firstRdn(user.dn).some(({ attribute }) => attribute === nameAttribute.toLowerCase());
    await this.#refusing(username, async () => {
      if (!isInDn) return directory.modify(user.dn, [replacementOf(nameAttribute, [username])]);
      const rdn = rdnOf(nameAttribute, username);
      const dn = `${rdn},${parentOf(user.dn)}`;
      const groups = await this.memberships.groupsWith(user.dn);
      await directory.rename(user.dn, rdn);
      await this.memberships.replace(groups, user.dn, dn);
      if (settings.activeDirectory && !settings.activeDirectory.lightweight && nameAttribute.toLowerCase() === 'cn')
        await directory.modify(dn, [replacementOf('sAMAccountName', [accountName(username)])]);
    });
  }

  /** Replaces attributes; an empty list removes one. @throws ApiError 400 when the directory does not take a value */
  async write(userId: string, changes: StoreAttributes): Promise<void> {
    const { directory, settings, users } = this.parts;
    const user = await users.byId(userId);
    if (!user) throw changeRefused(`There is no user ${userId}.`);
    const writer = await this.#writer();
    const required = await this.#required();
    const attributeOf = attributeNames(this.parts);
    const prepared = Object.entries(changes).flatMap(([name, values]) => {
      const attribute = attributeOf(name);
      if (this.#isKept(user, attribute, values)) return [];
      // What people must have holds the user name instead of nothing, as when they are made.
      const isNeeded = !settings.activeDirectory && required.includes(attribute.toLowerCase());
      return [writer.replacement(attribute, isNeeded && values.length === 0 ? [user.name] : values)];
    });
    if (prepared.length > 0) await this.#refusing(user.name, () => directory.modify(user.dn, prepared));
  }

  /** Whether a value is already there that cannot be written; with another value, it is refused. */
  #isKept(user: Identified, attribute: string, values: readonly string[]): boolean {
    const { nameAttribute, idAttribute } = this.parts.users.kind;
    const name = attribute.toLowerCase();
    const own = new Map([
      [nameAttribute.toLowerCase(), user.name],
      [idAttribute.toLowerCase(), user.id],
    ]);
    if (!own.has(name)) return false;
    if (values.length === 1 && values[0] === own.get(name)) return true;
    throw changeRefused(
      `The attribute ${attribute} holds the name or the id of the user, which is not changed this way.`,
    );
  }

  async #made(dn: string, username: string): Promise<StoredUser> {
    const { users, directory } = this.parts;
    const { listFilter, idAttribute, nameAttribute } = users.kind;
    const entry = await directory.entry(dn, listFilter, [idAttribute, nameAttribute]);
    const made = entry && users.identify(entry);
    if (!made)
      throw changeRefused('The new user does not fit the list filter of the store, or the directory gave it no id.');
    return { id: made.id, username };
  }

  #checkName(username: string): void {
    const { fits, message } = this.parts.settings.users.nameRule;
    if (username === '' || username.includes('\0') || !fits(username)) throw userNameRefused(message);
  }

  #dnOf(username: string): string {
    const { bases, dnPatterns } = this.parts.settings.users;
    const [pattern] = dnPatterns;
    if (pattern !== undefined) return pattern.replaceAll('{0}', () => escapedValue(username));
    return `${rdnOf(this.#rdnAttribute(), username)},${bases[0] ?? ''}`;
  }

  /** Active Directory names its entries by cn, whatever users sign in with. */
  #rdnAttribute(): string {
    return this.parts.settings.activeDirectory ? 'cn' : this.parts.users.kind.nameAttribute;
  }

  async #attributesOf({ id, username, password, attributes }: NewUser): Promise<NewAttributes> {
    const { settings, users } = this.parts;
    const { nameAttribute, idAttribute } = users.kind;
    const writer = await this.#writer();
    const all = new Map<string, readonly (string | Buffer)[]>();
    const put = (name: string, values: readonly (string | Buffer)[]) => all.set(name.toLowerCase(), values);
    for (const [name, values] of Object.entries(writer.forNew(attributes, attributeNames(this.parts))))
      put(name, values);
    for (const name of await this.#required()) if (!all.has(name)) put(name, [username]);
    put('objectClass', settings.users.objectClasses);
    const dn = this.#dnOf(username);
    for (const { attribute, value } of firstRdn(dn)) put(attribute, [value]);
    put(nameAttribute, [username]);
    if (this.#writesIds(writer)) put(idAttribute, writer.values(idAttribute, [id]));
    if (settings.activeDirectory) {
      this.passwords.requireEncryption();
      put('unicodePwd', [unicodePassword(password ?? unknownPassword())]);
      if (!settings.activeDirectory.lightweight) {
        if (!all.has('samaccountname')) put('sAMAccountName', [accountName(username)]);
        put('userAccountControl', [String(settings.activeDirectory.accountControl)]);
      }
    }
    return Object.fromEntries(all);
  }

  /** Whether ids are given by the server: not where the directory makes them, nor where the name is the id. */
  #writesIds(writer: AttributeWriter): boolean {
    const { idAttribute, nameAttribute } = this.parts.users.kind;
    const isOfDirectory = ['entryuuid', 'objectguid'].includes(idAttribute.toLowerCase());
    return (
      !isOfDirectory && !writer.isReadOnly(idAttribute) && idAttribute.toLowerCase() !== nameAttribute.toLowerCase()
    );
  }

  /** Attributes, in lower case, that a new user must have and that get the user name when nothing is known. */
  async #required(): Promise<readonly string[]> {
    const { settings, schema } = this.parts;
    if (settings.activeDirectory) return [];
    const known = await schema.get();
    const names = known.isKnown ? known.requiredBy(settings.users.objectClasses) : REQUIRED_OF_PEOPLE;
    return names.filter((name) => name !== 'objectclass');
  }

  async #writer(): Promise<AttributeWriter> {
    const { settings, codec, schema } = this.parts;
    return new AttributeWriter(settings, codec, await schema.get());
  }

  async #refusing<T>(username: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (answered(error, RESULT.alreadyExists)) throw userExists(username, error);
      throw refusalOf(error, this.parts.domain, this.parts.logger);
    }
  }
}
