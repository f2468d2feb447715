import { expect } from 'chai';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { ApplicationEntity } from '../../../core/applications/application.entity.js';
import { databaseKinds } from '../../support/databases.js';
import { eventually } from '../../support/eventually.js';
import { servicesOf } from '../../support/services.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { apiAs, type Json } from './application-api.js';

const oidc = { grantTypes: ['authorization_code'], callbackURLs: ['https://app.example.com/cb'] };

for (const database of databaseKinds) {
  describe(`applications on ${database}`, () => {
    let server: TestServer;
    let api: ReturnType<typeof apiAs>;

    before(async function () {
      servicesOf(database).call(this);
      this.timeout(60_000);
      server = await startTestServer({ database });
      api = apiAs(server);
    });
    after(() => server?.stop());

    const many = <T>(count: number, work: (index: number) => Promise<T>) =>
      Promise.all(Array.from({ length: count }, (_, index) => work(index)));
    const statuses = (answers: readonly { readonly status: number }[]) => answers.map(({ status }) => status).sort();

    it('that are made at once with different names are all made', async () => {
      const answers = await many(6, (index) => api.post('', { name: `different ${index}` }));
      expect(statuses(answers)).to.deep.equal([201, 201, 201, 201, 201, 201]);
    });

    it('that are made at once with one name are made once', async () => {
      const answers = await many(6, (index) => api.post('', { name: index % 2 === 0 ? 'Same' : 'SAME' }));
      expect(statuses(answers)).to.deep.equal([201, 409, 409, 409, 409, 409]);
      expect((await api.get<{ totalResults: number }>('?filter=name+eq+same')).body.totalResults).to.equal(1);
    });

    it('that are renamed at once to one name are renamed once', async () => {
      const ids = await many(4, (index) => api.make(`renamed ${index}`));
      const answers = await Promise.all(ids.map((id) => api.patch(`/${id}`, { name: 'New name' })));
      expect(statuses(answers)).to.deep.equal([200, 409, 409, 409]);
    });

    it('that want one client id at once get it once', async () => {
      const named = (name: string): Json => ({
        name,
        inboundProtocolConfiguration: { oidc: { ...oidc, clientId: 'wanted_client_id' } },
      });
      const answers = await many(4, (index) => api.post('', named(`client ${index}`)));
      expect(statuses(answers)).to.deep.equal([201, 409, 409, 409]);
      const { body } = await api.get<{ totalResults: number }>('?filter=name+sw+%22client+%22');
      expect(body.totalResults).to.equal(1);
    });

    it('get one OpenID Connect configuration, however often it is written at once', async () => {
      const id = await api.make('configured');
      const answers = await many(4, () => api.put(`/${id}/inbound-protocols/oidc`, oidc));
      expect(statuses(answers)).to.deep.equal([200, 200, 200, 201]);
      expect(answers.filter(({ body }) => 'clientSecret' in body)).to.have.length(1);
    });

    it('lose no change that comes at once with others', async () => {
      const id = await api.make('changed');
      const changes = [{ description: 'd' }, { accessUrl: '/a' }, { imageUrl: '/i' }, { templateId: 't' }];
      expect(statuses(await Promise.all(changes.map((change) => api.patch(`/${id}`, change))))).to.deep.equal([
        200, 200, 200, 200,
      ]);
      expect((await api.get(`/${id}`)).body).to.include(Object.assign({}, ...changes));
    });

    it('are removed once, with what came at once', async () => {
      const id = await api.make('removed');
      const answers = await Promise.all([
        api.delete(`/${id}`),
        api.put(`/${id}/inbound-protocols/oidc`, oidc),
        api.patch(`/${id}`, { description: 'x' }),
        api.delete(`/${id}`),
      ]);
      for (const { status } of answers) expect(status).to.be.oneOf([200, 201, 204, 404]);
      expect((await api.get(`/${id}`)).status).to.equal(404);
      expect((await api.get(`/${id}/inbound-protocols/oidc`)).status).to.equal(404);
    });

    it('can be searched for by what means something to a database', async () => {
      const { container } = server.server;
      const db = container.get(DatabaseToken);
      for (const [index, name] of ["it's", '100%', 'under_score', 'back\\slash', 'ex!cl'].entries()) {
        const id = `00000000-0000-4000-8000-00000000000${index}`;
        const { settings } = (await db.manager.findOneBy(ApplicationEntity, {
          orgId: SUPER_ORGANIZATION.id,
        })) as ApplicationEntity;
        const row = { id, orgId: SUPER_ORGANIZATION.id, name, nameKey: name, settings, createdAt: 0, modifiedAt: 0 };
        await db.run(() => db.manager.insert(ApplicationEntity, row as never));
      }
      const found = async (value: string) => {
        const filter = encodeURIComponent(`name co "${value.replaceAll('\\', '\\\\')}"`);
        const { body } = await api.get<{ applications: { name: string }[] }>(`?filter=${filter}`);
        return body.applications.map(({ name }) => name);
      };
      expect(await found("'")).to.deep.equal(["it's"]);
      expect(await found('%')).to.deep.equal(['100%']);
      expect(await found('_')).to.deep.equal(['under_score']);
      expect(await found('\\')).to.deep.equal(['back\\slash']);
      expect(await found('!')).to.deep.equal(['ex!cl']);
    });

    it('are seen as they are by a node beside within a second', async function () {
      if (database === 'sqlite') this.skip();
      this.timeout(60_000);
      const beside = await startTestServer({ database, beside: server });
      try {
        const there = apiAs(beside);
        const id = await api.make('shared', { inboundProtocolConfiguration: { oidc } });
        const path = `/${id}/inbound-protocols/oidc`;
        expect((await there.get(`/${id}`)).body).to.include({ name: 'shared' });
        expect((await there.get(path)).body).to.include({ state: 'ACTIVE' });
        await api.patch(`/${id}`, { name: 'renamed there' });
        await api.post(`${path}/revoke`);
        await eventually(
          'the other node sees it',
          async () => {
            const [application, client] = [(await there.get(`/${id}`)).body, (await there.get(path)).body];
            return application['name'] === 'renamed there' && client['state'] === 'REVOKED';
          },
          1500,
        );
      } finally {
        await beside.stop();
      }
    });
  });
}
