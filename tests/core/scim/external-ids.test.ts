import { expect } from 'chai';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { callerWith, tenantAdministrator } from '../applications/application-api.js';
import { expectScimError, type ScimBody, scimAs } from './scim-caller.js';

type Named = ScimBody & { readonly externalId?: string };

for (const path of ['/Groups', '/v2/Roles', '/v3/Roles'])
  describe(`external ids of ${path}`, () => {
    let server: TestServer;
    let scim: ReturnType<typeof scimAs>;
    let count = 0;
    const next = () => `thing-${++count}`;
    before(async function () {
      this.timeout(60_000);
      server = await startTestServer();
      scim = scimAs(server);
    });
    after(() => server?.stop());

    const made = async (externalId?: string) => {
      const answer = await scim.post<Named>(path, { displayName: next(), ...(externalId ? { externalId } : {}) });
      expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
      return answer.body;
    };
    const read = async (id: string) => (await scim.get<Named>(`${path}/${id}`)).body;
    const found = async (filter: string) =>
      (await scim.list(`${path}?filter=${encodeURIComponent(filter)}`)).map(({ displayName }) => displayName);

    it('are kept, answered and shown in lists', async () => {
      const one = await made('Ext-1');
      expect(one.externalId).to.equal('Ext-1');
      expect((await read(one.id)).externalId).to.equal('Ext-1');
      const listed = (await scim.list(path)).find(({ id }) => id === one.id) as Named;
      expect(listed.externalId).to.equal('Ext-1');
      expect(await read((await made()).id)).to.not.have.property('externalId');
      const { body: less } = await scim.get(`${path}/${one.id}?excludedAttributes=externalId`);
      expect(less).to.not.have.property('externalId');
    });

    it('are replaced by PUT, and changed and removed by PATCH', async () => {
      const { id, displayName } = await made('before');
      await scim.put(`${path}/${id}`, { displayName, externalId: 'put' });
      expect((await read(id)).externalId).to.equal('put');
      await scim.patch(`${path}/${id}`, [{ op: 'Replace', path: 'externalId', value: 'patched' }]);
      expect((await read(id)).externalId).to.equal('patched');
      await scim.patch(`${path}/${id}`, [{ op: 'add', value: { externalId: 'pathless' } }]);
      expect((await read(id)).externalId).to.equal('pathless');
      await scim.patch(`${path}/${id}`, [{ op: 'replace', path: 'displayName', value: `${displayName}-2` }]);
      expect((await read(id)).externalId, 'nobody has named it').to.equal('pathless');
      await scim.patch(`${path}/${id}`, [{ op: 'remove', path: 'externalId' }]);
      expect(await read(id)).to.not.have.property('externalId');
      await scim.patch(`${path}/${id}`, [{ op: 'add', path: 'externalId', value: 'again' }]);
      await scim.put(`${path}/${id}`, { displayName });
      expect(await read(id)).to.not.have.property('externalId');
    });

    it('are found by eq, ne and pr, letter for letter', async () => {
      const [mine, other, none] = [await made('Find-Me'), await made('find-me'), await made()];
      const names = [mine, other, none].map(({ displayName }) => displayName);
      const among = async (filter: string) => {
        const all = await found(`displayName sw "thing-" and ${filter}`);
        return names.filter((name) => all.includes(name));
      };
      expect(await found('externalId eq "Find-Me"')).to.deep.equal([names[0]]);
      expect(await found('externalId eq "nothing"')).to.deep.equal([]);
      expect(await found(`externalId eq "Find-Me" and displayName eq "${names[1]}"`)).to.deep.equal([]);
      expect(await among('externalId ne "Find-Me"')).to.deep.equal([names[1], names[2]]);
      expect(await among('not (externalId eq "Find-Me")')).to.deep.equal([names[1], names[2]]);
      expect(await among('externalId pr')).to.deep.equal([names[0], names[1]]);
      expect(await among('externalId eq null')).to.deep.equal([names[2]]);
      expect(await among('externalId ne null')).to.deep.equal([names[0], names[1]]);
      for (const comparison of ['co "x"', 'sw "x"', 'ew "x"', 'gt "x"', 'le null']) {
        const refused = await scim.get(`${path}?filter=${encodeURIComponent(`externalId ${comparison}`)}`);
        expectScimError(refused, 400, 'invalidFilter', /externalId/);
      }
    });

    it('are part of the version', async () => {
      const { id, meta } = await made('v1');
      const stale = { 'if-match': meta?.['version'] ?? '' };
      const operation = (value: string) => [{ op: 'replace', path: 'externalId', value }];
      expect((await scim.patch(`${path}/${id}`, operation('v2'), stale)).status).to.equal(200);
      expectScimError(await scim.patch(`${path}/${id}`, operation('v3'), stale), 412);
      expect((await read(id)).externalId).to.equal('v2');
    });

    it('go with the resource, and are those of one organization', async () => {
      const { id } = await made('gone');
      const elsewhere = scimAs(server, await tenantAdministrator(server, `t${count}.example`));
      expect(await elsewhere.list(`${path}?filter=${encodeURIComponent('externalId eq "gone"')}`)).to.deep.equal([]);
      expect((await scim.delete(`${path}/${id}`)).status).to.equal(204);
      const table = path === '/Groups' ? 'group_external_id' : 'access_role';
      const { sql } = server.server.container.get(DatabaseToken);
      const left = await sql.all(`SELECT * FROM ${table} WHERE org_id = ? AND external_id = ?`, [
        SUPER_ORGANIZATION.id,
        'gone',
      ]);
      expect(left).to.deep.equal([]);
    });

    it('must be a text that can be kept', async () => {
      const { id } = await made('fine');
      for (const externalId of ['x'.repeat(192), 'a\u0000b', { a: 1 }, ['a', 'b'], true]) {
        const label = JSON.stringify(externalId).slice(0, 30);
        for (const answer of [
          await scim.post(path, { displayName: next(), externalId }),
          await scim.patch(`${path}/${id}`, [{ op: 'replace', path: 'externalId', value: externalId }]),
        ])
          expect([answer.status, (answer.body as ScimBody).scimType], label).to.deep.equal([400, 'invalidValue']);
      }
      expect((await read(id)).externalId).to.equal('fine');
    });

    it('are changes that the audit log tells of', async () => {
      const { id } = await made('told');
      await scim.patch(`${path}/${id}`, [{ op: 'remove', path: 'externalId' }]);
      const { sql } = server.server.container.get(DatabaseToken);
      const rows = await sql.all<{ action: string }>('SELECT record AS action FROM audit_record WHERE record LIKE ?', [
        `%${id}%`,
      ]);
      const action = path === '/Groups' ? 'update-group-external-id' : 'update-role-external-id';
      expect(rows.filter((row) => row.action.includes(action))).to.have.length(1);
    });

    if (path === '/v3/Roles')
      it('are changed by who may change the role, not by who may change its permissions', async () => {
        const { id } = await made('mine');
        const caller = scimAs(server, await callerWith(server, 'keeper', ['internal_role_mgt_permissions_update']));
        const operations = [{ op: 'replace', path: 'externalId', value: 'theirs' }];
        expectScimError(await caller.patch(`${path}/${id}`, operations), 403);
        expect((await read(id)).externalId).to.equal('mine');
      });
  });
