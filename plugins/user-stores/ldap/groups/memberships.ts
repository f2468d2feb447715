import { EqualityFilter, ExtensibleFilter, type Filter, NotFilter, PresenceFilter } from 'ldapts';
import { type CompareFilter, MOST_IDS, type StoredGroup, type StoredUser, UserFilterError } from '#core/users';
import { IN_CHAIN } from '../active-directory.js';
import { answered, RESULT } from '../connection/failures.js';
import { comparable, firstRdn } from '../directory/distinguished-name.js';
import { type Identified, piecesOf } from '../entries/entry-finder.js';
import type { StoreFilters } from '../filters/store-filters.js';
import { anyOf, nothing, unable } from '../filters/value-filters.js';
import { emptyGroup, refusalOf } from '../refusals.js';
import type { StoreParts } from '../store-parts.js';
import { changeOf } from '../users/attribute-writer.js';

/** The group as the store knows it. */
export const storedGroup = ({ id, name }: Identified): StoredGroup => ({ id, name });

/** Members in one change: large groups are written in pieces. */
const PIECE = 500;
/** Members of groups that a filter can ask for where the directory cannot follow memberships itself. */
const MOST_MEMBERS = 5000;
/** What directories answer when a member is in, or out, already; Active Directory has answers of its own. */
const ALREADY = [
  RESULT.attributeOrValueExists,
  RESULT.noSuchAttribute,
  RESULT.alreadyExists,
  RESULT.unwillingToPerform,
] as const;
/** Searches at once, for one call. */
const AT_ONCE = 8;

/** In the order of their names. */
function byName<T>(list: readonly T[], nameOf: (one: T) => string): T[] {
  const keyed = list.map((one) => ({ one, key: nameOf(one).toLowerCase() }));
  return keyed.sort((a, b) => Number(a.key > b.key) - Number(a.key < b.key)).map(({ one }) => one);
}

/** Who is in which group, as the directory keeps it: members in groups, or groups in users. */
export class Memberships {
  constructor(private readonly parts: StoreParts) {}

  /** Member that groups have whose class wants one; nobody has this name, so nobody sees it. */
  get placeholder(): string {
    return `cn=nobody,${this.parts.settings.groups.bases[0] ?? ''}`;
  }

  /** Groups of users, by id of the user. */
  async groupsOf(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly StoredGroup[]>> {
    const { users, settings } = this.parts;
    const { memberOfAttribute, nested } = settings.groups;
    const isNamed = memberOfAttribute !== undefined && !nested;
    const found = [...(await users.byIds(userIds, isNamed ? [memberOfAttribute] : [])).values()];
    return isNamed ? this.#namedGroups(found, memberOfAttribute) : this.#searchedGroups(found);
  }

  async #namedGroups(found: readonly Identified[], attribute: string): Promise<Map<string, StoredGroup[]>> {
    const named = new Set(found.flatMap(({ entry }) => entry.texts(attribute)));
    const groups = await this.parts.groups.byDns([...named]);
    const byDn = new Map<string, StoredGroup>();
    for (const group of groups) byDn.set(comparable(group.dn), storedGroup(group));
    return new Map(
      found.map(({ id, entry }) => {
        const own = entry.texts(attribute).flatMap((dn) => byDn.get(comparable(dn)) ?? []);
        return [id, byName(own, ({ name }) => name)];
      }),
    );
  }

  async #searchedGroups(found: readonly Identified[]): Promise<Map<string, StoredGroup[]>> {
    const all = new Map<string, StoredGroup[]>();
    for (const piece of piecesOf(found, AT_ONCE)) {
      const groups = await Promise.all(piece.map(({ dn }) => this.groupsWith(dn)));
      for (const [index, { id }] of piece.entries())
        all.set(
          id,
          byName((groups[index] ?? []).map(storedGroup), ({ name }) => name),
        );
    }
    return all;
  }

  /** Groups in which an entry is a member. */
  async groupsWith(dn: string): Promise<readonly Identified[]> {
    if (!this.parts.settings.groups.readable) return [];
    return (await this.parts.groups.list(this.#hasMember(dn), [], Number.POSITIVE_INFINITY)).found;
  }

  /** All members of a group that are users, by user name. */
  async membersOf(group: Identified): Promise<readonly StoredUser[]> {
    const { users, settings } = this.parts;
    const isFollowed = settings.groups.memberOfAttribute !== undefined || settings.groups.nested;
    const found = isFollowed
      ? (await users.list(this.#isIn(group.dn), [], Number.POSITIVE_INFINITY)).found
      : await users.byDns(await this.memberDns(group.dn));
    const members = found.map(({ id, name }) => ({ id, username: name }));
    return byName(members, ({ username }) => username);
  }

  /** DNs of the members of a group, users or not; in pieces where the directory gives no more at once. */
  async memberDns(groupDn: string): Promise<readonly string[]> {
    const { directory, groups, settings } = this.parts;
    const { membershipAttribute, range } = settings.groups;
    const all: string[] = [];
    for (let from = 0; ; ) {
      const asked = range > 0 ? `${membershipAttribute};range=${from}-${from + range - 1}` : membershipAttribute;
      const entry = await directory.entry(groupDn, groups.kind.listFilter, [asked]);
      const plain = entry?.texts(membershipAttribute) ?? [];
      if (plain.length > 0) return [...all, ...plain];
      const prefix = `${membershipAttribute.toLowerCase()};range=`;
      const given = entry?.names().find((name) => name.startsWith(prefix));
      const values = given ? (entry?.texts(given) ?? []) : [];
      all.push(...values);
      if (!given || given.endsWith('-*') || values.length === 0) return all;
      from += values.length;
    }
  }

  /** Adds members, or takes them out; those that are already in or out change nothing. */
  async change(group: Identified, operation: 'add' | 'delete', dns: readonly string[]): Promise<void> {
    for (const piece of piecesOf(dns, PIECE)) await this.#changePiece(group.dn, operation, piece);
  }

  /** Takes an entry out of all its groups. Active Directory does that itself. */
  async leaveAll(dn: string): Promise<void> {
    if (this.parts.settings.activeDirectory) return;
    for (const group of await this.groupsWith(dn)) await this.change(group, 'delete', [dn]);
  }

  /** Gives a member of groups its new DN. Directories that keep references right have done that already. */
  async replace(groups: readonly Identified[], before: string, after: string): Promise<void> {
    if (this.parts.settings.activeDirectory) return;
    for (const group of groups) {
      await this.change(group, 'add', [after]);
      await this.change(group, 'delete', [before]);
    }
  }

  async #changePiece(groupDn: string, operation: 'add' | 'delete', dns: readonly string[]): Promise<void> {
    const { directory, settings, domain, logger } = this.parts;
    const { membershipAttribute, emptyAllowed } = settings.groups;
    const change = changeOf(operation, membershipAttribute, dns);
    const refused = (error: unknown) => refusalOf(error, domain, logger);
    try {
      await directory.modify(groupDn, [change]);
    } catch (error) {
      if (answered(error, ...ALREADY) && dns.length > 1) {
        // One of them is in, or out, already: the halves without it pass, and in the end only it is left.
        const middle = Math.ceil(dns.length / 2);
        await this.#changePiece(groupDn, operation, dns.slice(0, middle));
        await this.#changePiece(groupDn, operation, dns.slice(middle));
        return;
      }
      if (answered(error, ...ALREADY) && (await this.#isDone(groupDn, operation, dns))) return;
      if (operation === 'delete' && answered(error, RESULT.objectClassViolation)) {
        if (!emptyAllowed) throw emptyGroup();
        const withPlaceholder = [changeOf('add', membershipAttribute, [this.placeholder]), change];
        await directory.modify(groupDn, withPlaceholder).catch((again: unknown) => Promise.reject(refused(again)));
        return;
      }
      throw refused(error);
    }
  }

  /** Whether a change is not needed any more. */
  async #isDone(groupDn: string, operation: 'add' | 'delete', [dn = '']: readonly string[]): Promise<boolean> {
    const members = (await this.memberDns(groupDn)).map(comparable);
    return members.includes(comparable(dn)) === (operation === 'add');
  }

  /** Filter for users by their groups. @throws UserFilterError when it cannot be asked */
  async ofGroups(compared: CompareFilter, groupFilters: StoreFilters): Promise<Filter> {
    const { subject, comparison } = compared;
    if (subject.of !== 'group') throw unable('A user', 'has no members');
    const { memberOfAttribute } = this.parts.settings.groups;
    if (comparison === 'pr' && memberOfAttribute !== undefined)
      return new PresenceFilter({ attribute: memberOfAttribute });
    if (comparison === 'ne')
      return new NotFilter({ filter: await this.ofGroups({ ...compared, comparison: 'eq' }, groupFilters) });
    const wanted = comparison === 'pr' ? undefined : { ...compared, subject: { of: subject.by } as const };
    const filter = wanted && (await groupFilters.translated(wanted));
    const { found, complete } = await this.parts.groups.list(filter, [], MOST_IDS);
    if (!complete) throw new UserFilterError('Too many groups fit the filter; name them more exactly.');
    const isFollowed = memberOfAttribute !== undefined || this.parts.settings.groups.nested;
    return isFollowed ? anyOf(found.map(({ dn }) => this.#isIn(dn))) : this.#amongMembers(found);
  }

  /** Filter for groups by a member. @throws UserFilterError when it cannot be asked */
  async ofMember({ subject, comparison, value }: CompareFilter): Promise<Filter> {
    if (subject.of !== 'member') throw unable('A group', 'is in no groups');
    if (comparison !== 'eq' && comparison !== 'ne') throw unable('Members', 'can only be asked for by their whole id');
    const user = await this.parts.users.byId(value);
    const filter = user ? this.#hasMember(user.dn) : nothing();
    return comparison === 'eq' ? filter : new NotFilter({ filter });
  }

  async #amongMembers(groups: readonly Identified[]): Promise<Filter> {
    const dns = new Set<string>();
    for (const { dn } of groups) for (const member of await this.memberDns(dn)) dns.add(member);
    if (dns.size > MOST_MEMBERS) throw new UserFilterError(`The groups have more than ${MOST_MEMBERS} members.`);
    const hasEntryDn = (await this.parts.schema.get()).attribute('entryDN') !== undefined;
    return anyOf(
      [...dns].flatMap((dn) => {
        if (hasEntryDn) return new EqualityFilter({ attribute: 'entryDN', value: dn });
        const [part] = firstRdn(dn);
        return part ? new EqualityFilter(part) : [];
      }),
    );
  }

  #hasMember(dn: string): Filter {
    const { membershipAttribute, nested } = this.parts.settings.groups;
    if (nested) return new ExtensibleFilter({ matchType: membershipAttribute, rule: IN_CHAIN, value: dn });
    return new EqualityFilter({ attribute: membershipAttribute, value: dn });
  }

  #isIn(groupDn: string): Filter {
    const { memberOfAttribute = 'memberOf', nested } = this.parts.settings.groups;
    if (nested) return new ExtensibleFilter({ matchType: memberOfAttribute, rule: IN_CHAIN, value: groupDn });
    return new EqualityFilter({ attribute: memberOfAttribute, value: groupDn });
  }
}
