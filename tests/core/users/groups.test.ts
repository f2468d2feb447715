import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { EventBus, UnavailableError } from '#core/kernel';
import { DatabaseToken } from '#core/persistence';
import {
  GroupDeleted,
  type StoredGroup,
  type StoredUser,
  type UserGroups,
  UserLeftGroup,
  type UserStore,
  type UserStores,
  UserStoresToken,
} from '#core/users';
import { GroupDirectory } from '../../../core/users/groups/group-directory.js';
import { GroupExternalIds } from '../../../core/users/groups/group-external-ids.js';
import { MemberChanges } from '../../../core/users/groups/member-changes.js';
import { UserGroups as Groups } from '../../../core/users/groups/user-groups.js';
import { failureOf } from '../../support/failures.js';
import { keptLog } from '../../support/log-lines.js';
import { createUser, superPlace } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const { orgId } = superPlace;

/** A directory over a network: its groups, and whether it can be reached. */
class Directory {
  readonly users = new Map<string, StoredUser>();
  readonly groups = new Map<string, StoredGroup & { members: Set<string> }>();
  /** Whether it can say how many there are without reading them all. */
  counts = true;
  away = false;

  constructor(readonly domain: string) {}

  user(username: string): StoredUser {
    const user = { id: randomUUID(), username };
    this.users.set(user.id, user);
    return user;
  }

  #writer(reach: () => void) {
    return {
      create: async (_: string, made: StoredGroup) => {
        reach();
        this.groups.set(made.id, { ...made, members: new Set() });
        return made;
      },
      rename: async (_: string, id: string, name: string) => {
        const { members = new Set<string>() } = this.groups.get(id) ?? {};
        this.groups.set(id, { id, name, members });
      },
      delete: async (_: string, id: string) => this.groups.delete(id),
      addMembers: async (_: string, id: string, ids: readonly string[]) => {
        for (const one of ids) this.groups.get(id)?.members.add(one);
      },
      removeMembers: async (_: string, id: string, ids: readonly string[]) => {
        for (const one of ids) this.groups.get(id)?.members.delete(one);
      },
    };
  }

  store(isWritable = true): UserStore {
    const reach = () => {
      if (this.away) throw new UnavailableError('A user store cannot be reached. Try again later.', 7);
    };
    const page = <T>(all: readonly T[], { offset, limit }: { offset: number; limit: number }) => {
      const items = all.slice(offset, offset + limit);
      return this.counts || items.length === 0 ? { items, total: all.length } : { items };
    };
    const group = (id: string) => this.groups.get(id);
    const plain = ({ id, name }: StoredGroup) => ({ id, name });
    return {
      domain: this.domain,
      inUnit: false,
      lookup: {
        byId: async (_, id) => {
          reach();
          return this.users.get(id);
        },
        byUsername: async () => undefined,
      },
      attributes: { read: async () => ({}) },
      groups: {
        ofUser: async () => [],
        ofUsers: async (_, ids) =>
          new Map(ids.map((id) => [id, [...this.groups.values()].filter(({ members }) => members.has(id)).map(plain)])),
        byId: async (_, id) => {
          reach();
          const found = group(id);
          return found && plain(found);
        },
        byName: async (_, name) => [...this.groups.values()].find((one) => one.name === name),
        find: async (_, query) => {
          reach();
          return page([...this.groups.values()].map(plain), query);
        },
        members: async (_, id, query) => {
          const ids = [...(group(id)?.members ?? [])].sort();
          return page(
            ids.flatMap((one) => this.users.get(one) ?? []),
            query,
          );
        },
        ...(isWritable ? { writer: this.#writer(reach) } : {}),
      },
      ping: async () => {},
      close: async () => {},
    };
  }
}

describe('groups of several user stores', () => {
  let server: TestServer;
  let primary: UserStore;
  let directory: Directory;
  let events: EventBus;
  let left: string[];

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    primary = await server.server.container.get(UserStoresToken).primary(orgId);
  });
  after(() => server?.stop());
  beforeEach(() => {
    directory = new Directory('ACME');
    events = new EventBus(keptLog().logger);
    left = [];
    events.participate(UserLeftGroup, ({ user }) => void left.push(user.id));
  });

  const reading = (...others: readonly UserStore[]) => {
    const all = [primary, ...others];
    const stores: Pick<UserStores, 'all' | 'find' | 'primary'> = {
      all: async () => all,
      find: async (_, domain) => all.find((store) => store.domain === domain.toUpperCase()),
      primary: async () => primary,
    };
    return new GroupDirectory(stores as UserStores);
  };
  const writing = (
    store = directory.store(),
    audit: Pick<AuditLog, 'record'> = server.server.container.get(AuditLogToken),
  ): UserGroups => {
    const database = server.server.container.get(DatabaseToken);
    const members = new MemberChanges(database, audit as AuditLog, events);
    return new Groups(
      reading(store),
      members,
      new GroupExternalIds(database, events),
      database,
      audit as AuditLog,
      events,
    );
  };
  const brokenAudit = {
    record: async () => {
      throw new Error('the audit log cannot be written');
    },
  };

  it('are one list, the primary store first, whether a store can count or not', async () => {
    const groups = writing();
    for (const name of ['one', 'two', 'three']) await groups.create(orgId, { name: `list-${name}` });
    for (const name of ['four', 'five']) await groups.create(orgId, { name: `acme/list-${name}` });
    for (const counts of [true, false]) {
      directory.counts = counts;
      const seen: string[] = [];
      for (let offset = 0; offset < 6; offset += 2) {
        const { groups: page } = await reading(directory.store()).find(orgId, { offset, limit: 2 });
        seen.push(...page.map(({ domain }) => domain));
      }
      expect(seen).to.deep.equal(['PRIMARY', 'PRIMARY', 'PRIMARY', 'ACME', 'ACME']);
    }
    directory.counts = true;
    expect((await reading(directory.store()).find(orgId, { offset: 0, limit: 1 })).total).to.equal(5);
    expect((await reading(directory.store()).find(orgId, { domain: 'acme', offset: 0, limit: 9 })).total).to.equal(2);
  });

  it('take users of their own store only', async () => {
    const groups = writing();
    const kim = directory.user('kim');
    const lee = await createUser(server, 'lee');
    const { id, domain } = await groups.create(orgId, { name: 'ACME/eng', members: [kim.id] });
    expect(domain).to.equal('ACME');
    expect(await failureOf(() => groups.update(orgId, id, { add: [lee.id] }))).to.include({
      code: 'SUO-60015',
      status: 400,
    });
    expect(await failureOf(() => groups.create(orgId, { name: 'mixed', members: [lee.id, kim.id] }))).to.include({
      status: 400,
    });
    expect([...(directory.groups.get(id)?.members ?? [])]).to.deep.equal([kim.id]);
  });

  it('are put back in a store over a network when the server cannot do its part', async () => {
    const [kim, lee] = [directory.user('kim'), directory.user('lee')];
    await failureOf(() =>
      writing(directory.store(), brokenAudit).create(orgId, { name: 'ACME/eng', members: [kim.id] }),
    );
    expect(directory.groups.size).to.equal(0);
    const { id } = await writing().create(orgId, { name: 'ACME/eng', members: [kim.id] });
    const broken = writing(directory.store(), brokenAudit);
    await failureOf(() => broken.update(orgId, id, { name: 'other' }));
    await failureOf(() => broken.update(orgId, id, { add: [lee.id] }));
    await failureOf(() => broken.update(orgId, id, { remove: [kim.id] }));
    const { name, members } = directory.groups.get(id) ?? {};
    expect([name, [...(members ?? [])]]).to.deep.equal(['eng', [kim.id]]);
    expect(left).to.deep.equal([]);
  });

  it('cannot be changed where the store is read-only', async () => {
    const { id } = await writing().create(orgId, { name: 'ACME/eng' });
    const groups = writing(directory.store(false));
    for (const work of [
      () => groups.create(orgId, { name: 'ACME/x' }),
      () => groups.update(orgId, id, { name: 'x' }),
      () => groups.delete(orgId, id),
    ])
      expect(await failureOf(work)).to.include({
        status: 400,
        description: 'Invalid operation. User store is read only',
      });
  });

  it('tell that a store is away, unless another one has the group', async () => {
    const groups = writing();
    const { id } = await groups.create(orgId, { name: 'ACME/eng' });
    const other = await groups.create(orgId, { name: 'of-the-primary-store' });
    directory.away = true;
    const { groups: listed } = await reading(directory.store()).find(orgId, {
      domain: 'PRIMARY',
      offset: 0,
      limit: 99,
    });
    expect(listed.map((group) => group.id)).to.include(other.id);
    expect((await reading(directory.store()).get(orgId, other.id))?.id).to.equal(other.id);
    for (const work of [
      () => reading(directory.store()).find(orgId, { offset: 0, limit: 99 }),
      () => reading(directory.store()).get(orgId, id),
      () => groups.update(orgId, id, { name: 'x' }),
      () => groups.delete(orgId, id),
      () => groups.create(orgId, { name: 'ACME/new' }),
    ])
      expect(await failureOf(work)).to.be.instanceOf(UnavailableError);
  });

  it('are left by everybody in them, however many, before they go', async () => {
    const gone: string[] = [];
    events.participate(GroupDeleted, ({ groupId }) => void gone.push(groupId));
    const groups = writing();
    const members = Array.from({ length: 1203 }, (_, i) => directory.user(`member-${i}`).id);
    const { id } = await groups.create(orgId, { name: 'ACME/crowd', members });
    expect(directory.groups.get(id)?.members.size).to.equal(1203);
    await groups.update(orgId, id, { replace: true, add: members.slice(0, 1100) });
    expect(left.sort()).to.deep.equal(members.slice(1100).sort());
    expect(await groups.delete(orgId, id)).to.equal(true);
    expect(new Set(left)).to.deep.equal(new Set(members));
    expect(left).to.have.length(1203);
    expect([gone, directory.groups.size]).to.deep.equal([[id], 0]);
    expect(await groups.delete(orgId, id)).to.equal(false);
  });
});
