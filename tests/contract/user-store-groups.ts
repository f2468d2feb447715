import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { GroupsCapability, StoredUser, StoreFilter, UserStore } from '#core/users';
import { failureOf } from '../support/failures.js';

/** What the suite needs of a store whose groups can be written. */
export interface GroupsUnderTest {
  readonly store: UserStore;
  /** Organizations whose users the store holds: two, or the only one that it serves. */
  readonly orgs: readonly [string, string] | readonly [string];
  /** A password that the store takes. */
  readonly password: string;
}

/** The store under test, and short ways to use it. */
class Harness {
  #subject: GroupsUnderTest | undefined;
  #count = 0;

  attach(subject: GroupsUnderTest): void {
    this.#subject = subject;
  }

  get subject(): GroupsUnderTest {
    if (!this.#subject) throw new Error('the suite has not begun');
    return this.#subject;
  }

  get org(): string {
    return this.subject.orgs[0];
  }

  get groups(): GroupsCapability & Required<Pick<GroupsCapability, 'writer'>> {
    const { groups } = this.subject.store;
    if (!groups?.writer) throw new Error('the groups of the store cannot be written');
    return groups as ReturnType<() => GroupsCapability & Required<Pick<GroupsCapability, 'writer'>>>;
  }

  readonly freshName = (prefix: string) => `${prefix}${String(++this.#count).padStart(3, '0')}`;

  readonly user = (username = this.freshName('member')): Promise<StoredUser> => {
    const { store, password } = this.subject;
    if (!store.writer) throw new Error('the store is read-only');
    return store.writer.create(this.org, { id: randomUUID(), username, password, attributes: {} });
  };

  readonly group = (name = this.freshName('Staff'), members: readonly StoredUser[] = []) => this.#made(name, members);

  async #made(name: string, members: readonly StoredUser[]) {
    const group = await this.groups.writer.create(this.org, { id: randomUUID(), name });
    if (members.length > 0) await this.groups.writer.addMembers(this.org, group.id, idsOf(members));
    return group;
  }

  /** Names of the members. */
  readonly members = async (groupId: string) =>
    (await this.groups.members(this.org, groupId, { offset: 0, limit: 100 })).items.map(({ username }) => username);

  /** Names of the groups that fit, and how many there are as far as the store says. */
  readonly found = async (filter?: StoreFilter, offset = 0, limit = 100) => {
    const { items, total } = await this.groups.find(this.org, { filter, offset, limit });
    return { names: items.map(({ name }) => name), total };
  };
}

const idsOf = (users: readonly StoredUser[]) => users.map(({ id }) => id);

/** What a {@link UserStore} with groups that can be written must do. */
export function userStoreGroupsContract(open: () => GroupsUnderTest): void {
  const harness = new Harness();
  before(() => harness.attach(open()));
  for (const part of [membership, names, finding, paging]) part(harness);
}

function membership(harness: Harness): void {
  const { user, group, members } = harness;

  it('keeps groups and their members, in their organization only', async () => {
    const { groups, org } = harness;
    const [, other] = harness.subject.orgs;
    const [ann, staff] = [await user(), await group()];
    expect(await groups.byName(org, staff.name)).to.deep.equal(staff);
    expect(await groups.byId(org, staff.id)).to.deep.include(staff);
    expect(await groups.ofUser(org, ann.id)).to.deep.equal([]);
    await groups.writer.addMembers(org, staff.id, [ann.id]);
    expect(await groups.ofUser(org, ann.id)).to.deep.equal([staff]);
    expect(await members(staff.id)).to.deep.equal([ann.username]);
    await groups.writer.removeMembers(org, staff.id, [ann.id]);
    expect(await groups.ofUser(org, ann.id)).to.deep.equal([]);
    expect(await members(staff.id)).to.deep.equal([]);
    if (other === undefined) return;
    expect(await groups.byName(other, staff.name)).to.equal(undefined);
    expect(await groups.ofUser(other, ann.id)).to.deep.equal([]);
  });

  it('takes members that are in already, or that are nobody, for done', async () => {
    const { groups, org } = harness;
    const [ann, ben, cat] = [await user(), await user(), await user()];
    const staff = await group(undefined, [ann]);
    await groups.writer.addMembers(org, staff.id, [ann.id, ben.id, randomUUID(), ben.id]);
    await groups.writer.addMembers(org, staff.id, [ann.id, ben.id]);
    await groups.writer.addMembers(org, staff.id, []);
    expect(await members(staff.id)).to.deep.equal([ann.username, ben.username]);
    await groups.writer.removeMembers(org, staff.id, [cat.id, ann.id, randomUUID()]);
    await groups.writer.removeMembers(org, staff.id, [ann.id]);
    expect(await members(staff.id)).to.deep.equal([ben.username]);
  });

  it('says the groups of many users at once, by name', async () => {
    const { groups, org } = harness;
    const [ann, ben, cat] = [await user(), await user(), await user()];
    const second = await group(harness.freshName('b-second'), [ann, ben]);
    const first = await group(harness.freshName('A-first'), [ann]);
    const all = await groups.ofUsers(org, [ann.id, ben.id, cat.id, randomUUID()]);
    expect(all.get(ann.id)).to.deep.equal([first, second]);
    expect(all.get(ben.id)).to.deep.equal([second]);
    expect(all.get(cat.id) ?? []).to.deep.equal([]);
    expect(await groups.ofUser(org, ann.id)).to.deep.equal([first, second]);
    expect((await groups.ofUsers(org, [])).size).to.equal(0);
  });

  it('forgets a user who is deleted, and keeps the group', async () => {
    const { groups, org, subject } = harness;
    const [ann, ben] = [await user(), await user()];
    const staff = await group(undefined, [ann, ben]);
    await subject.store.writer?.delete(org, ann.id);
    expect(await members(staff.id)).to.deep.equal([ben.username]);
    await subject.store.writer?.delete(org, ben.id);
    expect(await members(staff.id)).to.deep.equal([]);
    expect((await groups.byName(org, staff.name))?.id).to.equal(staff.id);
  });

  it('keeps the groups of a user who gets another name', async function () {
    const { groups, org, subject } = harness;
    if (!subject.store.writer?.rename) return this.skip();
    const ann = await user();
    const staff = await group(undefined, [ann]);
    const username = harness.freshName('renamed');
    await subject.store.writer.rename(org, ann.id, username);
    expect(await groups.ofUser(org, ann.id)).to.deep.equal([staff]);
    expect(await members(staff.id)).to.deep.equal([username]);
  });

  it('deletes a group once, and not its members', async () => {
    const { groups, org, subject } = harness;
    const ann = await user();
    const staff = await group(undefined, [ann]);
    expect(await groups.writer.delete(org, staff.id)).to.equal(true);
    expect(await groups.writer.delete(org, staff.id)).to.equal(false);
    expect(await groups.byId(org, staff.id)).to.equal(undefined);
    expect(await groups.byName(org, staff.name)).to.equal(undefined);
    expect(await groups.ofUser(org, ann.id)).to.deep.equal([]);
    expect(await subject.store.lookup.byId(org, ann.id)).to.deep.equal(ann);
    expect((await group(staff.name)).id, 'the name is free, the id is new').not.to.equal(staff.id);
  });
}

function names(harness: Harness): void {
  const { user, group, members } = harness;

  it('renames a group: the id and the members stay', async () => {
    const { groups, org } = harness;
    const ann = await user();
    const staff = await group(undefined, [ann]);
    const name = harness.freshName('Renamed');
    await groups.writer.rename(org, staff.id, name);
    expect(await groups.byName(org, name)).to.deep.equal({ id: staff.id, name });
    expect(await groups.byName(org, staff.name)).to.equal(undefined);
    expect(await groups.ofUser(org, ann.id)).to.deep.equal([{ id: staff.id, name }]);
    expect(await members(staff.id)).to.deep.equal([ann.username]);
    await groups.writer.rename(org, staff.id, name);
    await groups.writer.rename(org, staff.id, name.toUpperCase());
    expect(await groups.byName(org, name), 'another case of letters').to.deep.equal({
      id: staff.id,
      name: name.toUpperCase(),
    });
  });

  it('takes a name once, in any case of letters', async () => {
    const { groups, org } = harness;
    const [staff, other] = [await group(), await group()];
    expect(await failureOf(() => group(staff.name.toUpperCase()))).to.have.property('status', 409);
    expect(await failureOf(() => groups.writer.rename(org, other.id, staff.name))).to.have.property('status', 409);
    expect((await groups.byName(org, staff.name.toLowerCase()))?.id).to.equal(staff.id);
    expect((await groups.byId(org, other.id))?.name).to.equal(other.name);
  });

  it('refuses names that are none, and takes hostile ones for what they are', async () => {
    const { groups, org } = harness;
    for (const bad of ['', 'ab', 'x'.repeat(300)])
      expect(await failureOf(() => group(bad)), bad).to.have.property('status', 400);
    for (const hostile of ["o'group", 'a+b', 'cn=x,ou=y', 'a\\,b', 'a(b)c', '#hash', 'a"b;c', '<tag>', 'valueOf']) {
      const made = await group(hostile);
      expect(await groups.byName(org, hostile), hostile).to.deep.equal(made);
      await groups.writer.rename(org, made.id, `${hostile}2`);
      expect(await groups.byName(org, `${hostile}2`), hostile).to.deep.equal({ id: made.id, name: `${hostile}2` });
    }
    for (const name of ['*', 'o*', '%', '*)(cn=*', '\0', 'x'.repeat(10_000)])
      expect(await groups.byName(org, name), name).to.equal(undefined);
  });
}

const named = (comparison: 'eq' | 'sw' | 'co' | 'ew' | 'ne', value: string): StoreFilter => ({
  op: 'compare',
  subject: { of: 'name' },
  comparison,
  value,
  type: 'string',
});

function finding(harness: Harness): void {
  const { user, group, found } = harness;

  it('finds groups by name, id and member', async () => {
    const { org, groups } = harness;
    const ann = await user();
    const [one, two, three] = [
      await group('Find-one', [ann]),
      await group('Find-two', [ann]),
      await group('Find-three'),
    ];
    const byMember: StoreFilter = {
      op: 'compare',
      subject: { of: 'member' },
      comparison: 'eq',
      value: ann.id,
      type: 'string',
    };
    const none: StoreFilter = { ...byMember, value: randomUUID() };
    const expectation: readonly (readonly [StoreFilter, readonly string[]])[] = [
      [named('eq', 'find-ONE'), [one.name]],
      [named('sw', 'find-'), [one.name, two.name, three.name]],
      [named('co', 'ind-t'), [two.name, three.name]],
      [named('ew', '-THREE'), [three.name]],
      [named('eq', 'find-*'), []],
      [byMember, [one.name, two.name]],
      [none, []],
      [{ op: 'and', filters: [byMember, { op: 'not', filter: named('eq', one.name) }] }, [two.name]],
      [{ op: 'and', filters: [named('sw', 'find-'), named('ne', one.name)] }, [two.name, three.name]],
      [{ op: 'or', filters: [named('eq', one.name), named('eq', three.name)] }, [one.name, three.name]],
      [{ op: 'ids', ids: [one.id, three.id, randomUUID()] }, [one.name, three.name]],
      [{ op: 'ids', ids: [] }, []],
      [{ op: 'compare', subject: { of: 'id' }, comparison: 'eq', value: two.id, type: 'string' }, [two.name]],
    ];
    for (const [filter, wanted] of expectation)
      expect((await found(filter)).names, JSON.stringify(filter)).to.have.members(wanted);
    expect((await found()).names).to.include.members([one.name, two.name, three.name]);
    expect((await groups.find(org, { filter: named('eq', one.name), offset: 0, limit: 1 })).items[0]).to.deep.include(
      one,
    );
  });

  it('says when groups were made and changed, where it knows, and finds them by that', async function () {
    const { org, groups } = harness;
    const made = await group();
    const { created, modified } = (await groups.byId(org, made.id)) ?? {};
    if (created === undefined || modified === undefined) return this.skip();
    expect(new Date(created).toISOString()).to.equal(created);
    const at = (name: string, comparison: 'ge' | 'lt' | 'le' | 'gt', value: string): StoreFilter => ({
      op: 'and',
      filters: [
        named('eq', made.name),
        { op: 'compare', subject: { of: 'attribute', name }, comparison, value, type: 'dateTime' },
      ],
    });
    const [before, after] = ['2001-01-01T00:00:00Z', '2101-01-01T00:00:00Z'];
    for (const name of ['created', 'modified']) {
      expect((await found(at(name, 'gt', before))).names).to.deep.equal([made.name]);
      expect((await found(at(name, 'lt', after))).names).to.deep.equal([made.name]);
      expect((await found(at(name, 'ge', after))).names).to.deep.equal([]);
      expect((await found(at(name, 'le', before))).names).to.deep.equal([]);
    }
    expect((await found(at('created', 'ge', created))).names, 'not before it was made').to.deep.equal([made.name]);
  });
}

function paging(harness: Harness): void {
  const { user, group, found } = harness;

  it('gives groups page by page, each once, and says at the end how many there are', async () => {
    const wanted = ['Page-a', 'Page-b', 'Page-c', 'Page-d', 'Page-e'];
    for (const name of wanted) await group(name);
    const filter = named('sw', 'page-');
    const pages = [await found(filter, 0, 2), await found(filter, 2, 2), await found(filter, 4, 2)];
    expect(pages.map(({ names: page }) => page.length)).to.deep.equal([2, 2, 1]);
    expect(pages.flatMap(({ names: page }) => page)).to.have.members(wanted);
    for (const { total } of pages) expect(total ?? 5).to.equal(5);
    expect(await found(filter, 5, 2)).to.deep.equal({ names: [], total: 5 });
    expect(await found(filter, 100, 2)).to.deep.equal({ names: [], total: 5 });
  });

  it('gives members page by page, by user name', async () => {
    const { org, groups } = harness;
    const made: StoredUser[] = [];
    for (const name of ['pager-d', 'Pager-b', 'pager-a', 'pager-c']) made.push(await user(name));
    const staff = await group(undefined, made);
    const page = async (offset: number, limit: number) => {
      const { items, total } = await groups.members(org, staff.id, { offset, limit });
      if (total !== undefined) expect(total).to.equal(4);
      return items.map(({ username }) => username);
    };
    expect(await page(0, 3)).to.deep.equal(['pager-a', 'Pager-b', 'pager-c']);
    expect(await page(3, 3)).to.deep.equal(['pager-d']);
    expect((await groups.members(org, staff.id, { offset: 4, limit: 3 })).total).to.equal(4);
    expect((await groups.members(org, randomUUID(), { offset: 0, limit: 3 })).items).to.deep.equal([]);
  });
}
