import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Attribute, Change, type Client } from 'ldapts';
import type { StoredUser } from '#core/users';
import { userStoreContract } from '../../../contract/user-store.js';
import { userStoreGroupsContract } from '../../../contract/user-store-groups.js';
import { userStoreSearchContract } from '../../../contract/user-store-search.js';
import { atDirectory } from '../../../support/directory-client.js';
import { failureOf } from '../../../support/failures.js';
import { type SambaDomain, sambaDomain } from '../../../support/samba.js';
import { skipWithout } from '../../../support/services.js';
import { OPEN_NAMES, type OpenStore, ORG, type Overrides, openStore, PASSWORD } from './open-store.js';

const replace = (type: string, ...values: string[]) =>
  new Change({ operation: 'replace', modification: new Attribute({ type, values }) });

describe('the Active Directory user store', () => {
  let domain: SambaDomain;
  let open: OpenStore;
  const settings = (more: Overrides = {}): Overrides => ({
    connection_url: domain.url,
    ca_file: domain.caFile,
    connection_name: domain.adminDn,
    connection_password: domain.adminPassword,
    user_search_base: domain.usersBase,
    group_search_base: domain.groupsBase,
    tracing_enabled: true,
    connection_pooling_enabled: true,
    ...OPEN_NAMES,
    ...more,
  });
  before(async function () {
    skipWithout(this, 'samba');
    domain = await sambaDomain('store');
    open = openStore('active-directory', settings());
  });
  after(() => open?.store.close());

  const asAdmin = <T>(work: (client: Client) => Promise<T>) =>
    atDirectory({ ...domain, dn: domain.adminDn, password: domain.adminPassword }, work);
  const create = (username: string, password: string | undefined = PASSWORD, attributes = {}) => {
    const { writer } = open.store;
    if (!writer) throw new Error('read-only');
    return writer.create(ORG, { id: randomUUID(), username, password, attributes });
  };
  const verify = (username: string, password = PASSWORD) => open.store.credentials.verify(ORG, username, password);
  const change = (username: string, ...changes: Change[]) =>
    asAdmin((client) => client.modify(`CN=${username},${domain.usersBase}`, changes));

  userStoreContract(() => ({
    store: open.store,
    orgs: [ORG],
    password: PASSWORD,
    attributes: ['otherMailbox', 'otherTelephone'],
    caseInsensitive: true,
    values: 'folded',
    hashesChecked: () => open.binds(),
  }));

  userStoreSearchContract(() => ({
    store: open.store,
    org: ORG,
    attributes: { text: 'streetAddress', many: 'otherTelephone', ordered: 'department' },
    make: (username, attributes) => create(username, PASSWORD, attributes),
    async group(name, members) {
      const writer = open.store.groups?.writer;
      if (!writer) throw new Error('groups cannot be written');
      const made = await writer.create(ORG, { id: randomUUID(), name });
      const ids = members.map(({ id }) => id);
      await writer.addMembers(ORG, made.id, ids);
      return made;
    },
  }));

  userStoreGroupsContract(() => ({ store: open.store, orgs: [ORG], password: PASSWORD }));

  it('says why an account with the right password may not be used', async () => {
    const user = await create('barred');
    expect(await verify('barred')).to.deep.equal({ outcome: 'accepted', user });
    const rejected = (reason: string) => ({ outcome: 'rejected', reason, user });
    await change('barred', replace('pwdLastSet', '0'));
    expect(await verify('barred')).to.deep.equal(rejected('password_expired'));
    await change('barred', replace('userAccountControl', '514'));
    expect(await verify('barred')).to.deep.equal(rejected('disabled'));
    expect(await verify('barred', 'Wrong-horse-1')).to.deep.equal(rejected('bad_credential'));
    await change('barred', replace('userAccountControl', '512'), replace('pwdLastSet', '-1'));
    await change('barred', replace('accountExpires', '1'));
    expect(await verify('barred')).to.deep.equal(rejected('disabled'));
  });

  it('gives accounts a name for Windows, by which they can sign in there', async () => {
    const name = domain.account('win');
    await create(name);
    const long = `${domain.account('w')}-a-name-that-is-too-long`;
    await create(long);
    const account = async (cn: string) =>
      asAdmin(async (client) => {
        const attributes = ['sAMAccountName', 'userAccountControl'];
        const { searchEntries } = await client.search(`CN=${cn},${domain.usersBase}`, { scope: 'base', attributes });
        return searchEntries[0];
      });
    expect(await account(name)).to.include({ sAMAccountName: name, userAccountControl: '512' });
    expect((await account(long))?.['sAMAccountName']).to.match(/^.{13}-[0-9a-f]{6}$/);
    const windows = { ...domain, dn: `GATEHOUSE\\${name}`, password: PASSWORD };
    expect(await atDirectory(windows, async (client) => client.isBound)).to.equal(true);
  });

  it('makes accounts without a password that nobody can use before they have one', async () => {
    const user = await create('later', undefined);
    expect((await verify('later', '')).outcome).to.equal('rejected');
    await open.store.credentials.set?.(ORG, user.id, PASSWORD);
    expect(await verify('later')).to.deep.equal({ outcome: 'accepted', user });
  });

  it('says that a password is too simple for the directory', async () => {
    const failure = await failureOf(() => create('simple', 'simple'));
    expect(failure).to.have.property('status', 400);
    expect(await open.store.lookup.byUsername(ORG, 'simple')).to.equal(undefined);
    const user = await create('complex');
    expect(await failureOf(() => open.store.credentials.set?.(ORG, user.id, 'simple'))).to.include({
      status: 400,
      code: 'SUO-60004',
    });
  });

  it('sends passwords over encrypted connections only', async () => {
    const plain = openStore('active-directory', settings({ connection_url: domain.startTlsUrl }));
    const tls = openStore(
      'active-directory',
      settings({ connection_url: domain.startTlsUrl, start_tls_enabled: true }),
    );
    try {
      const user = await create('sender');
      await tls.store.credentials.set?.(ORG, user.id, `${PASSWORD}2`);
      expect(await tls.store.credentials.verify(ORG, 'sender', `${PASSWORD}2`)).to.have.property('outcome', 'accepted');
      const failure = await failureOf(() => plain.store.lookup.byId(ORG, user.id));
      expect(failure.message, 'Samba does not even bind').to.equal(
        'The user store CORP does not accept the credentials of the server.',
      );
    } finally {
      await plain.store.close();
      await tls.store.close();
    }
  });

  it('keeps ids and groups through a rename', async () => {
    const user = await create('before-it');
    await open.store.writer?.rename?.(ORG, user.id, 'after-it');
    expect(await open.store.lookup.byId(ORG, user.id)).to.deep.equal({ id: user.id, username: 'after-it' });
    expect(await verify('after-it')).to.have.property('outcome', 'accepted');
  });

  it('shows times as ISO 8601, and does not write what only the directory writes', async () => {
    const user = await create('timely', PASSWORD, { whenCreated: ['2001-01-01T00:00:00Z'] });
    const { whenCreated } = await open.store.attributes.read(ORG, user.id, ['whenCreated']);
    expect(whenCreated?.[0]).to.match(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
    expect(Date.parse(whenCreated?.[0] ?? '')).to.be.greaterThan(Date.parse('2002-01-01'));
    for (const changes of [{ whenCreated: ['2001-01-01T00:00:00Z'] }, { objectGUID: [randomUUID()] }, { cn: ['x'] }])
      expect(await failureOf(() => open.store.attributes.write?.(ORG, user.id, changes))).to.have.property(
        'status',
        400,
      );
    const since = {
      op: 'compare',
      subject: { of: 'attribute', name: 'whenCreated' },
      comparison: 'ge',
      value: '2001-01-01T00:00:00Z',
      type: 'dateTime',
    } as const;
    const page = await open.store.search.users(ORG, { filter: since, attributes: [], offset: 0, limit: 100 });
    expect(page.items.map(({ username }) => username)).to.include('timely');
  });

  it('counts members of groups in a group, when the settings say so', async () => {
    const nested = openStore('active-directory', settings({ nested_groups_enabled: true }));
    try {
      const user = await create('nested');
      const { groups } = open.store;
      const inner = await groups?.writer?.create(ORG, { id: randomUUID(), name: domain.account('inner') });
      const outer = await groups?.writer?.create(ORG, { id: randomUUID(), name: domain.account('outer') });
      await groups?.writer?.addMembers(ORG, inner?.id ?? '', [user.id]);
      await asAdmin((client) =>
        client.modify(`CN=${outer?.name},${domain.groupsBase}`, [
          replace('member', `CN=${inner?.name},${domain.groupsBase}`),
        ]),
      );
      expect(await groups?.ofUser(ORG, user.id)).to.deep.equal([inner]);
      expect(await nested.store.groups?.ofUser(ORG, user.id)).to.deep.equal([inner, outer]);
      const members = (of: OpenStore) => of.store.groups?.members(ORG, outer?.id ?? '', { offset: 0, limit: 9 });
      expect((await members(open))?.items).to.deep.equal([]);
      expect((await members(nested))?.items).to.deep.equal([user]);
      const filter = {
        op: 'compare',
        subject: { of: 'group', by: 'id' },
        comparison: 'eq',
        value: outer?.id ?? '',
        type: 'string',
      } as const;
      const query = { filter, attributes: [], offset: 0, limit: 9 };
      expect((await nested.store.search.users(ORG, query)).items.map(({ id }) => id)).to.deep.equal([user.id]);
    } finally {
      await nested.store.close();
    }
  });

  it('reads the members of a large group in pieces', async () => {
    const pieces = openStore(
      'active-directory',
      settings({ membership_attribute_range: 2, back_links_enabled: false }),
    );
    try {
      const users: StoredUser[] = [];
      for (const name of ['piece-a', 'piece-b', 'piece-c', 'piece-d', 'piece-e']) users.push(await create(name));
      const group = await pieces.store.groups?.writer?.create(ORG, { id: randomUUID(), name: domain.account('large') });
      const ids = users.map(({ id }) => id);
      await pieces.store.groups?.writer?.addMembers(ORG, group?.id ?? '', ids);
      const page = await pieces.store.groups?.members(ORG, group?.id ?? '', { offset: 0, limit: 10 });
      expect(page?.items).to.deep.equal(users);
    } finally {
      await pieces.store.close();
    }
  });
});
