import { expect } from 'chai';
import { ConnectionsToken, FederatedAssociationsToken, type IdentityProvider } from '#core/connections';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { type User, UserServiceToken } from '#core/users';
import { databaseKinds } from '../../support/databases.js';
import { failureOf } from '../../support/failures.js';
import { servicesOf } from '../../support/services.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { providersAs, tenantAdministrator } from './provider-api.js';

const orgId: string = SUPER_ORGANIZATION.id;

for (const database of databaseKinds) {
  describe(`links to accounts at identity providers (${database})`, () => {
    let server: TestServer;
    let idp: IdentityProvider;
    let count = 0;
    const associations = () => server.server.container.get(FederatedAssociationsToken);
    const users = () => server.server.container.get(UserServiceToken);
    const newUser = (org = orgId) => users().create(org, { username: `user${++count}` });
    const newProvider = async (org = {}): Promise<IdentityProvider> => {
      const id = await providersAs(server, org).make(`Provider ${++count}`);
      const found = await server.server.container
        .get(ConnectionsToken)
        .find('orgId' in org ? String(org.orgId) : orgId, id);
      if (!found) throw new Error('it is not there');
      return found;
    };
    const linkedTo = async (subject: string, at = idp) => (await associations().find(at.orgId, at.id, subject))?.userId;

    before(async function () {
      servicesOf(database).call(this);
      this.timeout(60_000);
      server = await startTestServer({ database });
      idp = await newProvider();
    });
    after(() => server?.stop());

    it('are found by the account, exactly as it is written', async () => {
      const user = await newUser();
      const subjects = ['abc', 'ABC', 'abc ', 'äbc', 'x'.repeat(1024), "o'neil@example.com", '\u{1f980}'];
      for (const subject of subjects) {
        expect(await linkedTo(subject), subject).to.equal(undefined);
        const { isNew, association } = await associations().link(user, idp, subject);
        expect([isNew, association.subject]).to.deep.equal([true, subject]);
        expect(await linkedTo(subject)).to.equal(user.id);
      }
      expect((await associations().listOf(user)).map(({ subject }) => subject)).to.have.members(subjects);
      expect(await linkedTo('abc', await newProvider())).to.equal(undefined);
    });

    it('belong to one user: the first', async () => {
      const [first, second] = [await newUser(), await newUser()];
      await associations().link(first, idp, 'taken');
      const { association, isNew } = await associations().link(second, idp, 'taken');
      expect([isNew, association.userId]).to.deep.equal([false, first.id]);
      expect(await associations().listOf(second)).to.deep.equal([]);
    });

    it('are made once when many want to at once', async () => {
      const rivals = await Promise.all([newUser(), newUser(), newUser(), newUser()]);
      const links = await Promise.all(rivals.map((rival) => associations().link(rival, idp, 'contested')));
      expect(links.filter(({ isNew }) => isNew)).to.have.length(1);
      const owner = await linkedTo('contested');
      for (const { association } of links) expect(association.userId).to.equal(owner);
    });

    it('are removed by their own user only', async () => {
      const [user, other] = [await newUser(), await newUser()];
      const { association } = await associations().link(user, idp, 'removed');
      expect(await associations().unlink(other, association.id)).to.equal(false);
      expect(await linkedTo('removed')).to.equal(user.id);
      expect(await associations().unlink(user, association.id)).to.equal(true);
      expect(await associations().unlink(user, association.id)).to.equal(false);
      expect(await linkedTo('removed')).to.equal(undefined);
    });

    it('go with the user, and with the identity provider', async () => {
      const [gone, staying] = [await newUser(), await newUser()];
      const other = await newProvider();
      for (const at of [idp, other]) {
        await associations().link(gone, at, 'of one who goes');
        await associations().link(staying, at, 'of one who stays');
      }
      await users().delete(orgId, gone.id);
      expect([await linkedTo('of one who goes'), await linkedTo('of one who goes', other)]).to.deep.equal([
        undefined,
        undefined,
      ]);
      expect(await linkedTo('of one who stays')).to.equal(staying.id);
      await providersAs(server).delete(`/${other.id}`);
      expect(await linkedTo('of one who stays', other)).to.equal(undefined);
      expect(await linkedTo('of one who stays')).to.equal(staying.id);
    });

    it('stay when the user could not be removed after all', async () => {
      const user = await newUser();
      await associations().link(user, idp, 'kept');
      const db = server.server.container.get(DatabaseToken);
      await failureOf(() =>
        db.run(async () => {
          await users().delete(orgId, user.id);
          throw new Error('something else went wrong');
        }),
      );
      expect(await linkedTo('kept')).to.equal(user.id);
    });

    it('never reach into another organization', async () => {
      const acme = await tenantAdministrator(server, 'acme.example');
      const theirs = await newProvider(acme);
      const [user, tenant] = [await newUser(), await newUser(acme.orgId)];
      await associations().link(tenant, theirs, 'same');
      await associations().link(user, idp, 'same');
      expect([await linkedTo('same'), await linkedTo('same', theirs)]).to.deep.equal([user.id, tenant.id]);
      expect(await associations().find(orgId, theirs.id, 'same')).to.equal(undefined);
      expect(await associations().listOf({ ...tenant, orgId } as User)).to.deep.equal([]);
      expect(String(await failureOf(() => associations().link(user, theirs, 'x')))).to.match(/organization/);
      const [own] = await associations().listOf(tenant);
      expect(await associations().unlink({ orgId, id: tenant.id }, own?.id ?? '')).to.equal(false);
    });

    it('are found by no name that cannot be', async () => {
      for (const subject of ['', 'a\0b', '\ud800', 'x'.repeat(100_000)])
        expect(await linkedTo(subject)).to.equal(undefined);
    });

    it('have a name of some length', async () => {
      const user = await newUser();
      for (const subject of ['', 'x'.repeat(1025), 'a\0b'])
        expect(String(await failureOf(() => associations().link(user, idp, subject)))).to.match(/1 to 1024/);
    });

    it('leave names and issuers of identity providers unique when many come at once', async () => {
      const api = providersAs(server);
      const statuses = async (works: Promise<{ status: number }>[]) =>
        (await Promise.all(works)).map(({ status }) => status).sort();
      const named = Array.from({ length: 4 }, () => api.post('', { name: 'Contested' }));
      expect(await statuses(named)).to.deep.equal([201, 409, 409, 409]);
      const issuing = ['a', 'b', 'c'].map((name) => api.post('', { name, idpIssuerName: 'https://contested.example' }));
      expect(await statuses(issuing)).to.deep.equal([201, 409, 409]);
      const id = await api.make('Changed');
      const paths = ['/description', '/alias', '/image', '/templateId'];
      expect(await statuses(paths.map((path) => api.replace(id, path, 'x')))).to.deep.equal([200, 200, 200, 200]);
      const { body } = await api.get(`/${id}`);
      expect(body, 'no change is lost').to.include({ description: 'x', alias: 'x', image: 'x', templateId: 'x' });
    });
  });
}
