import type { DescribedGroup, GroupsCapability, StoredUser, StorePage, StorePageQuery } from '#core/users';
import type { Identified } from '../entries/entry-finder.js';
import { generalizedTime } from '../entries/time-pattern.js';
import { isoOf } from '../entries/value-codec.js';
import type { StoreFilters } from '../filters/store-filters.js';
import type { StoreParts } from '../store-parts.js';
import { GroupWriter } from './group-writer.js';
import { type Memberships, storedGroup } from './memberships.js';

/** Attributes with the times of a group. */
export interface GroupTimes {
  readonly created: string;
  readonly modified: string;
}

/** Those of the settings, or those that the directory keeps itself. */
export function groupTimes({ settings }: Pick<StoreParts, 'settings'>): GroupTimes {
  const { createdAttribute, modifiedAttribute } = settings.groups;
  const isActiveDirectory = settings.activeDirectory !== undefined;
  return {
    created: createdAttribute ?? (isActiveDirectory ? 'whenCreated' : 'createTimestamp'),
    modified: modifiedAttribute ?? (isActiveDirectory ? 'whenChanged' : 'modifyTimestamp'),
  };
}

/** Groups of a directory. */
export class LdapGroups implements GroupsCapability {
  readonly writer?: GroupWriter;
  readonly #times: GroupTimes;

  constructor(
    private readonly parts: StoreParts,
    private readonly filters: StoreFilters,
    private readonly memberships: Memberships,
  ) {
    this.#times = groupTimes(parts);
    if (parts.settings.groups.writable) this.writer = new GroupWriter(parts, memberships);
  }

  async ofUser(_orgId: string, userId: string) {
    return [...((await this.memberships.groupsOf([userId])).get(userId) ?? [])];
  }

  ofUsers(_orgId: string, userIds: readonly string[]) {
    return this.memberships.groupsOf(userIds);
  }

  async byId(_orgId: string, id: string): Promise<DescribedGroup | undefined> {
    const found = await this.parts.groups.byId(id, Object.values(this.#times));
    return found && this.#described(found);
  }

  async byName(_orgId: string, name: string) {
    const found = await this.parts.groups.byName(name);
    return found && storedGroup(found);
  }

  async find(_orgId: string, { filter, offset, limit: asked }: StorePageQuery): Promise<StorePage<DescribedGroup>> {
    const { listLength } = this.parts.settings.groups;
    const limit = listLength > 0 ? Math.min(asked, listLength) : asked;
    const wanted = filter && (await this.filters.translated(filter));
    const times = Object.values(this.#times);
    const { found, complete } = await this.parts.groups.list(wanted, times, offset + limit + 1);
    const items = found.slice(offset, offset + limit).map((one) => this.#described(one));
    return complete ? { items, total: found.length } : { items };
  }

  async members(
    _orgId: string,
    groupId: string,
    { offset, limit }: Omit<StorePageQuery, 'filter'>,
  ): Promise<StorePage<StoredUser>> {
    const group = await this.parts.groups.byId(groupId);
    const all = group ? await this.memberships.membersOf(group) : [];
    return { items: all.slice(offset, offset + limit), total: all.length };
  }

  #described(group: Identified): DescribedGroup {
    const time = (attribute: string) => {
      const text = group.entry.text(attribute);
      const pattern = this.parts.codec.isTime(attribute) ? this.parts.codec.timePattern : generalizedTime;
      return text === undefined ? undefined : isoOf(text, pattern);
    };
    const [created, modified] = [time(this.#times.created), time(this.#times.modified)];
    return { ...storedGroup(group), ...(created ? { created } : {}), ...(modified ? { modified } : {}) };
  }
}
