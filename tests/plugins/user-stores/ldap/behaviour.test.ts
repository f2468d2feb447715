import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Client } from 'ldapts';
import { UnavailableError } from '#core/kernel';
import { type StoreFilter, UserFilterError } from '#core/users';
import { atDirectory } from '../../../support/directory-client.js';
import { failureOf } from '../../../support/failures.js';
import { skipWithout } from '../../../support/services.js';
import { type SlapdTree, slapdTree } from '../../../support/slapd.js';
import { type OpenStore, ORG, type Overrides, openStore, PASSWORD, slapdSettings } from './open-store.js';

describe('what the read-write LDAP user store does with the directory', () => {
  let tree: SlapdTree;
  let open: OpenStore;
  const opened: OpenStore[] = [];
  before(async function () {
    skipWithout(this, 'slapd');
    tree = await slapdTree('behaviour');
    open = another();
  });
  after(async () => {
    for (const { store } of opened) await store.close();
  });

  function another(more: Overrides = {}): OpenStore {
    const one = openStore('read-write', slapdSettings(tree, { connection_pooling_enabled: true, ...more }));
    opened.push(one);
    return one;
  }
  function create(
    username: string,
    attributes: Record<string, string[]> = {},
    at = open,
    password: string | undefined = PASSWORD,
  ) {
    const { writer } = at.store;
    if (!writer) throw new Error('read-only');
    return writer.create(ORG, { id: randomUUID(), username, password, attributes });
  }
  function groupsOf({ store }: OpenStore) {
    const { groups } = store;
    if (!groups?.writer) throw new Error('groups cannot be written');
    return { groups, writer: groups.writer };
  }
  const asAdmin = <T>(work: (client: Client) => Promise<T>) =>
    atDirectory({ ...tree, url: tree.ldapsUrl, dn: tree.adminDn, password: tree.adminPassword }, work);
  const entryOf = (rdn: string, base = tree.usersBase) =>
    asAdmin(async (client) => {
      const { searchEntries } = await client.search(`${rdn},${base}`, { scope: 'base', attributes: ['*', '+'] });
      return searchEntries[0];
    });

  it('makes entries with what their class wants, and keeps the password hashed', async () => {
    const user = await create('alice', { givenName: ['Alice'], departmentNumber: ['1', '2'] });
    const entry = await entryOf('uid=alice');
    expect(entry).to.include({ uid: 'alice', sn: 'alice', cn: 'alice', givenName: 'Alice', scimId: user.id });
    expect(entry?.['departmentNumber']).to.deep.equal(['1', '2']);
    expect(String(entry?.['userPassword'])).to.match(/^\{SSHA\}/);
  });

  it('gives last names to those who have none, and takes them away again', async () => {
    const user = await create('bob', { sn: ['Builder'] });
    await open.store.attributes.write?.(ORG, user.id, { sn: [] });
    expect(await open.store.attributes.read(ORG, user.id, ['sn'])).to.deep.equal({ sn: ['bob'] });
  });

  it('leaves nothing behind of a user who cannot be made wholly', async () => {
    expect(await failureOf(() => create('carol', { mail: ['Grüße'] }))).to.include({ status: 400, code: 'SUO-60020' });
    expect(await failureOf(() => create('carol', { neverHeardOf: ['x'] }))).to.have.property('status', 400);
    expect(await failureOf(() => create('carol', { 'mail)(x': ['x'] }))).to.have.property('status', 400);
    expect(await open.store.lookup.byUsername(ORG, 'carol')).to.equal(undefined);
  });

  it('says in its own words which rule a name, a password or a group breaks', async () => {
    const strict = another({
      username_java_regex: '[a-z]{3,8}',
      username_java_reg_ex_violation_error_msg: 'Small letters, please',
      password_java_regex: '.{8,}',
      password_java_reg_ex_violation_error_msg: 'Eight at least',
      rolename_java_regex: '[A-Z]+',
      rolename_java_reg_ex_violation_error_msg: 'Capitals only',
    });
    const description = async (work: () => unknown) => (await failureOf(work)) as Error & { description: string };
    expect((await description(() => create('Dave', {}, strict))).description).to.equal('Small letters, please');
    expect((await description(() => create('dave', {}, strict, 'short'))).description).to.equal('Eight at least');
    const { writer } = groupsOf(strict);
    const made = writer.create(ORG, { id: randomUUID(), name: 'staff' });
    expect((await description(() => made)).description).to.equal('Capitals only');
    const user = await create('dave', {}, strict);
    expect((await description(() => strict.store.credentials.set?.(ORG, user.id, 'short'))).description).to.equal(
      'Eight at least',
    );
    expect(await failureOf(() => strict.store.writer?.rename?.(ORG, user.id, 'Not So'))).to.have.property(
      'status',
      400,
    );
  });

  it('takes names apart from the names of others, whatever they hold', async () => {
    const wild = another({ username_java_regex: '[\\s\\S]{1,100}' });
    const names = ['cn=x,ou=y', 'a+b', 'a\\,b', ' led', 'x#y', '#z', 'a"b;c<d>', '(uid=*)', '*', 'a*', 'Ünal 🦀'];
    for (const name of names) {
      const user = await create(name, {}, wild);
      expect(await wild.store.lookup.byUsername(ORG, name), name).to.deep.equal(user);
      expect(await wild.store.lookup.byId(ORG, user.id), name).to.deep.equal(user);
      expect(await wild.store.credentials.verify(ORG, name, PASSWORD), name).to.deep.equal({
        outcome: 'accepted',
        user,
      });
      const { groups, writer } = groupsOf(wild);
      const group = await writer.create(ORG, { id: randomUUID(), name: `of ${name}` });
      await writer.addMembers(ORG, group.id, [user.id]);
      expect(await groups.ofUser(ORG, user.id), name).to.deep.equal([group]);
      const { items } = await groups.members(ORG, group.id, { offset: 0, limit: 5 });
      expect(items, name).to.deep.equal([user]);
      await wild.store.writer?.rename?.(ORG, user.id, `${name}!`);
      expect((await groups.members(ORG, group.id, { offset: 0, limit: 5 })).items[0]?.username, name).to.equal(
        `${name}!`,
      );
      expect(await wild.store.writer?.delete(ORG, user.id), name).to.equal(true);
    }
    expect((await entryOf(`ou=Users`, tree.base))?.dn, 'what is around is untouched').to.equal(tree.usersBase);
    for (const none of ['led', ' LED ', 'a\0', '\0', 'x'.repeat(10_000), '\ud800', '*)(uid=*'])
      expect(await wild.store.lookup.byUsername(ORG, none), none.slice(0, 20)).to.equal(undefined);
  });

  it('minds names that only look alike to the directory', async () => {
    const user = await create('ELENA');
    expect((await open.store.lookup.byUsername(ORG, 'elena'))?.id).to.equal(user.id);
    for (const name of ['elena ', ' elena', 'ele\u00adna', 'ELENA\u200b'])
      expect(await open.store.lookup.byUsername(ORG, name), JSON.stringify(name)).to.equal(undefined);
    const exact = another({ case_insensitive_username: false });
    expect(await exact.store.lookup.byUsername(ORG, 'elena')).to.equal(undefined);
    expect((await exact.store.lookup.byUsername(ORG, 'ELENA'))?.id).to.equal(user.id);
  });

  it('joins values for an attribute that holds only one', async () => {
    const joined = another({ multi_attribute_separator: ' | ' });
    const user = await create('frank', { displayName: ['Frank', 'Fränk'], title: ['a', 'b'] }, joined);
    const read = await joined.store.attributes.read(ORG, user.id, ['displayName', 'title']);
    expect(read).to.deep.equal({ displayName: ['Frank | Fränk'], title: ['a', 'b'] });
  });

  it('keeps the display name where the settings say', async () => {
    const named = another({ display_name_attribute: 'cn' });
    const user = await create('gina', { displayName: ['Gina G.'] }, named);
    expect(await entryOf('uid=gina')).to.include({ cn: 'Gina G.' });
    expect(await named.store.attributes.read(ORG, user.id, ['displayName'])).to.deep.equal({
      displayName: ['Gina G.'],
    });
    const filter: StoreFilter = {
      op: 'compare',
      subject: { of: 'attribute', name: 'displayName' },
      comparison: 'eq',
      value: 'gina g.',
      type: 'string',
    };
    const page = await named.store.search.users(ORG, { filter, attributes: ['displayName'], offset: 0, limit: 5 });
    expect(page.items).to.deep.equal([{ ...user, attributes: { displayName: ['Gina G.'] } }]);
  });

  it('does not change what the settings say is immutable, nor names and ids', async () => {
    const careful = another({ immutable_attributes: 'title, employeeNumber' });
    const user = await create('henry', { title: ['never written'] }, careful);
    expect(await careful.store.attributes.read(ORG, user.id, ['title'])).to.deep.equal({});
    for (const changes of [{ title: ['x'] }, { uid: ['other'] }, { scimId: ['x'] }, { entryUUID: [randomUUID()] }])
      expect(await failureOf(() => careful.store.attributes.write?.(ORG, user.id, changes))).to.have.property(
        'status',
        400,
      );
    await careful.store.attributes.write?.(ORG, user.id, {
      uid: ['henry'],
      scimId: [user.id],
      mail: ['h@example.com'],
    });
    expect(await careful.store.attributes.read(ORG, user.id, ['mail', 'uid'])).to.deep.equal({
      mail: ['h@example.com'],
      uid: ['henry'],
    });
  });

  it('reads and writes times as ISO 8601, and compares them as instants', async () => {
    const timed = another({ timestamp_attributes: 'createdDate', date_and_time_pattern: 'uuuuMMddHHmmss.SX' });
    const user = await create('irene', { createdDate: ['2026-01-31T22:00:00.000+01:00'] }, timed);
    expect(await entryOf('uid=irene')).to.include({ createdDate: '20260131210000.0Z' });
    const read = await timed.store.attributes.read(ORG, user.id, ['createdDate']);
    expect(read).to.deep.equal({ createdDate: ['2026-01-31T21:00:00.000Z'] });
    expect(await failureOf(() => create('irina', { createdDate: ['soon'] }, timed))).to.have.property('status', 400);
    const found = async (comparison: 'gt' | 'le' | 'eq', value: string, name = 'createdDate') => {
      const filter: StoreFilter = {
        op: 'and',
        filters: [
          { op: 'compare', subject: { of: 'name' }, comparison: 'eq', value: 'irene', type: 'string' },
          { op: 'compare', subject: { of: 'attribute', name }, comparison, value, type: 'dateTime' },
        ],
      };
      return (await timed.store.search.users(ORG, { filter, attributes: [], offset: 0, limit: 5 })).items.length;
    };
    expect(await found('eq', '2026-01-31T21:00:00Z')).to.equal(1);
    expect(await found('gt', '2026-01-31T22:30:00+02:00')).to.equal(1);
    expect(await found('gt', '2026-01-31T21:00:00Z')).to.equal(0);
    expect(await found('le', '2026-01-31T21:00:00Z')).to.equal(1);
    expect(await found('gt', '2020-01-01T00:00:00Z', 'createTimestamp')).to.equal(1);
    expect(await found('le', '2020-01-01T00:00:00Z', 'createTimestamp')).to.equal(0);
    expect(await found('eq', 'soon')).to.equal(0);
  });

  it('shows bytes as base64', async () => {
    const photos = another({ ldap_binary_attributes: 'jpegPhoto audio' });
    const bytes = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x01]).toString('base64');
    const user = await create('julia', { jpegPhoto: [bytes] }, photos);
    expect(await photos.store.attributes.read(ORG, user.id, ['jpegPhoto'])).to.deep.equal({ jpegPhoto: [bytes] });
  });

  it('says what the directory cannot compare', async () => {
    const compare = (name: string, comparison: 'gt' | 'co', type: 'string' | 'integer' = 'string') => {
      const subject = { of: 'attribute', name } as const;
      const filter: StoreFilter = { op: 'compare', subject, comparison, value: '5', type };
      return failureOf(() => open.store.search.users(ORG, { filter, attributes: [], offset: 0, limit: 5 }));
    };
    expect(await compare('title', 'gt', 'integer')).to.be.instanceOf(UserFilterError);
    expect(await compare('jpegPhoto', 'co')).to.be.instanceOf(UserFilterError);
    expect(await compare('objectClass', 'gt')).to.be.instanceOf(UserFilterError);
    const identity: StoreFilter = {
      op: 'compare',
      subject: { of: 'identity', name: 'accountLocked' },
      comparison: 'eq',
      value: 'true',
      type: 'boolean',
    };
    const asked = open.store.search.users(ORG, { filter: identity, attributes: [], offset: 0, limit: 5 });
    expect(await failureOf(() => asked)).to.be.instanceOf(UserFilterError);
  });

  it('lists no more than the settings allow', async () => {
    const short = another({ max_user_name_list_length: 2, max_role_name_list_length: 1 });
    const users = await short.store.search.users(ORG, { attributes: [], offset: 0, limit: 100 });
    expect(users.items).to.have.length(2);
    expect(users.total).to.equal(undefined);
    const { groups, writer } = groupsOf(short);
    for (const name of ['One', 'Two']) await writer.create(ORG, { id: randomUUID(), name });
    expect((await groups.find(ORG, { offset: 0, limit: 100 })).items).to.have.length(1);
  });

  it('hides the member that empty groups have, and refuses empty ones when the settings say so', async () => {
    const { groups, writer } = groupsOf(open);
    const group = await writer.create(ORG, { id: randomUUID(), name: 'Empty' });
    expect((await entryOf('cn=Empty', tree.groupsBase))?.['member']).to.equal(`cn=nobody,${tree.groupsBase}`);
    expect(await groups.members(ORG, group.id, { offset: 0, limit: 5 })).to.deep.equal({ items: [], total: 0 });
    const full = groupsOf(another({ empty_roles_allowed: false }));
    const made = full.writer.create(ORG, { id: randomUUID(), name: 'Nobody' });
    expect(await failureOf(() => made)).to.include({ status: 400, code: 'SUO-60021' });
    const last = await create('lastone');
    await writer.addMembers(ORG, group.id, [last.id]);
    expect(await failureOf(() => full.writer.removeMembers(ORG, group.id, [last.id]))).to.have.property(
      'code',
      'SUO-60021',
    );
    expect((await groups.members(ORG, group.id, { offset: 0, limit: 5 })).items).to.deep.equal([last]);
  });

  it('takes the last member out of a group that somebody else has made', async () => {
    const { groups, writer } = groupsOf(open);
    const user = await create('karla');
    await asAdmin((client) =>
      client.add(`cn=Foreign,${tree.groupsBase}`, {
        objectClass: 'groupOfNames',
        cn: 'Foreign',
        member: `uid=karla,${tree.usersBase}`,
      }),
    );
    const group = await groups.byName(ORG, 'Foreign');
    await writer.removeMembers(ORG, group?.id ?? '', [user.id]);
    expect((await groups.members(ORG, group?.id ?? '', { offset: 0, limit: 5 })).items).to.deep.equal([]);
    expect(await groups.ofUser(ORG, user.id)).to.deep.equal([]);
  });

  it('writes ids and times of groups where the settings say', async () => {
    const own = groupsOf(
      another({ group_id_attribute: 'scimId', group_entry_object_class: 'groupOfNames,identityGroup' }),
    );
    const id = randomUUID();
    expect(await own.writer.create(ORG, { id, name: 'With-id' })).to.deep.equal({ id, name: 'With-id' });
    expect((await own.groups.byId(ORG, id))?.name).to.equal('With-id');
    expect(await entryOf('cn=With-id', tree.groupsBase)).to.include({ scimId: id });
  });

  it('has no groups, or none to write, and no attributes to write, when the settings say so', () => {
    expect(another({ read_groups: false }).store.groups).to.equal(undefined);
    expect(another({ write_groups: false }).store.groups?.writer).to.equal(undefined);
    expect(another({ claim_operations_supported: false }).store.attributes.write).to.equal(undefined);
  });

  it('never binds without a password, and says no to one', async () => {
    await create('liam');
    const before = open.lines.length;
    expect((await open.store.credentials.verify(ORG, 'liam', '')).outcome).to.equal('rejected');
    const binds = open.lines.slice(before).filter(({ operation }) => operation === 'bind');
    expect(
      binds.map(({ result }) => result),
      'as somebody who is not there',
    ).to.deep.equal([49]);
    expect(await failureOf(() => open.store.credentials.set?.(ORG, randomUUID(), ''))).to.have.property('status', 400);
  });

  it('tells of each operation, and nothing of values', async () => {
    const user = await create('very-private-name', { mail: ['private@example.com'] });
    await open.store.credentials.verify(ORG, 'very-private-name', PASSWORD);
    await open.store.writer?.delete(ORG, user.id);
    const lines = open.lines.filter(({ msg }) => msg === 'ldap');
    expect(new Set(lines.map(({ operation }) => operation))).to.include.all.keys(
      'search',
      'add',
      'bind',
      'delete',
      'extended',
    );
    for (const line of lines) expect(line).to.include.all.keys('store', 'operation', 'base', 'duration', 'result');
    const text = JSON.stringify(open.lines);
    for (const secret of ['very-private-name', 'private@example.com', PASSWORD, user.id, tree.adminPassword])
      expect(text, secret).not.to.include(secret);
    expect(text).to.include('(&(objectClass=?)(&(objectClass=?)(uid=?)))');
    const silent = another({ tracing_enabled: false });
    await silent.store.ping();
    expect(silent.lines).to.deep.equal([]);
  });

  it('may be refused by the directory, and says so', async () => {
    const reader = another({ connection_name: tree.readOnlyDn, connection_password: tree.readOnlyPassword });
    expect(await failureOf(() => create('mona', {}, reader))).to.include({ status: 403, code: 'SUO-60001' });
    const user = await create('nina');
    for (const work of [
      () => reader.store.attributes.write?.(ORG, user.id, { mail: ['x@example.com'] }),
      () => reader.store.writer?.delete(ORG, user.id),
      () => reader.store.writer?.rename?.(ORG, user.id, 'nina2'),
      () => reader.store.credentials.set?.(ORG, user.id, PASSWORD),
    ])
      expect(await failureOf(work)).to.have.property('status', 403);
  });

  it('has no users below a base that is not there', async () => {
    const lost = another({ user_search_base: `ou=Nowhere,${tree.base}` });
    expect(await lost.store.lookup.byUsername(ORG, 'alice')).to.equal(undefined);
    expect(await lost.store.search.users(ORG, { attributes: [], offset: 0, limit: 5 })).to.deep.equal({
      items: [],
      total: 0,
    });
    expect(await failureOf(() => create('olga', {}, lost))).to.be.instanceOf(UnavailableError);
  });

  it('looks below several bases, one after the other', async () => {
    const base = `ou=Guests,${tree.base}`;
    await asAdmin((client) => client.add(base, { objectClass: 'organizationalUnit' }));
    const guests = another({ user_search_base: base });
    const guest = await create('guest-one', {}, guests);
    const both = another({ user_search_base: `${tree.usersBase}#${base}` });
    expect(await both.store.lookup.byId(ORG, guest.id)).to.deep.equal(guest);
    const all = await both.store.search.users(ORG, { attributes: [], offset: 0, limit: 100 });
    expect(all.items.map(({ username }) => username)).to.include.members(['alice', 'guest-one']);
    const last = await both.store.search.users(ORG, { attributes: ['sn'], offset: (all.total ?? 0) - 1, limit: 5 });
    expect(last).to.deep.equal({ items: [{ ...guest, attributes: { sn: ['guest-one'] } }], total: all.total });
  });

  it('writes large groups in pieces', async () => {
    const { groups, writer } = groupsOf(open);
    const ids = Array.from({ length: 520 }, () => randomUUID());
    await asAdmin((client) =>
      Promise.all(
        ids.map((scimId, count) => {
          const uid = `crowd-${String(count).padStart(3, '0')}`;
          const person = { objectClass: 'identityPerson', uid, cn: uid, sn: uid, scimId };
          return client.add(`uid=${uid},${tree.usersBase}`, person);
        }),
      ),
    );
    const crowd = await writer.create(ORG, { id: randomUUID(), name: 'Crowd' });
    await writer.addMembers(ORG, crowd.id, ids.slice(0, 3));
    await writer.addMembers(ORG, crowd.id, ids);
    const page = await groups.members(ORG, crowd.id, { offset: 517, limit: 10 });
    expect(page.items.map(({ username }) => username)).to.deep.equal(['crowd-517', 'crowd-518', 'crowd-519']);
    expect(page.total).to.equal(520);
    await writer.removeMembers(ORG, crowd.id, ids.slice(1));
    await writer.removeMembers(ORG, crowd.id, ids.slice(1));
    expect((await groups.members(ORG, crowd.id, { offset: 0, limit: 10 })).items.map(({ id }) => id)).to.deep.equal(
      ids.slice(0, 1),
    );
  });
});
