import { PresenceFilter } from 'ldapts';
import type { GroupsCapability, OpenedStore, UserSearchCapability, UserStore, UserWriterCapability } from '#core/users';
import type { ServerParts } from './connection/servers.js';
import { Directory } from './directory/directory.js';
import { SchemaSource } from './directory/directory-schema.js';
import { EntryFinder } from './entries/entry-finder.js';
import { ValueCodec } from './entries/value-codec.js';
import { type RelationFilter, StoreFilters } from './filters/store-filters.js';
import { groupTimes, LdapGroups } from './groups/ldap-groups.js';
import { Memberships } from './groups/memberships.js';
import type { LdapSettings } from './settings/ldap-settings.js';
import type { StoreParts } from './store-parts.js';
import { Passwords } from './users/passwords.js';
import { attributeNames, UserReader } from './users/user-reader.js';
import { UserWriter } from './users/user-writer.js';

/** Users and groups of one directory. */
export class LdapUserStore implements UserStore {
  readonly domain: string;
  readonly inUnit = false;
  readonly forScim: boolean;
  readonly lookup: UserStore['lookup'];
  readonly attributes: UserStore['attributes'];
  readonly credentials: NonNullable<UserStore['credentials']>;
  readonly search: UserSearchCapability;
  readonly writer?: UserWriterCapability;
  readonly groups?: GroupsCapability;
  readonly #directory: Directory;

  constructor(settings: LdapSettings, opened: OpenedStore, server: ServerParts) {
    this.domain = opened.domain;
    this.forScim = settings.forScim;
    this.#directory = new Directory(opened.domain, settings.connection, server);
    const parts = partsOf(settings, opened, this.#directory, server);
    const memberships = new Memberships(parts);
    const { userFilters, groupFilters } = filtersOf(parts, memberships);
    const reader = new UserReader(parts, userFilters);
    const passwords = new Passwords(parts);
    const writer = new UserWriter(parts, passwords, memberships);
    const isWritable = settings.kind !== 'read-only';
    this.lookup = reader.lookup;
    this.search = reader.search;
    this.attributes = {
      read: (_orgId, userId, names) => reader.attributes(userId, names),
      ...(settings.values.writable ? { write: (_orgId, userId, changes) => writer.write(userId, changes) } : {}),
    };
    this.credentials = {
      verify: (_orgId, username, password) => passwords.verify(username, password),
      ...(isWritable ? { set: (_orgId, userId, password) => passwords.set(userId, password) } : {}),
    };
    if (isWritable) this.writer = writer;
    if (settings.groups.readable) this.groups = new LdapGroups(parts, groupFilters, memberships);
  }

  async ping(): Promise<void> {
    await this.#directory.entry('', new PresenceFilter({ attribute: 'objectClass' }), []);
  }

  async close(): Promise<void> {
    this.#directory.close();
  }
}

function partsOf(
  settings: LdapSettings,
  { domain, logger }: OpenedStore,
  directory: Directory,
  { clock }: ServerParts,
): StoreParts {
  const codec = new ValueCodec(settings.values);
  // The id that the directory itself gives to entries (RFC 4530).
  const given = settings.activeDirectory ? 'objectGUID' : 'entryUUID';
  const { users, groups } = settings;
  return {
    domain,
    settings,
    directory,
    schema: new SchemaSource(directory, clock),
    codec,
    logger,
    users: new EntryFinder(directory, codec, { ...users, idAttribute: users.idAttribute ?? given }),
    groups: new EntryFinder(directory, codec, {
      ...groups,
      idAttribute: groups.idAttribute ?? given,
      idSearch: undefined,
      caseInsensitive: true,
    }),
  };
}

function filtersOf(parts: StoreParts, memberships: Memberships) {
  const { schema, codec, users, groups } = parts;
  const times = groupTimes(parts);
  const groupAttribute = (name: string) => (name === 'created' || name === 'modified' ? times[name] : name);
  const ofMember: RelationFilter = (compared) => memberships.ofMember(compared);
  const groupParts = { schema, codec, finder: groups, attributeOf: groupAttribute, relation: ofMember };
  const groupFilters = new StoreFilters(groupParts);
  const ofGroups: RelationFilter = (compared) => memberships.ofGroups(compared, groupFilters);
  const userParts = { schema, codec, finder: users, attributeOf: attributeNames(parts), relation: ofGroups };
  return { groupFilters, userFilters: new StoreFilters(userParts) };
}
