import { expect } from 'chai';
import { RoleServiceToken } from '#core/access';
import type { User } from '#core/users';
import { createApp, createUser, superPlace } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { callerWith } from '../applications/application-api.js';
import { expectScimError, scimAs, valuesOf } from './scim-caller.js';

describe('groups by SCIM', () => {
  let server: TestServer;
  let scim: ReturnType<typeof scimAs>;
  let kim: User;
  let lee: User;
  let count = 0;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    scim = scimAs(server);
    kim = await createUser(server, 'kim');
    lee = await createUser(server, 'lee');
  });
  after(() => server?.stop());

  const name = () => `group-${++count}`;
  const make = async (members: readonly User[] = [], displayName = name()) => {
    const { status, body } = await scim.post('/Groups', {
      displayName,
      members: members.map(({ id }) => ({ value: id })),
    });
    expect(status, JSON.stringify(body)).to.equal(201);
    return body;
  };
  const read = async (id: string) => (await scim.get(`/Groups/${id}`)).body;

  it('are made with members, and read as the contract shows them', async () => {
    const displayName = name();
    const { status, headers, body } = await scim.post('/Groups', { displayName, members: [{ value: kim.id }] });
    expect(status).to.equal(201);
    expect(headers.get('content-type')).to.match(/^application\/scim\+json/);
    const location = `${server.origin}/scim2/Groups/${body.id}`;
    expect(headers.get('location')).to.equal(location);
    const $ref = `${server.origin}/scim2/Users/${kim.id}`;
    const { meta, ...rest } = body;
    expect(rest).to.deep.equal({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      id: body.id,
      displayName,
      members: [{ value: kim.id, display: 'kim', $ref }],
    });
    expect(meta).to.include({ location, resourceType: 'Group', version: headers.get('etag') });
    expect(meta).to.include.keys('created', 'lastModified');
    expect((await scim.get(`/Groups/${body.id}`)).body).to.deep.equal(body);
  });

  it('show the roles that they have', async () => {
    const { id } = await make();
    const roles = server.server.container.get(RoleServiceToken);
    const role = await roles.ensureRole(superPlace.orgId, 'of a group', []);
    await roles.assign(superPlace.orgId, role.id, id, 'group');
    const $ref = `${server.origin}/scim2/v2/Roles/${role.id}`;
    const audience = { audienceValue: superPlace.orgId, audienceType: 'organization', audienceDisplay: 'Super' };
    expect((await read(id)).roles).to.deep.equal([{ value: role.id, display: 'of a group', ...audience, $ref }]);
  });

  it('have names that no other group of the store has', async () => {
    const { id, displayName = '' } = await make();
    for (const taken of [displayName, displayName.toUpperCase(), `PRIMARY/${displayName}`]) {
      const answer = await scim.post('/Groups', { displayName: taken });
      expectScimError(
        answer,
        409,
        'uniqueness',
        /^Group name: .* is already there in the system\. Please pick another/,
      );
    }
    const other = await make();
    expectScimError(await scim.put(`/Groups/${other.id}`, { displayName }), 409, 'uniqueness');
    expect((await scim.put(`/Groups/${id}`, { displayName: displayName.toUpperCase() })).status).to.equal(200);
  });

  it('take only users of their own store, and nothing is made when one is unknown', async () => {
    const displayName = name();
    const members = [{ value: kim.id }, { value: 'nobody' }];
    expectScimError(await scim.post('/Groups', { displayName, members }), 400, 'invalidValue', /nobody/);
    expect(await scim.list(`/Groups?filter=displayName eq "${displayName}"`)).to.deep.equal([]);
    const { id } = await make([kim]);
    const add = { op: 'add', path: 'members', value: [{ value: 'nobody' }] };
    const renamed = { op: 'replace', path: 'displayName', value: 'never' };
    expectScimError(await scim.patch(`/Groups/${id}`, [renamed, add]), 400, 'invalidValue');
    expect((await read(id)).displayName).not.to.equal('never');
  });

  it('are refused without a name, with a bad one, or without a content type', async () => {
    for (const displayName of [undefined, '', 'a/b/c', 'a\nb', 'x'.repeat(300), 7.5 / 0, {}])
      expectScimError(await scim.post('/Groups', { displayName }), 400, 'invalidValue');
    expectScimError(await scim.post('/Groups', { displayName: 'NOPE/x' }), 400, 'invalidValue', /'NOPE'/);
    expectScimError(
      await scim.post('/Groups', { displayName: 'xyz', members: [{ display: 'kim' }] }),
      400,
      'invalidValue',
    );
    expectScimError(await scim.post('/Groups', '{"displayName": '), 400, 'invalidSyntax');
    const response = await server.fetch('/scim2/Groups', {
      method: 'POST',
      headers: { authorization: server.admin, 'content-type': 'text/plain' },
      body: '{"displayName":"x"}',
    });
    expect(response.status).to.equal(415);
  });

  it('[U30] keep their id under a new name, and are not renamed into another domain', async () => {
    const { id, displayName } = await make([kim]);
    for (const renamed of ['ACME/x', 'Internal/x']) {
      const patch = [{ op: 'replace', path: 'displayName', value: renamed }];
      const text = /User store domain of the group is not matching with the given SCIM group Id\./;
      expectScimError(await scim.patch(`/Groups/${id}`, patch), 400, 'invalidValue', text);
      expectScimError(await scim.put(`/Groups/${id}`, { displayName: renamed }), 400, 'invalidValue', text);
    }
    expect(await read(id))
      .to.deep.include({ displayName })
      .and.to.have.nested.property('members[0].value', kim.id);
    const next = name();
    const { body } = await scim.patch(`/Groups/${id}`, [{ op: 'replace', value: { displayName: `primary/${next}` } }]);
    expect(body).to.include({ id, displayName: next });
  });

  it('are replaced by PUT: whoever is not named leaves', async () => {
    const { id, displayName } = await make([kim]);
    const put = await scim.put(`/Groups/${id}`, { displayName, members: [{ value: lee.id }] });
    expect(valuesOf(put.body.members)).to.deep.equal([lee.id]);
    expect((await scim.put(`/Groups/${id}`, { displayName })).body).not.to.have.property('members');
  });

  describe('PATCH', () => {
    const changed = async (before: readonly User[], ...operations: readonly unknown[]) => {
      const { id } = await make(before);
      const { status, body } = await scim.patch(`/Groups/${id}`, operations);
      expect(status, JSON.stringify(body)).to.equal(200);
      expect(valuesOf((await read(id)).members)).to.deep.equal(valuesOf(body.members));
      return valuesOf(body.members);
    };
    const both = () => [kim.id, lee.id].sort();

    it('adds members; those who are in stay', async () => {
      const value = [{ value: lee.id }, { value: kim.id }];
      expect(await changed([kim], { op: 'add', path: 'members', value })).to.deep.equal(both());
      expect(await changed([kim], { op: 'Add', value: { members: value } })).to.deep.equal(both());
      expect(await changed([kim], { op: 'add', path: 'members', value: { value: lee.id } })).to.deep.equal(both());
      expect(await changed([kim], { op: 'add', path: 'members', value: [] })).to.deep.equal([kim.id]);
    });

    it('removes members by value path, by a list of values, by another filter, or all', async () => {
      const path = `members[value eq "${kim.id}"]`;
      expect(await changed([kim, lee], { op: 'remove', path })).to.deep.equal([lee.id]);
      const value = [{ value: kim.id }];
      expect(await changed([kim, lee], { op: 'Remove', path: 'members', value })).to.deep.equal([lee.id]);
      expect(await changed([kim, lee], { op: 'remove', path: 'members', value: [] })).to.deep.equal(both());
      const named = 'members[display sw "k" or display eq "nobody"]';
      expect(await changed([kim, lee], { op: 'remove', path: named })).to.deep.equal([lee.id]);
      expect(await changed([kim, lee], { op: 'remove', path: 'members' })).to.deep.equal([]);
      expect(await changed([kim], { op: 'remove', path: 'members[value eq "nobody"]' })).to.deep.equal([kim.id]);
    });

    it('replaces members, all or one', async () => {
      const value = [{ value: lee.id }];
      expect(await changed([kim], { op: 'replace', path: 'members', value })).to.deep.equal([lee.id]);
      expect(await changed([kim], { op: 'replace', value: { members: value } })).to.deep.equal([lee.id]);
      expect(await changed([kim], { op: 'replace', path: 'members', value: [] })).to.deep.equal([]);
      const path = `members[value eq "${kim.id}"]`;
      expect(await changed([kim], { op: 'replace', path, value: { value: lee.id } })).to.deep.equal([lee.id]);
    });

    it('makes changes in their order', async () => {
      const add = { op: 'add', path: 'members', value: [{ value: kim.id }] };
      const remove = { op: 'remove', path: `members[value eq "${kim.id}"]` };
      expect(await changed([], add, remove)).to.deep.equal([]);
      expect(await changed([kim, lee], remove, add)).to.deep.equal(both());
      expect(await changed([lee], add, { op: 'remove', path: 'members[display eq "lee"]' })).to.deep.equal([kim.id]);
      expect(
        await changed([kim], { op: 'remove', path: 'members' }, { ...add, value: [{ value: lee.id }] }),
      ).to.deep.equal([lee.id]);
    });

    it('refuses what it cannot do, and changes nothing then', async () => {
      const { id } = await make([kim]);
      const refused = async (operation: unknown, scimType: string) =>
        expectScimError(await scim.patch(`/Groups/${id}`, [operation]), 400, scimType);
      await refused({ op: 'remove' }, 'noTarget');
      await refused({ op: 'remove', path: 'displayName' }, 'invalidValue');
      await refused({ op: 'replace', path: 'id', value: 'x' }, 'mutability');
      await refused({ op: 'replace', path: 'roles', value: [] }, 'mutability');
      await refused({ op: 'replace', path: 'members.display', value: 'x' }, 'mutability');
      await refused({ op: 'remove', path: 'members.value' }, 'mutability');
      await refused({ op: 'replace', path: 'members[display eq "lee"]', value: { value: lee.id } }, 'noTarget');
      await refused({ op: 'add', path: 'members[value eq "x"]', value: { value: lee.id } }, 'invalidPath');
      await refused({ op: 'remove', path: 'members[nothing eq "x"]' }, 'invalidFilter');
      await refused({ op: 'remove', path: 'nothing' }, 'invalidPath');
      await refused({ op: 'increase', path: 'members' }, 'invalidSyntax');
      await refused({ op: 'add', path: '__proto__', value: {} }, 'invalidPath');
      await refused({ op: 'add', path: 'members', value: [{ value: { a: 1 } }] }, 'invalidValue');
      expect(valuesOf((await read(id)).members)).to.deep.equal([kim.id]);
    });
  });

  it('go, and with them what they gave', async () => {
    const { id } = await make([kim]);
    expect((await scim.delete(`/Groups/${id}`)).status).to.equal(204);
    expectScimError(await scim.get(`/Groups/${id}`), 404);
    expectScimError(await scim.delete(`/Groups/${id}`), 404);
    for (const unknown of ['x', '..%2fUsers', '%00', 'a'.repeat(400)])
      expectScimError(await scim.get(`/Groups/${unknown}`), 404);
  });

  it('change only when the client has seen the last version', async () => {
    const { id } = await make([kim]);
    const { headers } = await scim.get(`/Groups/${id}`);
    const old = headers.get('etag') ?? '';
    expect(old).to.match(/^W\/"/);
    expect((await scim.get(`/Groups/${id}`, { 'if-none-match': old })).status).to.equal(304);
    const add = [{ op: 'add', path: 'members', value: [{ value: lee.id }] }];
    const first = await scim.patch(`/Groups/${id}`, add, { 'if-match': old });
    expect(first.status).to.equal(200);
    expect(first.headers.get('etag')).not.to.equal(old);
    expect((await scim.get(`/Groups/${id}`, { 'if-none-match': old })).status).to.equal(200);
    expectScimError(await scim.patch(`/Groups/${id}`, add, { 'if-match': old }), 412);
    expectScimError(await scim.put(`/Groups/${id}`, { displayName: 'x' }, { 'if-match': old }), 412);
    expectScimError(await scim.delete(`/Groups/${id}`, { 'if-match': old }), 412);
    expect((await scim.delete(`/Groups/${id}`, { 'if-match': '*' })).status).to.equal(204);
  });

  it('show the attributes that are asked for, and members are not read in vain', async () => {
    const { id, displayName } = await make([kim]);
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:Group'];
    const without = (await scim.get(`/Groups/${id}?excludedAttributes=members,meta`)).body;
    expect(without).to.deep.equal({ schemas, id, displayName });
    const only = (await scim.get(`/Groups/${id}?attributes=members.value`)).body;
    expect(only)
      .to.deep.include({ schemas, id, members: [{ value: kim.id }] })
      .and.not.to.have.property('displayName');
    const answer = await scim.get(`/Groups/${id}?attributes=urn:ietf:params:scim:schemas:core:2.0:Group:displayName`);
    expect(answer.body).to.include({ displayName }).and.not.to.have.property('members');
    expect(answer.headers.get('etag'), 'a version needs the members').to.equal(null);
  });

  it('may be refused to whoever lacks the scope', async () => {
    const reader = scimAs(server, await callerWith(server, 'group-reader', ['internal_group_mgt_view']));
    const { id } = await make();
    expect((await reader.get(`/Groups/${id}`)).status).to.equal(200);
    expectScimError(await reader.post('/Groups', { displayName: 'x' }), 403);
    expectScimError(await reader.patch(`/Groups/${id}`, [{ op: 'remove', path: 'members' }]), 403);
    expectScimError(await reader.delete(`/Groups/${id}`), 403);
    expectScimError(await scimAs(server, {}).get('/Groups'), 401);
  });

  it('end what members had by them, when they leave and when the group goes', async () => {
    const app = await createApp(server);
    await app.authorize('RBAC', ['doc:read']);
    const roles = server.server.container.get(RoleServiceToken);
    const role = await roles.ensureRole(superPlace.orgId, 'readers by group', ['doc:read']);
    const ends = async (end: (id: string) => Promise<unknown>) => {
      const { id } = await make([kim]);
      await roles.assign(superPlace.orgId, role.id, id, 'group');
      const tokens = await app.tokens('kim', { scope: 'openid doc:read' });
      expect(tokens.body.scope).to.equal('openid doc:read');
      const other = await app.tokens('lee');
      await end(id);
      expect(await app.isActive(tokens.access)).to.equal(false);
      expect(await app.isActive(other.access)).to.equal(true);
      expect((await app.tokens('kim', { scope: 'openid doc:read' })).body.scope).to.equal('openid');
    };
    await ends((id) => scim.patch(`/Groups/${id}`, [{ op: 'remove', path: `members[value eq "${kim.id}"]` }]));
    await ends(async (id) => scim.put(`/Groups/${id}`, { displayName: name(), members: [{ value: lee.id }] }));
    await ends((id) => scim.delete(`/Groups/${id}`));
  });
});
