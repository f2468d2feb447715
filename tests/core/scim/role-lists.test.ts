import { expect } from 'chai';
import { RoleServiceToken } from '#core/access';
import type { User } from '#core/users';
import { createApp, createUser, superPlace, type TestApp } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { callerWith } from '../applications/application-api.js';
import { expectScimError, type Reference, scimAs, valuesOf } from './scim-caller.js';

const VIEW = 'internal_template_mgt_view';

describe('lists of roles, and version 3, by SCIM', () => {
  let server: TestServer;
  let scim: ReturnType<typeof scimAs>;
  let app: TestApp;
  let users: readonly User[];

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ toml: '[pagination]\nmax_users_list_per_role = 3' });
    scim = scimAs(server);
    app = await createApp(server, { application: { associatedRoles: { allowedAudience: 'APPLICATION' } } });
    const made: User[] = [];
    for (let i = 0; i < 7; i++) made.push(await createUser(server, `user-${i}`));
    users = made;
    const audience = { type: 'application', value: app.application.id };
    await scim.post('/v2/Roles', { displayName: 'clerk' });
    await scim.post('/v2/Roles', { displayName: 'clerk', audience });
    await scim.post('/v2/Roles', { displayName: 'Chief 100%', audience });
  });
  after(() => server?.stop());

  const found = async (filter: string, api = 'v2') =>
    (await scim.list(`/${api}/Roles?filter=${encodeURIComponent(filter)}`)).map(({ displayName }) => displayName);
  const refs = (...some: readonly (User | undefined)[]) => some.map((user) => ({ value: user?.id ?? '' }));

  it('know the filters of the contract, and the other operators', async () => {
    const { id } = app.application;
    expect(await found('displayName eq "CLERK"')).to.deep.equal(['clerk', 'clerk']);
    expect(await found('displayName eq clerk and audience.type eq application', 'v3')).to.deep.equal(['clerk']);
    expect(await found(`audience.value eq "${id}"`)).to.deep.equal(['Chief 100%', 'clerk']);
    expect(await found(`audience.value eq "${id}" and displayName ne clerk`)).to.deep.equal(['Chief 100%']);
    expect(await found('displayName co "%"')).to.deep.equal(['Chief 100%']);
    expect(await found('displayName co "_"')).to.deep.equal([]);
    expect(await found('displayName sw "C" and audience.type ew "zation"')).to.deep.equal(['clerk']);
    expect(await found(`not (audience.value ne "${id}") and displayName gt "chief 2"`)).to.deep.equal(['clerk']);
    expect(await found("displayName eq \"' OR '1'='1\"")).to.deep.equal([]);
  });

  it('[U33] refuse "or", and what roles are not filtered by', async () => {
    for (const filter of [
      'displayName eq a or displayName eq b',
      'displayName eq a and (displayName eq b or id pr)',
      'users.value eq "x"',
      'permissions[value eq "x"]',
      'displayName eq null',
      'displayName is a',
    ])
      for (const api of ['v2', 'v3'])
        expectScimError(await scim.get(`/${api}/Roles?filter=${encodeURIComponent(filter)}`), 400, 'invalidFilter');
  });

  it('show the applications of a role only to those who ask for them', async () => {
    const own = encodeURIComponent(`audience.value eq "${app.application.id}" and displayName eq "clerk"`);
    const [plain] = await scim.list(`/v2/Roles?filter=${own}`);
    expect(plain).to.include.keys('audience', 'displayName').and.not.include.keys('associatedApplications');
    const [asked] = await scim.list(`/v2/Roles?filter=${own}&attributes=associatedApplications`);
    expect(valuesOf(asked?.associatedApplications)).to.deep.equal([app.application.id]);
  });

  it('come in pages, by GET and by POST', async () => {
    const { body } = await scim.get('/v2/Roles?startIndex=2&count=2');
    // With those of the server's own: admin, everyone and seven of the console.
    expect(body).to.include({ totalResults: 12, startIndex: 2, itemsPerPage: 2 });
    expect((await scim.get('/v2/Roles?count=0')).body).to.include({ totalResults: 0, itemsPerPage: 0 });
    expectScimError(await scim.get('/v2/Roles?sortBy=displayName'), 501);
    const filter = `audience.value eq "${app.application.id}"`;
    for (const api of ['v2', 'v3']) {
      const searched = await scim.post(`/${api}/Roles/.search`, { filter, attributes: ['displayName'], count: 1 });
      expect(searched.body).to.include({ totalResults: 2, itemsPerPage: 1 });
      expect(searched.body.Resources?.[0]).to.include.keys('id', 'displayName').and.not.to.include.keys('audience');
    }
  });

  it('show users to those who ask for them, and no more than the operator wants', async () => {
    const { body } = await scim.post('/v2/Roles', { displayName: 'crowd', users: refs(...users) });
    expect(body.users).to.have.length(3);
    const [listed] = await scim.list('/v2/Roles?filter=displayName eq crowd');
    expect(listed).not.to.have.property('users');
    const [asked] = await scim.list('/v2/Roles?filter=displayName eq crowd&attributes=users');
    expect(asked?.users).to.have.length(3);
  });

  it('named everyone are those of every user, in lists of users too', async () => {
    const all = await scim.list('/Users?filter=roles eq "everyone"&attributes=roles.display');
    expect(all).to.have.length(users.length + 1);
    for (const { roles } of all) expect(roles?.map((role) => role['display'])).to.include('everyone');
    expect(await scim.list('/Users?filter=roles ne "everyone"')).to.deep.equal([]);
  });

  it('all users of a role can be read in pages', async () => {
    const { body } = await scim.post('/v2/Roles', { displayName: 'all', users: refs(...users) });
    const seen: string[] = [];
    for (let at = 1; at < 9; at += 4) {
      const page = await scim.get(`/v3/Roles/${body.id}/Users?startIndex=${at}&count=4`);
      expect(page.body.totalResults).to.equal(7);
      seen.push(...((page.body.Resources ?? []) as unknown as Reference[]).map(({ value }) => value));
    }
    expect(seen.sort()).to.deep.equal(valuesOf(refs(...users)));
  });

  it('[U19] version 3 makes roles without users', async () => {
    const { status, body } = await scim.post('/v3/Roles', { displayName: 'third', users: refs(users[0]) });
    expect(status).to.equal(201);
    expect(body).not.to.have.property('users');
    expect(body.meta?.['location']).to.match(/\/scim2\/v3\/Roles\//);
    expect((await scim.get(`/v3/Roles/${body.id}`)).body).not.to.have.property('users');
  });

  it('version 3 changes users and groups at addresses of their own', async () => {
    const { id } = (await scim.post('/v3/Roles', { displayName: 'members' })).body;
    const [a, b, c] = users;
    const path = `/v3/Roles/${id}/Users`;
    expect(valuesOf((await scim.put(path, refs(a, b))).body.users)).to.deep.equal(valuesOf(refs(a, b)));
    expect(valuesOf((await scim.patch(path, [{ op: 'add', value: refs(c) }])).body.users)).to.have.length(3);
    expect(valuesOf((await scim.patch(path, [{ op: 'remove', value: refs(a) }])).body.users)).to.have.length(2);
    const byPath = [{ op: 'remove', path: `users[value eq "${b?.id}"]` }];
    expect(valuesOf((await scim.patch(path, byPath)).body.users)).to.deep.equal([c?.id]);
    const whole = await scim.put(`/v3/Roles/${id}`, {
      displayName: 'members',
      users: [],
      permissions: [{ value: VIEW }],
    });
    expect(valuesOf(whole.body.users), 'PUT of the role leaves them').to.deep.equal([c?.id]);
    const patched = await scim.patch(`/v3/Roles/${id}`, [{ op: 'remove', path: 'users' }]);
    expect(valuesOf(patched.body.users)).to.deep.equal([c?.id]);
    const { id: group } = (await scim.post('/Groups', { displayName: 'eng' })).body;
    const groups = await scim.put(`/v3/Roles/${id}/Groups`, [{ value: group }]);
    expect(valuesOf(groups.body.groups)).to.deep.equal([group]);
    const listed = (await scim.get(`/v3/Roles/${id}/Groups`)).body;
    expect(listed.Resources).to.deep.equal(groups.body.groups);
    expect((await scim.put(`/v3/Roles/${id}/Groups`, [])).body).not.to.have.property('groups');
    expectScimError(await scim.put(path, { users: refs(a) }), 400, 'invalidSyntax');
    expectScimError(await scim.put(path, [{ value: 'nobody' }]), 400, 'invalidValue');
    expectScimError(await scim.put(path, ['a', ['b']]), 400, 'invalidValue');
    const other = [{ op: 'replace', path: 'displayName', value: 'x' }];
    expectScimError(await scim.patch(path, other), 400, 'invalidPath');
    expectScimError(await scim.put('/v3/Roles/x/Users', []), 404);
  });

  it('version 3 has a scope for each part of a role', async () => {
    const { id } = (await scim.post('/v3/Roles', { displayName: 'parts' })).body;
    const as = async (scope: string) => scimAs(server, await callerWith(server, `with-${scope}`, [scope]));
    const updater = await as('internal_role_mgt_update');
    const permitter = scimAs(
      server,
      await callerWith(server, 'with-permissions', ['internal_role_mgt_permissions_update', VIEW]),
    );
    const userGiver = scimAs(server, await callerWith(server, 'with-users', ['internal_role_mgt_users_update', VIEW]));
    const groupGiver = await as('internal_role_mgt_groups_update');
    const rename = [{ op: 'replace', path: 'displayName', value: 'parts renamed' }];
    const permit = [{ op: 'add', path: 'permissions', value: [{ value: VIEW }] }];
    expectScimError(await permitter.patch(`/v3/Roles/${id}`, rename), 403);
    expectScimError(await updater.patch(`/v3/Roles/${id}`, permit), 403);
    expectScimError(await updater.put(`/v3/Roles/${id}/Users`, refs(users[0])), 403);
    expectScimError(await groupGiver.put(`/v3/Roles/${id}/Users`, refs(users[0])), 403);
    expectScimError(await userGiver.put(`/v3/Roles/${id}/Groups`, []), 403);
    expectScimError(await userGiver.patch(`/v3/Roles/${id}`, rename), 403);
    const role = await server.server.container.get(RoleServiceToken).of({ ...(users[0] as User), ...superPlace });
    expect(role.has(VIEW)).to.equal(false);
    expect((await updater.patch(`/v3/Roles/${id}`, rename)).status).to.equal(200);
    expect((await permitter.patch(`/v3/Roles/${id}`, permit)).status).to.equal(200);
    expect((await userGiver.put(`/v3/Roles/${id}/Users`, refs(users[0]))).status).to.equal(200);
    expect((await groupGiver.put(`/v3/Roles/${id}/Groups`, [])).status).to.equal(200);
  });
});
