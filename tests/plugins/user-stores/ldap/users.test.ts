import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { failureOf } from '../../../support/failures.js';
import { skipWithout } from '../../../support/services.js';
import { OPEN_NAMES, ORG, openStore, PASSWORD } from './open-store.js';
import { SlapdPlace } from './slapd-place.js';

describe('what the read-write LDAP user store does with users', () => {
  let place: SlapdPlace;
  before(async function () {
    skipWithout(this, 'slapd');
    place = await SlapdPlace.make('users');
  });
  after(() => place?.close());

  it('makes entries with what their class wants, and keeps the password hashed', async () => {
    const user = await place.create('alice', { givenName: ['Alice'], departmentNumber: ['1', '2'] });
    const entry = await place.entryOf('uid=alice');
    expect(entry).to.include({ uid: 'alice', sn: 'alice', cn: 'alice', givenName: 'Alice', scimId: user.id });
    expect(entry?.['departmentNumber']).to.deep.equal(['1', '2']);
    expect(String(entry?.['userPassword'])).to.match(/^\{SSHA\}/);
  });

  it('gives last names to those who have none, and takes them away again', async () => {
    const user = await place.create('bob', { sn: ['Builder'] });
    await place.open.store.attributes.write?.(ORG, user.id, { sn: [] });
    expect(await place.open.store.attributes.read(ORG, user.id, ['sn'])).to.deep.equal({ sn: ['bob'] });
  });

  it('leaves nothing behind of a user who cannot be made wholly', async () => {
    expect(await failureOf(() => place.create('carol', { mail: ['Grüße'] }))).to.include({
      status: 400,
      code: 'SUO-60020',
    });
    expect(await failureOf(() => place.create('carol', { neverHeardOf: ['x'] }))).to.have.property('status', 400);
    expect(await failureOf(() => place.create('carol', { 'mail)(x': ['x'] }))).to.have.property('status', 400);
    expect(await place.open.store.lookup.byUsername(ORG, 'carol')).to.equal(undefined);
  });

  it('says in its own words which rule a name, a password or a group breaks', async () => {
    const strict = place.another({
      username_java_regex: '[a-z]{3,8}',
      username_java_reg_ex_violation_error_msg: 'Small letters, please',
      password_java_regex: '.{8,}',
      password_java_reg_ex_violation_error_msg: 'Eight at least',
      rolename_java_regex: '[A-Z]+',
      rolename_java_reg_ex_violation_error_msg: 'Capitals only',
    });
    const description = async (work: () => unknown) => (await failureOf(work)) as Error & { description: string };
    expect((await description(() => place.create('Dave', {}, strict))).description).to.equal('Small letters, please');
    expect((await description(() => place.create('dave', {}, strict, 'short'))).description).to.equal('Eight at least');
    const { writer } = place.groupsOf(strict);
    const made = writer.create(ORG, { id: randomUUID(), name: 'staff' });
    expect((await description(() => made)).description).to.equal('Capitals only');
    const user = await place.create('dave', {}, strict);
    expect((await description(() => strict.store.credentials.set?.(ORG, user.id, 'short'))).description).to.equal(
      'Eight at least',
    );
    expect(await failureOf(() => strict.store.writer?.rename?.(ORG, user.id, 'Not So'))).to.have.property(
      'status',
      400,
    );
  });

  it('takes names apart from the names of others, whatever they hold', async () => {
    const wild = place.another({ username_java_regex: '[\\s\\S]{1,100}' });
    const names = ['cn=x,ou=y', 'a+b', 'a\\,b', ' led', 'x#y', '#z', 'a"b;c<d>', '(uid=*)', '*', 'a*', 'Ünal 🦀'];
    for (const name of names) {
      const user = await place.create(name, {}, wild);
      expect(await wild.store.lookup.byUsername(ORG, name), name).to.deep.equal(user);
      expect(await wild.store.lookup.byId(ORG, user.id), name).to.deep.equal(user);
      expect(await wild.store.credentials.verify(ORG, name, PASSWORD), name).to.deep.equal({
        outcome: 'accepted',
        user,
      });
      const { groups, writer } = place.groupsOf(wild);
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
    expect((await place.entryOf(`ou=Users`, place.tree.base))?.dn, 'what is around is untouched').to.equal(
      place.tree.usersBase,
    );
    for (const none of ['led', ' LED ', 'a\0', '\0', 'x'.repeat(10_000), '\ud800', '*)(uid=*'])
      expect(await wild.store.lookup.byUsername(ORG, none), none.slice(0, 20)).to.equal(undefined);
  });

  it('minds names that only look alike to the directory', async () => {
    const user = await place.create('ELENA');
    expect((await place.open.store.lookup.byUsername(ORG, 'elena'))?.id).to.equal(user.id);
    for (const name of ['elena ', ' elena', 'ele\u00adna', 'ELENA\u200b'])
      expect(await place.open.store.lookup.byUsername(ORG, name), JSON.stringify(name)).to.equal(undefined);
    const exact = place.another({ case_insensitive_username: false });
    expect(await exact.store.lookup.byUsername(ORG, 'elena')).to.equal(undefined);
    expect((await exact.store.lookup.byUsername(ORG, 'ELENA'))?.id).to.equal(user.id);
  });

  it('joins values for an attribute that holds only one', async () => {
    const joined = place.another({ multi_attribute_separator: ' | ' });
    const user = await place.create('frank', { displayName: ['Frank', 'Fränk'], title: ['a', 'b'] }, joined);
    const read = await joined.store.attributes.read(ORG, user.id, ['displayName', 'title']);
    expect(read).to.deep.equal({ displayName: ['Frank | Fränk'], title: ['a', 'b'] });
  });

  it('does not change what the settings say is immutable, nor names and ids', async () => {
    const careful = place.another({ immutable_attributes: 'title, employeeNumber' });
    const user = await place.create('henry', { title: ['never written'] }, careful);
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

  it('has no groups, or none to write, and no attributes to write, when the settings say so', () => {
    expect(place.another({ read_groups: false }).store.groups).to.equal(undefined);
    expect(place.another({ write_groups: false }).store.groups?.writer).to.equal(undefined);
    expect(place.another({ claim_operations_supported: false }).store.attributes.write).to.equal(undefined);
  });

  it('never binds without a password, and says no to one', async () => {
    await place.create('liam');
    const before = place.open.lines.length;
    expect((await place.open.store.credentials.verify(ORG, 'liam', '')).outcome).to.equal('rejected');
    const binds = place.open.lines.slice(before).filter(({ operation }) => operation === 'bind');
    expect(
      binds.map(({ result }) => result),
      'as somebody who is not there',
    ).to.deep.equal([49]);
    expect(await failureOf(() => place.open.store.credentials.set?.(ORG, randomUUID(), ''))).to.have.property(
      'status',
      400,
    );
  });

  it('tells of each operation, and nothing of values', async () => {
    const user = await place.create('very-private-name', { mail: ['private@example.com'] });
    await place.open.store.credentials.verify(ORG, 'very-private-name', PASSWORD);
    await place.open.store.writer?.delete(ORG, user.id);
    const lines = place.open.lines.filter(({ msg }) => msg === 'ldap');
    expect(new Set(lines.map(({ operation }) => operation))).to.include.all.keys(
      'search',
      'add',
      'bind',
      'delete',
      'extended',
    );
    for (const line of lines) expect(line).to.include.all.keys('store', 'operation', 'base', 'duration', 'result');
    const text = JSON.stringify(place.open.lines);
    for (const secret of ['very-private-name', 'private@example.com', PASSWORD, user.id, place.tree.adminPassword])
      expect(text, secret).not.to.include(secret);
    expect(text).to.include('(&(objectClass=?)(&(objectClass=?)(uid=?)))');
    const silent = place.another({ tracing_enabled: false });
    await silent.store.ping();
    expect(silent.lines).to.deep.equal([]);
  });

  it('may be refused by the directory, and says so', async () => {
    const reader = place.another({
      connection_name: place.tree.readOnlyDn,
      connection_password: place.tree.readOnlyPassword,
    });
    expect(await failureOf(() => place.create('mona', {}, reader))).to.include({ status: 403, code: 'SUO-60001' });
    const user = await place.create('nina');
    for (const work of [
      () => reader.store.attributes.write?.(ORG, user.id, { mail: ['x@example.com'] }),
      () => reader.store.writer?.delete(ORG, user.id),
      () => reader.store.writer?.rename?.(ORG, user.id, 'nina2'),
      () => reader.store.credentials.set?.(ORG, user.id, PASSWORD),
    ])
      expect(await failureOf(work)).to.have.property('status', 403);
  });

  it('sends no password to an Active Directory without encryption', async () => {
    const { store } = openStore('active-directory', {
      connection_url: place.tree.url,
      connection_name: place.tree.adminDn,
      connection_password: place.tree.adminPassword,
      base_dn: place.tree.base,
      user_search_base: place.tree.usersBase,
      user_name_attribute: 'uid',
      user_name_search_filter: '(uid=?)',
      user_id_attribute: 'entryUUID',
      ...OPEN_NAMES,
    });
    try {
      await place.create('unencrypted');
      const user = await store.lookup.byUsername(ORG, 'unencrypted');
      const refused = { status: 403, code: 'SUO-60002' };
      expect(await failureOf(() => store.credentials.set?.(ORG, user?.id ?? '', PASSWORD))).to.include(refused);
      const another = { id: randomUUID(), username: 'another', attributes: {} };
      expect(await failureOf(() => store.writer?.create(ORG, another))).to.include(refused);
    } finally {
      await store.close();
    }
  });
});
