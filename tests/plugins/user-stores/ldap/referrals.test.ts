import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Client } from 'ldapts';
import { UnavailableError } from '#core/kernel';
import { atDirectory } from '../../../support/directory-client.js';
import { failureOf } from '../../../support/failures.js';
import { skipWithout } from '../../../support/services.js';
import { type SlapdTree, slapdTree } from '../../../support/slapd.js';
import { ORG, type Overrides, openStore, readerSettings } from './open-store.js';

describe('referrals of the LDAP user store', () => {
  let tree: SlapdTree;
  let other: SlapdTree;
  const asAdmin = <T>(work: (client: Client) => Promise<T>) =>
    atDirectory({ ...tree, url: tree.ldapsUrl, dn: tree.adminDn, password: tree.adminPassword }, work);
  const person = (uid: string) => ({ objectClass: 'identityPerson', uid, cn: uid, sn: uid, scimId: randomUUID() });

  before(async function () {
    skipWithout(this, 'slapd');
    tree = await slapdTree('refers');
    other = await slapdTree('referred');
    const refer = (client: Client, name: string, ref: string, below: string = tree.usersBase) =>
      client.add(`ou=${name},${below}`, { objectClass: ['referral', 'extensibleObject'], ou: name, ref });
    const unit = (client: Client, name: string, below: string) =>
      client.add(`ou=${name},${below}`, { objectClass: 'organizationalUnit', ou: name });
    const [bases, far] = [`ou=bases,${tree.base}`, `ou=far,${other.base}`];
    await asAdmin(async (client) => {
      await client.add(`uid=here,${tree.usersBase}`, person('here'));
      await client.add(`uid=there,${other.usersBase}`, person('there'));
      await refer(client, 'there', `${tree.ldapsUrl}/${encodeURIComponent(other.usersBase)}`);
      await refer(client, 'plain', `ldap://127.0.0.1:1/${encodeURIComponent(other.usersBase)}`);
      await refer(client, 'gone', `ldaps://127.0.0.1:1/${encodeURIComponent(other.usersBase)}`);
      await unit(client, 'bases', tree.base);
      await unit(client, 'far', other.base);
      await unit(client, 'below', far);
      await client.add(`uid=deep,ou=below,${far}`, person('deep'));
      await refer(client, 'there', `${tree.ldapsUrl}/${encodeURIComponent(far)}`, bases);
      await refer(client, 'plain', `ldap://127.0.0.1:1/${encodeURIComponent(far)}`, bases);
      await refer(client, 'gone', `ldaps://127.0.0.1:1/${encodeURIComponent(far)}`, bases);
    });
  });

  async function names(more: Overrides) {
    const { store, lines } = openStore('read-only', readerSettings(tree, more));
    try {
      const page = await store.search.users(ORG, { attributes: [], offset: 0, limit: 10 });
      return { names: page.items.map(({ username }) => username), warnings: lines.map(({ msg }) => msg) };
    } finally {
      await store.close();
    }
  }

  it('are ignored, unless the settings say otherwise', async () => {
    expect((await names({})).names).to.deep.equal(['here']);
    expect((await names({ referral: 'ignore' })).names).to.deep.equal(['here']);
  });

  it('are followed to servers that prove who they are, and to no others', async () => {
    const followed = await names({ referral: 'follow' });
    expect(followed.names).to.deep.equal(['here', 'there']);
    expect(followed.warnings).to.include.members([
      'a referral is not followed: the server would send its password there',
      'a referral cannot be followed',
    ]);
  });

  it('are followed as well when they answer the search itself, and to no other servers either', async () => {
    const from = (base: string, referral: string) =>
      names({ referral, user_search_base: `${base},ou=bases,${tree.base}` });
    expect((await from('ou=there', 'follow')).names).to.deep.equal(['deep']);
    expect((await from('ou=below,ou=there', 'follow')).names, 'an entry above the base refers').to.deep.equal(['deep']);
    expect((await from('ou=none,ou=there', 'follow')).names).to.deep.equal([]);
    for (const name of ['plain', 'gone']) {
      const { names: found, warnings } = await from(`ou=${name}`, 'follow');
      expect(found, name).to.deep.equal([]);
      expect(warnings.join()).to.match(/a referral (is not|cannot be) followed/);
    }
    for (const referral of ['ignore', 'throw'])
      expect(await failureOf(() => from('ou=there', referral)), referral).to.be.instanceOf(UnavailableError);
  });

  it('are errors when the settings say so', async () => {
    const failure = await failureOf(() => names({ referral: 'throw' }));
    expect(failure).to.be.instanceOf(UnavailableError);
    expect(failure.message).to.equal('The user store CORP refers to another server.');
  });
});
