import type { GroupsCapability, StoredGroup } from '#core/users';
import { accountName } from '../active-directory.js';
import { answered, RESULT } from '../connection/failures.js';
import { escapedValue, firstRdn, parentOf, rdnOf } from '../directory/distinguished-name.js';
import type { Identified } from '../entries/entry-finder.js';
import { changeRefused, emptyGroup, groupExists, groupNameRefused, refusalOf } from '../refusals.js';
import type { StoreParts } from '../store-parts.js';
import { AttributeWriter, replacementOf } from '../users/attribute-writer.js';
import type { Memberships } from './memberships.js';

type Writer = NonNullable<GroupsCapability['writer']>;

/** Classes that want a member, for directories that do not tell. */
const WANT_MEMBERS = ['groupofnames', 'groupofuniquenames'];
/** Longest sAMAccountName of a group. */
const LONGEST_ACCOUNT = 256;

/** Makes, changes and removes groups. */
export class GroupWriter implements Writer {
  constructor(
    private readonly parts: StoreParts,
    private readonly memberships: Memberships,
  ) {}

  async create(_orgId: string, { id, name }: StoredGroup): Promise<StoredGroup> {
    const { directory, groups, settings } = this.parts;
    this.#checkName(name);
    if (!settings.groups.emptyAllowed) throw emptyGroup();
    if (await groups.byName(name)) throw groupExists(name);
    const dn = this.#dnOf(name);
    const attributes = await this.#attributesOf(dn, id, name);
    await this.#refusing(name, () => directory.add(dn, attributes));
    const { listFilter, idAttribute, nameAttribute } = groups.kind;
    const entry = await directory.entry(dn, listFilter, [idAttribute, nameAttribute]);
    const made = entry && groups.identify(entry);
    if (made) return { id: made.id, name };
    await this.#refusing(name, () => directory.remove(dn));
    throw changeRefused('The new group does not fit the list filter of the store, or the directory gave it no id.');
  }

  async rename(_orgId: string, groupId: string, name: string): Promise<void> {
    const { directory, groups, settings } = this.parts;
    const group = await this.#required(groupId);
    if (group.name === name) return;
    this.#checkName(name);
    const other = await groups.byName(name);
    if (other && other.id !== groupId) throw groupExists(name);
    const { nameAttribute } = groups.kind;
    const isInDn = firstRdn(group.dn).some(({ attribute }) => attribute === nameAttribute.toLowerCase());
    await this.#refusing(name, async () => {
      if (!isInDn) return directory.modify(group.dn, [replacementOf(nameAttribute, [name])]);
      const rdn = rdnOf(nameAttribute, name);
      await directory.rename(group.dn, rdn);
      if (settings.activeDirectory && !settings.activeDirectory.lightweight)
        await directory.modify(`${rdn},${parentOf(group.dn)}`, [
          replacementOf('sAMAccountName', [accountName(name, LONGEST_ACCOUNT)]),
        ]);
    });
  }

  async delete(_orgId: string, groupId: string): Promise<boolean> {
    const group = await this.parts.groups.byId(groupId);
    return group ? this.#refusing(group.name, () => this.parts.directory.remove(group.dn)) : false;
  }

  async addMembers(_orgId: string, groupId: string, userIds: readonly string[]): Promise<void> {
    const group = await this.#required(groupId);
    const users = await this.parts.users.byIds(userIds);
    await this.memberships.change(
      group,
      'add',
      [...users.values()].map(({ dn }) => dn),
    );
  }

  async removeMembers(_orgId: string, groupId: string, userIds: readonly string[]): Promise<void> {
    const group = await this.#required(groupId);
    const users = [...(await this.parts.users.byIds(userIds)).values()];
    if (!this.parts.settings.groups.emptyAllowed) {
      const left = (await this.memberships.membersOf(group)).filter(({ id }) => users.every((user) => user.id !== id));
      if (left.length === 0) throw emptyGroup();
    }
    await this.memberships.change(
      group,
      'delete',
      users.map(({ dn }) => dn),
    );
  }

  async #required(groupId: string): Promise<Identified> {
    const group = await this.parts.groups.byId(groupId);
    if (!group) throw changeRefused(`There is no group ${groupId}.`);
    return group;
  }

  #checkName(name: string): void {
    const { fits, message } = this.parts.settings.groups.nameRule;
    if (name === '' || name.includes('\0') || !fits(name)) throw groupNameRefused(message);
  }

  #dnOf(name: string): string {
    const { bases, dnPatterns, nameAttribute } = this.parts.settings.groups;
    const [pattern] = dnPatterns;
    if (pattern !== undefined) return pattern.replaceAll('{0}', () => escapedValue(name));
    const attribute = this.parts.settings.activeDirectory ? 'cn' : nameAttribute;
    return `${rdnOf(attribute, name)},${bases[0] ?? ''}`;
  }

  async #attributesOf(dn: string, id: string, name: string): Promise<Record<string, readonly (string | Buffer)[]>> {
    const { settings, codec } = this.parts;
    const { objectClasses, nameAttribute, membershipAttribute, idAttribute } = settings.groups;
    const schema = await this.parts.schema.get();
    const writer = new AttributeWriter(settings, codec, schema);
    const all = new Map<string, readonly (string | Buffer)[]>([['objectclass', objectClasses]]);
    for (const { attribute, value } of firstRdn(dn)) all.set(attribute, [value]);
    all.set(nameAttribute.toLowerCase(), [name]);
    const wantsMember = schema.isKnown
      ? schema.requiredBy(objectClasses).includes(membershipAttribute.toLowerCase())
      : objectClasses.some((one) => WANT_MEMBERS.includes(one.toLowerCase()));
    if (wantsMember) all.set(membershipAttribute.toLowerCase(), [this.memberships.placeholder]);
    const isOfDirectory = ['entryuuid', 'objectguid'].includes((idAttribute ?? 'entryUUID').toLowerCase());
    if (idAttribute !== undefined && !isOfDirectory && !writer.isReadOnly(idAttribute))
      all.set(idAttribute.toLowerCase(), writer.values(idAttribute, [id]));
    if (settings.activeDirectory && !settings.activeDirectory.lightweight)
      all.set('samaccountname', [accountName(name, LONGEST_ACCOUNT)]);
    return Object.fromEntries(all);
  }

  async #refusing<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (answered(error, RESULT.alreadyExists)) throw groupExists(name, error);
      throw refusalOf(error, this.parts.domain, this.parts.logger);
    }
  }
}
