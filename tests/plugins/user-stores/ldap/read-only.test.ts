import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Client } from 'ldapts';
import { rdnOf } from '../../../../plugins/user-stores/ldap/directory/distinguished-name.js';
import { userStoreContract } from '../../../contract/user-store.js';
import { userStoreSearchContract } from '../../../contract/user-store-search.js';
import { atDirectory } from '../../../support/directory-client.js';
import { skipWithout } from '../../../support/services.js';
import { type SlapdTree, slapdTree } from '../../../support/slapd.js';
import { type OpenStore, ORG, openStore, PASSWORD, readerSettings } from './open-store.js';

/** Values that the directory takes for different ones. */
const distinct = (values: readonly string[]) =>
  values.filter((value, index) => values.findIndex((one) => one.toLowerCase() === value.toLowerCase()) === index);

describe('the read-only LDAP user store', () => {
  let tree: SlapdTree;
  let open: OpenStore;
  before(async function () {
    skipWithout(this, 'slapd');
    tree = await slapdTree('read-only');
    open = openStore('read-only', readerSettings(tree));
  });
  after(() => open?.store.close());

  const asAdmin = <T>(work: (client: Client) => Promise<T>) =>
    atDirectory({ ...tree, url: tree.ldapsUrl, dn: tree.adminDn, password: tree.adminPassword }, work);

  async function make(username: string, attributes: Readonly<Record<string, string[]>>, password = PASSWORD) {
    const id = randomUUID();
    const own = Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, distinct(values)]));
    const person = { objectClass: 'identityPerson', uid: username, cn: username, sn: username, scimId: id };
    await asAdmin((client) =>
      client.add(`${rdnOf('uid', username)},${tree.usersBase}`, { ...person, userPassword: password, ...own }),
    );
    return { id, username };
  }

  async function group(name: string, members: readonly string[]) {
    const dn = `${rdnOf('cn', name)},${tree.groupsBase}`;
    await asAdmin((client) =>
      client.add(dn, {
        objectClass: 'groupOfNames',
        cn: name,
        member: members.map((uid) => `uid=${uid},${tree.usersBase}`),
      }),
    );
    const made = await open.store.groups?.byName(ORG, name);
    if (!made) throw new Error('the group is not found');
    return made;
  }

  userStoreContract(() => ({
    store: open.store,
    orgs: [ORG],
    password: PASSWORD,
    attributes: ['givenName', 'title'],
    caseInsensitive: true,
    values: 'folded',
    hashesChecked: () => open.binds(),
    make: (username, { password, attributes }) => make(username, attributes, password),
  }));

  userStoreSearchContract(() => ({
    store: open.store,
    org: ORG,
    // `title` has no order of its own in this directory.
    attributes: { text: 'streetAddress', many: 'departmentNumber', ordered: 'title' },
    make,
    group: (name, members) =>
      group(
        name,
        members.map(({ username }) => username),
      ),
  }));

  it('has nothing that writes', () => {
    const { store } = open;
    expect(store.writer).to.equal(undefined);
    expect(store.attributes.write).to.equal(undefined);
    expect(store.credentials.set).to.equal(undefined);
    expect(store.groups?.writer).to.equal(undefined);
  });

  it('shows members of groups that are users, and nobody else', async () => {
    await make('walter', {});
    await make('anna', {});
    const inner = await group('Inner', ['anna']);
    const dns = ['uid=walter', 'uid=anna', 'uid=gone'].map((rdn) => `${rdn},${tree.usersBase}`);
    await asAdmin((client) =>
      client.add(`cn=Mixed,${tree.groupsBase}`, {
        objectClass: 'groupOfNames',
        cn: 'Mixed',
        member: [...dns, `cn=Inner,${tree.groupsBase}`, tree.readOnlyDn, 'cn=a\\2cb,dc=elsewhere'],
      }),
    );
    const mixed = await open.store.groups?.byName(ORG, 'mixed');
    const page = await open.store.groups?.members(ORG, mixed?.id ?? '', { offset: 0, limit: 10 });
    expect(page?.items.map(({ username }) => username)).to.deep.equal(['anna', 'walter']);
    expect(page?.total).to.equal(2);
    const anna = await open.store.lookup.byUsername(ORG, 'anna');
    expect(await open.store.groups?.ofUser(ORG, anna?.id ?? '')).to.deep.equal([inner, mixed]);
  });

  it('takes two users of the same name for none, since it cannot know who is meant', async () => {
    await make('twin', {});
    expect((await open.store.lookup.byUsername(ORG, 'twin'))?.username).to.equal('twin');
    const below = `ou=Below,${tree.usersBase}`;
    await asAdmin(async (client) => {
      await client.add(below, { objectClass: 'organizationalUnit' });
      const person = { objectClass: 'identityPerson', uid: 'twin', cn: 'x', sn: 'x', userPassword: PASSWORD };
      await client.add(`uid=twin,${below}`, { ...person, scimId: randomUUID() });
    });
    expect(await open.store.lookup.byUsername(ORG, 'twin')).to.equal(undefined);
    expect((await open.store.credentials.verify(ORG, 'twin', PASSWORD)).outcome).to.equal('rejected');
  });

  it('does not know people without an id, in look-ups as in lists', async () => {
    await asAdmin((client) =>
      client.add(`uid=idless,${tree.usersBase}`, { objectClass: 'identityPerson', uid: 'idless', cn: 'x', sn: 'x' }),
    );
    expect(await open.store.lookup.byUsername(ORG, 'idless')).to.equal(undefined);
    const all = await open.store.search.users(ORG, { attributes: [], offset: 0, limit: 100 });
    expect(all.items.map(({ username }) => username)).not.to.include('idless');
    expect(all.total).to.equal(all.items.length);
  });
});
