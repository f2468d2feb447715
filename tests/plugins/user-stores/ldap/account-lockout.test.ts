import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Attribute, Change } from 'ldapts';
import { atDirectory } from '../../../support/directory-client.js';
import { type PrivateSamba, privateSamba } from '../../../support/samba.js';
import { skipWithout } from '../../../support/services.js';
import { OPEN_NAMES, ORG, openStore, PASSWORD } from './open-store.js';

describe('accounts that Active Directory locks', () => {
  let domain: PrivateSamba;
  before(async function () {
    skipWithout(this, 'samba');
    this.timeout(60_000);
    domain = await privateSamba();
    const change = new Change({
      operation: 'replace',
      modification: new Attribute({ type: 'lockoutThreshold', values: ['3'] }),
    });
    await atDirectory({ ...domain, dn: domain.adminDn, password: domain.adminPassword }, (client) =>
      client.modify(domain.suffix, change),
    );
  });
  after(() => domain?.stop());

  it('are told from those with a wrong password', async () => {
    const { store } = openStore('active-directory', {
      connection_url: domain.url,
      ca_file: domain.caFile,
      connection_name: domain.adminDn,
      connection_password: domain.adminPassword,
      user_search_base: domain.usersBase,
      group_search_base: domain.groupsBase,
      ...OPEN_NAMES,
    });
    try {
      const user = await store.writer?.create(ORG, {
        id: randomUUID(),
        username: 'forgetful',
        password: PASSWORD,
        attributes: {},
      });
      const verify = (password: string) => store.credentials.verify(ORG, 'forgetful', password);
      for (let attempt = 0; attempt < 3; attempt++)
        expect(await verify('Wrong-horse-1')).to.deep.equal({ outcome: 'rejected', reason: 'bad_credential', user });
      expect(await verify(PASSWORD)).to.deep.equal({ outcome: 'rejected', reason: 'locked', user });
    } finally {
      await store.close();
    }
  });
});
