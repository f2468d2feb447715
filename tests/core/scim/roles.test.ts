import { expect } from 'chai';
import { RoleAdministrationToken, RoleServiceToken } from '#core/access';
import { ApplicationServiceToken } from '#core/applications';
import { type User, UserServiceToken } from '#core/users';
import { createApp, createTenant, createUser, superPlace, type TestApp } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { callerWith } from '../applications/application-api.js';
import { expectScimError, scimAs, valuesOf } from './scim-caller.js';

const { orgId } = superPlace;
const ROLES = '/v2/Roles';
const VIEW = 'internal_template_mgt_view';
const CREATE = 'internal_template_mgt_create';

describe('roles by SCIM', () => {
  let server: TestServer;
  let scim: ReturnType<typeof scimAs>;
  let kim: User;
  let lee: User;
  let group = '';
  let app: TestApp;
  let count = 0;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    scim = scimAs(server);
    kim = await createUser(server, 'kim');
    lee = await createUser(server, 'lee');
    group = (await scim.post('/Groups', { displayName: 'eng' })).body.id;
    app = await ownRoles();
    await app.authorize('RBAC', ['orders:read', 'orders:write']);
  });
  after(() => server?.stop());

  const ownRoles = () =>
    createApp(server, {
      application: {
        associatedRoles: { allowedAudience: 'APPLICATION' },
        advancedConfigurations: { skipLoginConsent: true },
      },
    });
  const name = () => `role-${++count}`;
  const make = async (more: Readonly<Record<string, unknown>> = {}, api = 'v2') => {
    const answer = await scim.post(`/${api}/Roles`, { displayName: name(), ...more });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
    return answer.body;
  };
  const read = async (id: string) => (await scim.get(`${ROLES}/${id}`)).body;
  const refs = (...ids: readonly string[]) => ids.map((value) => ({ value }));
  const audienceOf = ({ application }: TestApp) => ({ type: 'application', value: application.id });

  it('are made for an application, and read as the contract shows them', async () => {
    const displayName = name();
    const given = { displayName, audience: audienceOf(app), permissions: refs('orders:read') };
    const { status, headers, body } = await scim.post(ROLES, { ...given, users: refs(kim.id), groups: refs(group) });
    expect(status).to.equal(201);
    const location = `${server.origin}/scim2/v2/Roles/${body.id}`;
    expect(headers.get('location')).to.equal(location);
    const { meta, ...rest } = body;
    const { id: appId, name: appName } = app.application;
    expect(rest).to.deep.equal({
      schemas: ['urn:ietf:params:scim:schemas:extension:2.0:Role'],
      id: body.id,
      displayName,
      audience: { value: appId, display: appName, type: 'application' },
      permissions: [{ value: 'orders:read', display: 'orders:read' }],
      users: [{ value: kim.id, display: 'kim', $ref: `${server.origin}/scim2/Users/${kim.id}` }],
      groups: [{ value: group, display: 'eng', $ref: `${server.origin}/scim2/Groups/${group}` }],
      associatedApplications: [
        { value: appId, display: appName, $ref: `${server.origin}/api/server/v1/applications/${appId}` },
      ],
    });
    expect(meta).to.include({ location, resourceType: 'Role', version: headers.get('etag') });
    expect((await scim.get(`${ROLES}/${body.id}`)).body).to.deep.equal(body);
  });

  it('belong to the organization when nothing else is said, and give scopes of its APIs', async () => {
    const { id, audience, permissions } = await make({ permissions: refs(VIEW) });
    expect(audience).to.deep.equal({ value: orgId, display: 'Super', type: 'organization' });
    expect(permissions?.[0]).to.include({ value: VIEW, display: 'View notification templates' });
    expect(permissions?.[0]?.$ref).to.match(/\/api\/server\/v1\/api-resources\/[\w-]+$/);
    expect(await make({ audience: { type: 'Organization', value: orgId } })).to.have.property('id');
    expect(await read(id)).not.to.have.any.keys('users', 'groups', 'systemRole', 'properties');
  });

  it('[U17] have a name that no other role of the audience has', async () => {
    const displayName = 'clerk';
    const other = await ownRoles();
    const inA = { displayName, audience: audienceOf(app) };
    const inB = { displayName, audience: audienceOf(other) };
    expect((await scim.post(ROLES, inA)).status).to.equal(201);
    expect((await scim.post(ROLES, inB)).status).to.equal(201);
    expect((await scim.post(ROLES, { displayName })).status).to.equal(201);
    expectScimError(await scim.post(ROLES, inA), 409, 'uniqueness');
    expectScimError(await scim.post(ROLES, { ...inA, displayName: 'CLERK' }), 409, 'uniqueness');
    expectScimError(await scim.post('/v3/Roles', inB), 409, 'uniqueness');
    const { id } = await make({ audience: audienceOf(app) });
    expectScimError(
      await scim.patch(`${ROLES}/${id}`, [{ op: 'replace', path: 'displayName', value: 'clerk' }]),
      409,
      'uniqueness',
    );
  });

  it('are refused when something of them cannot be, and nothing is made then', async () => {
    const displayName = 'never made';
    const plain = await createApp(server);
    const bad = [
      { audience: { type: 'application', value: 'x' } },
      { audience: { type: 'application' } },
      { audience: { type: 'planet', value: 'x' } },
      { audience: { type: 'organization', value: 'x' } },
      { audience: audienceOf(plain) },
      { permissions: refs('nothing:known') },
      { permissions: refs('*') },
      { audience: audienceOf(app), permissions: refs(VIEW) },
      { users: refs(kim.id, 'nobody') },
      { groups: refs('nobody') },
      { groups: refs(kim.id) },
      { users: [{ display: 'kim' }] },
      { users: refs('\u0000') },
    ];
    for (const more of bad) expectScimError(await scim.post(ROLES, { displayName, ...more }), 400, 'invalidValue');
    for (const wrong of [undefined, '', '  ', 'a\u0000b', 'x'.repeat(192), ['a', 'b'], { a: 1 }])
      expectScimError(await scim.post(ROLES, { displayName: wrong }), 400, 'invalidValue');
    expect(await scim.list(`${ROLES}?filter=displayName eq "never made"`)).to.deep.equal([]);
  });

  it('keep their audience', async () => {
    const { id, displayName } = await make();
    const audience = audienceOf(app);
    expectScimError(await scim.put(`${ROLES}/${id}`, { displayName, audience }), 400, 'mutability');
    expectScimError(
      await scim.patch(`${ROLES}/${id}`, [{ op: 'replace', path: 'audience', value: audience }]),
      400,
      'mutability',
    );
    const same = { displayName, audience: { type: 'organization', value: orgId } };
    expect((await scim.put(`${ROLES}/${id}`, same)).status).to.equal(200);
  });

  it('are replaced by PUT: what is not named goes', async () => {
    const { id } = await make({ permissions: refs(VIEW), users: refs(kim.id), groups: refs(group) });
    const displayName = name();
    const put = await scim.put(`${ROLES}/${id}`, { displayName, permissions: refs(CREATE), users: refs(lee.id) });
    expect(put.body).to.deep.include({ id, displayName }).and.not.to.have.property('groups');
    expect([valuesOf(put.body.permissions), valuesOf(put.body.users)]).to.deep.equal([[CREATE], [lee.id]]);
  });

  it('are changed by PATCH, in the order of the operations', async () => {
    const { id } = await make({ permissions: refs(VIEW), users: refs(kim.id) });
    const displayName = name();
    const { status, body } = await scim.patch(`${ROLES}/${id}`, [
      { op: 'Replace', path: 'displayName', value: displayName },
      { op: 'add', path: 'users', value: refs(lee.id) },
      { op: 'remove', path: `users[value eq "${kim.id}"]` },
      { op: 'add', value: { groups: refs(group), permissions: refs(CREATE) } },
      { op: 'remove', path: 'permissions', value: refs(VIEW) },
    ]);
    expect(status, JSON.stringify(body)).to.equal(200);
    expect(body).to.include({ displayName });
    expect(valuesOf(body.users)).to.deep.equal([lee.id]);
    expect(valuesOf(body.groups)).to.deep.equal([group]);
    expect(valuesOf(body.permissions)).to.deep.equal([CREATE]);
    const byName = await scim.patch(`${ROLES}/${id}`, [{ op: 'remove', path: 'users[display eq "lee"]' }]);
    expect(byName.body).not.to.have.property('users');
    const failing = [
      { op: 'remove', path: 'groups' },
      { op: 'add', path: 'permissions', value: refs('nothing:known') },
    ];
    expectScimError(await scim.patch(`${ROLES}/${id}`, failing), 400, 'invalidValue');
    expect(valuesOf((await read(id)).groups), 'all or nothing').to.deep.equal([group]);
    expectScimError(
      await scim.patch(`${ROLES}/${id}`, [{ op: 'add', path: 'systemRole', value: true }]),
      400,
      'mutability',
    );
  });

  it('of the server itself stay what they are', async () => {
    const [admin] = await scim.list(`${ROLES}?filter=displayName eq admin`);
    const [everyone] = await scim.list(`${ROLES}?filter=displayName eq everyone`);
    expect([admin?.systemRole, everyone?.systemRole]).to.deep.equal([true, true]);
    for (const { id } of [admin, everyone] as { id: string }[]) {
      expectScimError(await scim.delete(`${ROLES}/${id}`), 400, 'invalidValue');
      expectScimError(
        await scim.patch(`${ROLES}/${id}`, [{ op: 'replace', path: 'displayName', value: 'x' }]),
        400,
        'invalidValue',
      );
    }
    const permissions = { op: 'replace', path: 'permissions', value: refs(VIEW) };
    expectScimError(await scim.patch(`${ROLES}/${admin?.id}`, [permissions]), 400, 'invalidValue');
    const users = { op: 'add', path: 'users', value: refs(kim.id) };
    expectScimError(await scim.patch(`${ROLES}/${everyone?.id}`, [users]), 400, 'invalidValue');
    expectScimError(
      await scim.patch(`${ROLES}/${admin?.id}`, [{ op: 'remove', path: 'users' }]),
      400,
      'invalidValue',
      /last user/,
    );
    expect((await read(admin?.id ?? '')).users?.map(({ display }) => display)).to.deep.equal(['admin']);
    const whole = await read(admin?.id ?? '');
    expect((await scim.put(`${ROLES}/${admin?.id}`, whole)).status, 'what was read can be written').to.equal(200);
  });

  it('named everyone are had by every user', async () => {
    const [everyone] = await scim.list(`${ROLES}?filter=displayName eq everyone`);
    const patch = (op: string) =>
      scim.patch(`${ROLES}/${everyone?.id}`, [{ op, path: 'permissions', value: refs(VIEW) }]);
    const newcomer = await createUser(server, `newcomer-${++count}`);
    const scopes = () => server.server.container.get(RoleServiceToken).of(newcomer);
    expect((await scopes()).has(VIEW)).to.equal(false);
    expect((await patch('add')).status).to.equal(200);
    expect((await scopes()).has(VIEW)).to.equal(true);
    expect((await patch('remove')).status).to.equal(200);
    expect((await scopes()).has(VIEW)).to.equal(false);
  });

  it('[U18] that are shared cannot be renamed, changed or removed where they are shared', async () => {
    const administration = server.server.container.get(RoleAdministrationToken);
    const { id } = await administration.create(orgId, { name: name(), permissions: [VIEW], sharedFrom: 'main-role' });
    const patch = (path: string, value: unknown) => scim.patch(`${ROLES}/${id}`, [{ op: 'replace', path, value }]);
    const refused = (answer: Awaited<ReturnType<typeof patch>>, detail: string) => {
      expectScimError(answer, 400, 'invalidValue');
      expect(answer.body.detail).to.equal(detail);
    };
    refused(await patch('displayName', 'x'), 'Role name modification is not allowed for shared roles.');
    refused(await patch('permissions', refs(CREATE)), 'Role permission modification is not allowed for shared roles.');
    refused(await scim.delete(`${ROLES}/${id}`), 'Shared role deletion is not allowed.');
    expect(valuesOf((await patch('users', refs(kim.id))).body.users)).to.deep.equal([kim.id]);
    expect((await scim.get(`${ROLES}/${id}`)).body).to.deep.include({
      properties: [{ name: 'isSharedRole', value: 'true' }],
    });
  });

  it('are removed, but not while applications have chosen them', async () => {
    const { id } = await make({ users: refs(kim.id) });
    const applications = server.server.container.get(ApplicationServiceToken);
    const chooser = await createApp(server);
    const choose = (roles: { id: string }[]) =>
      applications.update(orgId, chooser.application.id, {
        associatedRoles: { allowedAudience: 'ORGANIZATION', roles },
      });
    await choose([{ id }]);
    expect(valuesOf((await read(id)).associatedApplications)).to.deep.equal([chooser.application.id]);
    expectScimError(await scim.delete(`${ROLES}/${id}`), 400, 'invalidValue', /associated/);
    await choose([]);
    expect((await scim.delete(`${ROLES}/${id}`)).status).to.equal(204);
    expectScimError(await scim.get(`${ROLES}/${id}`), 404);
    expectScimError(await scim.delete(`${ROLES}/${id}`), 404);
    for (const unknown of ['x', '%00', '..%2f..', 'a'.repeat(300)])
      expectScimError(await scim.get(`${ROLES}/${unknown}`), 404);
  });

  it('lose users and groups that go', async () => {
    const user = await createUser(server, `leaver-${++count}`);
    const { id: groupId } = (await scim.post('/Groups', { displayName: name() })).body;
    const { id } = await make({ users: refs(user.id), groups: refs(groupId) });
    await server.server.container.get(UserServiceToken).delete(orgId, user.id);
    await scim.delete(`/Groups/${groupId}`);
    expect(await read(id)).not.to.have.any.keys('users', 'groups');
  });

  it('change only when the client has seen the last version', async () => {
    const { id } = await make();
    const old = (await scim.get(`${ROLES}/${id}`)).headers.get('etag') ?? '';
    expect((await scim.get(`${ROLES}/${id}`, { 'if-none-match': old })).status).to.equal(304);
    const add = [{ op: 'add', path: 'users', value: refs(kim.id) }];
    const first = await scim.patch(`${ROLES}/${id}`, add, { 'if-match': old });
    expect([first.status, first.headers.get('etag') === old]).to.deep.equal([200, false]);
    expectScimError(await scim.patch(`${ROLES}/${id}`, [{ op: 'remove', path: 'users' }], { 'if-match': old }), 412);
    expectScimError(await scim.delete(`${ROLES}/${id}`, { 'if-match': old }), 412);
    expect(valuesOf((await read(id)).users)).to.deep.equal([kim.id]);
  });

  it('end what users had by them, when they are taken, changed or removed', async () => {
    const own = await ownRoles();
    await own.authorize('RBAC', ['orders:read', 'orders:write']);
    const ends = async (end: (id: string) => Promise<unknown>) => {
      const given = { audience: audienceOf(own), permissions: refs('orders:read'), users: refs(kim.id) };
      const { id } = await make(given);
      const tokens = await own.tokens('kim', { scope: 'openid orders:read' });
      expect(tokens.body.scope).to.equal('openid orders:read');
      await end(id);
      expect(await own.isActive(tokens.access)).to.equal(false);
    };
    await ends((id) => scim.patch(`${ROLES}/${id}`, [{ op: 'remove', path: `users[value eq "${kim.id}"]` }]));
    await ends((id) => scim.put(`/v3/Roles/${id}/Users`, refs(lee.id)));
    await ends((id) =>
      scim.put(`${ROLES}/${id}`, { displayName: name(), permissions: refs('orders:write'), users: refs(kim.id) }),
    );
    await ends((id) => scim.delete(`${ROLES}/${id}`));
  });

  it('are those of the organization, and for those who have the scope', async () => {
    const { id } = await make();
    const tenant = await createTenant(server, 'roles.example');
    const authorization = `Basic ${Buffer.from('owner:Owner-pass-1').toString('base64')}`;
    const other = scimAs(server, { authorization, prefix: tenant.prefix });
    const organizations = `${ROLES}?filter=audience.type%20eq%20organization`;
    expect((await other.list(organizations)).map(({ displayName }) => displayName)).to.deep.equal([
      'admin',
      'everyone',
    ]);
    expectScimError(await other.get(`${ROLES}/${id}`), 404);
    expectScimError(await other.delete(`${ROLES}/${id}`), 404);
    expectScimError(await other.post(ROLES, { displayName: 'x', users: refs(kim.id) }), 400, 'invalidValue');
    const reader = scimAs(server, await callerWith(server, 'role-reader', ['internal_role_mgt_view']));
    expect((await reader.get(`${ROLES}/${id}`)).status).to.equal(200);
    expectScimError(await reader.post(ROLES, { displayName: 'x' }), 403);
    expectScimError(await reader.put(`${ROLES}/${id}`, { displayName: 'x' }), 403);
    expectScimError(await reader.delete(`${ROLES}/${id}`), 403);
    expectScimError(await scimAs(server, {}).get(ROLES), 401);
  });
});
