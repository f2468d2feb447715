import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { UserAssociationsToken } from '#core/users';
import { onEachDatabase } from '../../../support/databases.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const orgId = SUPER_ORGANIZATION.id;

onEachDatabase('accounts of one person', (database) => {
  let server: TestServer;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ database });
  });
  after(() => server?.stop());

  it('come together when they are linked twice at once', async function () {
    this.timeout(30_000);
    const associations = server.server.container.get(UserAssociationsToken);
    for (const _ of [1, 2, 3]) {
      const [one, two] = [randomUUID(), randomUUID()].map((id) => ({ orgId, id })) as [Owner, Owner];
      const links = [
        [one, two],
        [one, two],
        [one, two],
      ] as const;
      const made = await Promise.all(links.map(([a, b]) => associations.link(a, b)));
      expect(made.filter(Boolean)).to.have.length(1);
      expect(await associations.of(one)).to.deep.equal([two.id]);
      expect(await associations.of(two)).to.deep.equal([one.id]);
    }
  });
});

type Owner = { readonly orgId: string; readonly id: string };
