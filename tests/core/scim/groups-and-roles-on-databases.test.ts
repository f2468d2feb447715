import { expect } from 'chai';
import { databaseKinds } from '../../support/databases.js';
import { createUser } from '../../support/oauth-client.js';
import { servicesOf } from '../../support/services.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { expectScimError, type ScimBody, scimAs, valuesOf } from './scim-caller.js';

for (const database of databaseKinds) {
  describe(`groups and roles by SCIM on ${database}`, () => {
    let server: TestServer;
    let scim: ReturnType<typeof scimAs>;
    let kim = '';

    before(async function () {
      servicesOf(database).call(this);
      this.timeout(60_000);
      server = await startTestServer({ database });
      scim = scimAs(server);
      kim = (await createUser(server, 'kim')).id;
    });
    after(() => server?.stop());

    const refs = (...ids: readonly string[]) => ids.map((value) => ({ value }));
    const made = async (path: string, body: object) => {
      const answer = await scim.post(path, body);
      expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
      return answer.body;
    };

    it('are made, filled, changed and removed', async () => {
      const group = await made('/Groups', { displayName: 'Eng', members: refs(kim) });
      const role = await made('/v2/Roles', { displayName: 'Clerk', users: refs(kim), groups: refs(group.id) });
      const patch = [
        { op: 'replace', path: 'displayName', value: 'clerk' },
        { op: 'remove', path: `users[value eq "${kim}"]` },
      ];
      const { status, body } = await scim.patch(`/v2/Roles/${role.id}`, patch);
      expect(status, JSON.stringify(body)).to.equal(200);
      expect([body.displayName, body.users, valuesOf(body.groups)]).to.deep.equal(['clerk', undefined, [group.id]]);
      const put = await scim.put(`/v3/Roles/${role.id}/Users`, refs(kim, kim));
      expect(valuesOf(put.body.users)).to.deep.equal([kim]);
      expect(
        valuesOf(
          (await scim.patch(`/Groups/${group.id}`, [{ op: 'add', path: 'members', value: refs(kim) }])).body.members,
        ),
      ).to.deep.equal([kim]);
      expect((await scim.delete(`/Groups/${group.id}`)).status).to.equal(204);
      expect((await scim.get(`/v2/Roles/${role.id}`)).body).not.to.have.property('groups');
      expect((await scim.delete(`/v2/Roles/${role.id}`)).status).to.equal(204);
    });

    it('have external ids, letter for letter', async () => {
      for (const path of ['/Groups', '/v2/Roles']) {
        const [one, other] = [await made(path, { displayName: 'ext-1', externalId: 'Ext' }), 'eXT'];
        await made(path, { displayName: 'ext-2', externalId: other });
        const named = async (filter: string) =>
          (await scim.list(`${path}?filter=${encodeURIComponent(filter)}`)).map(({ displayName }) => displayName);
        expect(await named('externalId eq "Ext"'), path).to.deep.equal(['ext-1']);
        expect(await named('externalId eq "Ext "'), path).to.deep.equal([]);
        expect(await named('externalId ne "Ext" and displayName sw "ext"'), path).to.deep.equal(['ext-2']);
        expect(await named('externalId pr'), path).to.deep.equal(['ext-1', 'ext-2']);
        await scim.patch(`${path}/${one.id}`, [{ op: 'remove', path: 'externalId' }]);
        expect(await named('externalId pr'), path).to.deep.equal(['ext-2']);
        for (const name of ['ext-1', 'ext-2'])
          for (const { id } of await scim.list(`${path}?filter=displayName%20eq%20${name}`))
            expect((await scim.delete(`${path}/${id}`)).status).to.equal(204);
      }
    });

    it('have names that mind no case, also when they are taken at the same time', async () => {
      for (const path of ['/Groups', '/v2/Roles']) {
        const answers = await Promise.all(
          ['Twin', 'twin', 'TWIN'].map((displayName) => scim.post(path, { displayName })),
        );
        expect(answers.map(({ status }) => status).sort(), JSON.stringify(answers)).to.deep.equal([201, 409, 409]);
        const other = await made(path, { displayName: 'other' });
        const rename = [{ op: 'replace', path: 'displayName', value: 'tWIN' }];
        expectScimError(await scim.patch(`${path}/${other.id}`, rename), 409, 'uniqueness');
      }
    });

    it('refuse characters that a database cannot keep', async () => {
      const nul = 'a\u0000b';
      const { id } = await made('/v2/Roles', { displayName: 'no-nul' });
      const { id: group } = await made('/Groups', { displayName: 'no-nul' });
      const value = [{ value: nul }];
      const remove = (path: string) => [{ op: 'remove', path, value }];
      const filter = encodeURIComponent(`displayName eq ${JSON.stringify(nul)}`);
      const answers = [
        await scim.get(`/v2/Roles?filter=${filter}`),
        await scim.get(`/v2/Roles?filter=${encodeURIComponent(`audience.value co ${JSON.stringify(nul)}`)}`),
        await scim.get(`/Groups?filter=${filter}`),
        await scim.get('/v2/Roles/a%00b'),
        await scim.get('/Groups/a%00b'),
        await scim.put(`/v3/Roles/${id}/Users`, value),
        await scim.put(`/v3/Roles/${id}/Groups`, value),
        await scim.patch(`/v2/Roles/${id}`, remove('users')),
        await scim.patch(`/v2/Roles/${id}`, remove('groups')),
        await scim.patch(`/v2/Roles/${id}`, [{ op: 'add', path: 'permissions', value }]),
        await scim.patch(`/v2/Roles/${id}`, [{ op: 'replace', path: 'displayName', value: nul }]),
        await scim.post('/v2/Roles', { displayName: 'x', audience: { type: 'application', value: nul } }),
        await scim.patch(`/Groups/${group}`, remove('members')),
        await scim.patch(`/Groups/${group}`, [{ op: 'add', path: 'members', value }]),
      ];
      expect(answers.map(({ status }) => status).filter((status) => status >= 500)).to.deep.equal([]);
      expect(answers.map(({ status }) => status).filter((status) => status < 400)).to.deep.equal([]);
    });

    it('are found by every operator', async () => {
      for (const displayName of ['Ärger', 'a%b', 'a_b', 'zz!']) await made('/v2/Roles', { displayName });
      const found = async (filter: string) => {
        const { body } = await scim.get(`/v2/Roles?filter=${encodeURIComponent(filter)}`);
        return (body.Resources ?? []).map((one: ScimBody) => one.displayName).sort();
      };
      expect(await found('displayName eq "äRGER"')).to.deep.equal(['Ärger']);
      expect(await found('displayName co "%"')).to.deep.equal(['a%b']);
      expect(await found('displayName co "_"')).to.deep.equal(['a_b']);
      expect(await found('displayName ew "!"')).to.deep.equal(['zz!']);
      expect(await found('displayName sw "A" and not (displayName ne "a_B")')).to.deep.equal(['a_b']);
      expect(await found('displayName ge "zz" and displayName lt "zzz"')).to.deep.equal(['zz!']);
      expect(await found("displayName eq \"x' OR '1'='1\"")).to.deep.equal([]);
      expect(await found('displayName eq "a\\\\"')).to.deep.equal([]);
      for (const [path, filter] of [
        ['/v2/Roles', 'displayName eq "a\\u0000b"'],
        ['/v2/Roles', 'audience.value co "\\ud800"'],
        ['/v2/Roles', 'externalId eq "a\\u0000b"'],
        ['/Groups', 'externalId eq "a\\u0000b"'],
        ['/Groups', 'externalId ne "\\udfff"'],
      ] as const)
        expectScimError(await scim.get(`${path}?filter=${encodeURIComponent(filter)}`), 400, 'invalidFilter');
      for (const filter of ['displayName eq "\\ud800"', 'members eq "\\udfff"', 'id eq "\\ud800"'])
        expect(await scim.list(`/Groups?filter=${encodeURIComponent(filter)}`), filter).to.deep.equal([]);
      const page = (await scim.get('/v2/Roles?startIndex=2&count=3')).body;
      // Seven of them are those of the console.
      expect([page.totalResults, page.itemsPerPage]).to.deep.equal([16, 3]);
    });
  });
}
