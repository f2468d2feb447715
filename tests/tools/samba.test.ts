import { expect } from 'chai';
import { Attribute, Change, type Client, EqualityFilter } from 'ldapts';
import { atDirectory } from '../support/directory-client.js';
import { failureOf } from '../support/failures.js';
import { type SambaDomain, sambaDomain, unicodePassword } from '../support/samba.js';
import { skipWithout } from '../support/services.js';

/** LDAP_MATCHING_RULE_IN_CHAIN: members of members as well. */
const IN_CHAIN = '1.2.840.113556.1.4.1941';
const OLD_PASSWORD = 'Old-Passw0rd';
const NEW_PASSWORD = 'Neues-Pässw0rd';

const change = (operation: 'add' | 'delete' | 'replace', type: string, values: Buffer[] | string[]) =>
  new Change({ operation, modification: new Attribute({ type, values }) });

describe('test service samba', () => {
  let domain: SambaDomain;
  before(async function () {
    skipWithout(this, 'samba');
    domain = await sambaDomain('service');
  });

  const asAdmin = <T>(work: (client: Client) => Promise<T>) =>
    atDirectory({ ...domain, dn: domain.adminDn, password: domain.adminPassword }, work);

  /** An account is made disabled, gets its password, and is then enabled: one without a password may not be. */
  async function addUser(name: string): Promise<string> {
    const dn = `CN=${name},${domain.usersBase}`;
    const account = domain.account(name);
    await asAdmin(async (client) => {
      await client.add(dn, {
        objectClass: 'user',
        sAMAccountName: account,
        userPrincipalName: `${account}@gatehouse.test`,
        userAccountControl: '514',
      });
      await client.modify(dn, [
        change('replace', 'unicodePwd', [unicodePassword(OLD_PASSWORD)]),
        change('replace', 'userAccountControl', ['512']),
      ]);
    });
    return dn;
  }

  async function addGroup(name: string, member: string | string[]): Promise<string> {
    const dn = `CN=${name},${domain.groupsBase}`;
    await asAdmin((client) => client.add(dn, { objectClass: 'group', sAMAccountName: domain.account(name), member }));
    return dn;
  }

  /** Binds with any kind of name, and reads with the account's own rights. */
  const accountOf = async (client: Client, dn: string) =>
    (await client.search(dn, { scope: 'base', attributes: ['sAMAccountName'] })).searchEntries[0]?.['sAMAccountName'];

  const signIn = (name: string, password: string, dn = name) =>
    atDirectory({ ...domain, dn: name, password }, (client) => accountOf(client, dn));

  it('takes a password that was set, over TLS and StartTLS, by three kinds of names', async () => {
    const dn = await addUser('setter');
    await asAdmin((client) => client.modify(dn, change('replace', 'unicodePwd', [unicodePassword(NEW_PASSWORD)])));
    const account = domain.account('setter');
    for (const name of [dn, `${account}@gatehouse.test`, `GATEHOUSE\\${account}`])
      expect(await signIn(name, NEW_PASSWORD, dn)).to.equal(account);
    const access = { url: domain.startTlsUrl, caFile: domain.caFile, dn, password: NEW_PASSWORD };
    const ask = (client: Client) => accountOf(client, dn);
    expect(await atDirectory(access, ask, { startTls: true })).to.equal(account);
    const plain = await failureOf(() => atDirectory(access, ask));
    expect(plain).to.have.property('name', 'StrongAuthRequiredError');
  });

  it('lets users change their password with the old one, and refuses simple ones', async () => {
    const dn = await addUser('changer');
    const changeTo = (password: string) =>
      atDirectory({ ...domain, dn, password: OLD_PASSWORD }, (client) =>
        client.modify(dn, [
          change('delete', 'unicodePwd', [unicodePassword(OLD_PASSWORD)]),
          change('add', 'unicodePwd', [unicodePassword(password)]),
        ]),
      );
    expect(await failureOf(() => changeTo('short'))).to.have.property('name', 'ConstraintViolationError');
    await changeTo(NEW_PASSWORD);
    expect(await signIn(dn, NEW_PASSWORD)).to.equal(domain.account('changer'));
    expect(await failureOf(() => signIn(dn, OLD_PASSWORD))).to.have.property('name', 'InvalidCredentialsError');
  });

  it('says why an account with the right password may not come in', async () => {
    const dn = await addUser('barred');
    await asAdmin((client) => client.modify(dn, change('replace', 'pwdLastSet', ['0'])));
    expect((await failureOf(() => signIn(dn, OLD_PASSWORD))).message).to.contain('data 773');
    await asAdmin((client) => client.modify(dn, change('replace', 'userAccountControl', ['514'])));
    expect((await failureOf(() => signIn(dn, OLD_PASSWORD))).message).to.contain('data 533');
    expect((await failureOf(() => signIn(dn, NEW_PASSWORD))).message).to.contain('data 52e');
  });

  it('finds a user by the bytes of its objectGUID, which stays when it is renamed', async () => {
    const dn = await addUser('before');
    const found = await asAdmin(async (client) => {
      const attributes = ['objectGUID'];
      const { searchEntries } = await client.search(dn, { scope: 'base', explicitBufferAttributes: attributes });
      const guid = searchEntries[0]?.['objectGUID'] as Buffer;
      expect(guid).to.have.lengthOf(16);
      await client.modifyDN(dn, `CN=after,${domain.usersBase}`);
      const filter = new EqualityFilter({ attribute: 'objectGUID', value: guid });
      return client.search(domain.suffix, { filter, attributes: ['cn'] });
    });
    expect(found.searchEntries.map(({ cn }) => cn)).to.deep.equal(['after']);
  });

  it('knows groups of groups by the rule of chains, and only direct ones as memberOf', async () => {
    const user = await addUser('member');
    const inner = await addGroup('inner', user);
    const outer = await addGroup('outer', inner);
    await asAdmin(async (client) => {
      const { searchEntries } = await client.search(user, { scope: 'base', attributes: ['memberOf'] });
      expect(searchEntries[0]?.['memberOf']).to.equal(inner);
      const groups = await client.search(domain.groupsBase, { filter: `(member:${IN_CHAIN}:=${user})` });
      expect(groups.searchEntries.map(({ dn }) => dn)).to.have.members([inner, outer]);
    });
  });

  it('answers searches in pages', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `page${index}`);
    for (const name of names) await addUser(name);
    const options = { filter: '(&(objectCategory=person)(cn=page*))', attributes: ['cn'], paged: { pageSize: 3 } };
    const pages: unknown[][] = [];
    await asAdmin(async (client) => {
      for await (const { searchEntries } of client.searchPaginated(domain.usersBase, options))
        pages.push(searchEntries.map(({ cn }) => cn));
    });
    expect(pages.map((page) => page.length)).to.deep.equal([3, 3, 1]);
    expect(pages.flat()).to.have.members(names);
  });
});
