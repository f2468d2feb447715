import { expect } from 'chai';
import { Attribute, Change, type Client } from 'ldapts';
import { atDirectory, whoAmI } from '../support/directory-client.js';
import { eventually } from '../support/eventually.js';
import { failureOf } from '../support/failures.js';
import { skipWithout } from '../support/services.js';
import { type SlapdTree, slapdTree } from '../support/slapd.js';

const replace = (type: string, ...values: string[]) =>
  new Change({ operation: 'replace', modification: new Attribute({ type, values }) });

describe('test service slapd', () => {
  let tree: SlapdTree;
  before(async function () {
    skipWithout(this, 'slapd');
    tree = await slapdTree('service');
  });

  const asAdmin = <T>(work: (client: Client) => Promise<T>) =>
    atDirectory({ ...tree, url: tree.ldapsUrl, dn: tree.adminDn, password: tree.adminPassword }, work);

  async function addPerson(name: string, attributes: Record<string, string> = {}): Promise<string> {
    const dn = `uid=${name},${tree.usersBase}`;
    const person = { objectClass: 'identityPerson', uid: name, cn: name, sn: name, userPassword: `old ${name}` };
    await asAdmin((client) => client.add(dn, { ...person, ...attributes }));
    return dn;
  }

  it('keeps what local claims are mapped to, and finds it by letters of any case', async () => {
    const claims = { scimId: '7b3e', formattedName: 'Zoë Ünal 🦀', dateOfBirth: '1990-01-31', country: 'Österreich' };
    const dn = await addPerson('zoe', claims);
    const { searchEntries } = await asAdmin((client) =>
      client.search(tree.usersBase, { filter: '(&(country=ÖSTERREICH)(formattedName=*ünal*)(scimId=7B3E))' }),
    );
    expect(searchEntries).to.have.lengthOf(1);
    expect(searchEntries[0]).to.include({ dn, ...claims });
  });

  it('takes a changed password and no longer the old one, over TLS, StartTLS and without', async () => {
    const dn = await addPerson('changer');
    await asAdmin((client) => client.modify(dn, replace('userPassword', 'new secret')));
    const ways = [{ url: tree.ldapsUrl }, { url: tree.url, startTls: true }, { url: tree.url }];
    for (const { url, startTls = false } of ways) {
      const access = { url, caFile: tree.caFile, dn, password: 'new secret' };
      expect(await atDirectory(access, whoAmI, { startTls })).to.equal(`dn:${dn}`);
      const old = await failureOf(() => atDirectory({ ...access, password: 'old changer' }, whoAmI, { startTls }));
      expect(old).to.have.property('name', 'InvalidCredentialsError');
    }
  });

  it('answers in pages those for whom it has a limit', async () => {
    const names = Array.from({ length: tree.sizeLimit + 5 }, (_, index) => `many${index}`);
    for (const name of names) await addPerson(name);
    const access = { url: tree.url, caFile: tree.caFile, dn: tree.limitedDn, password: tree.limitedPassword };
    const options = { filter: '(uid=many*)', attributes: ['uid'] };
    const found = await atDirectory(access, async (client) => {
      const failure = await failureOf(() => client.search(tree.usersBase, options));
      expect(failure).to.have.property('name', 'SizeLimitExceededError');
      return client.search(tree.usersBase, { ...options, paged: { pageSize: 4 } });
    });
    expect(found.searchEntries.map(({ uid }) => uid)).to.have.members(names);
  });

  it('lets the reader read, but neither passwords nor write', async () => {
    const dn = await addPerson('seen');
    const access = { url: tree.url, caFile: tree.caFile, dn: tree.readOnlyDn, password: tree.readOnlyPassword };
    await atDirectory(access, async (client) => {
      const { searchEntries } = await client.search(dn, { scope: 'base' });
      expect(searchEntries[0]).to.include({ uid: 'seen' }).and.not.to.have.property('userPassword');
      const failure = await failureOf(() => client.modify(dn, replace('sn', 'changed')));
      expect(failure).to.have.property('name', 'InsufficientAccessError');
    });
  });

  it('keeps memberOf, and removes a deleted member from its groups', async () => {
    const [first, second] = [await addPerson('first'), await addPerson('second')];
    const group = `cn=staff,${tree.groupsBase}`;
    await asAdmin(async (client) => {
      const classes = ['groupOfNames', 'identityGroup'];
      await client.add(group, { objectClass: classes, cn: 'staff', scimId: 'g1', member: [first, second] });
      const { searchEntries } = await client.search(tree.usersBase, { filter: `(memberOf=${group})` });
      expect(searchEntries.map(({ dn }) => dn)).to.have.members([first, second]);
      await client.del(first);
      await eventually('the group forgets its member', async () => {
        const found = await client.search(group, { scope: 'base', attributes: ['member'] });
        return found.searchEntries[0]?.['member'] === second;
      });
    });
  });

  it('gives each caller a branch of its own', async () => {
    expect((await slapdTree('service')).base).not.to.equal(tree.base);
  });

  it('is not asked with an empty password', async () => {
    const access = { url: tree.url, caFile: tree.caFile, dn: tree.adminDn, password: '' };
    expect((await failureOf(() => atDirectory(access, whoAmI))).message).to.contain('proves nothing');
  });
});
