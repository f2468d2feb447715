import { expect } from 'chai';
import { RoleAdministrationToken, RoleServiceToken } from '#core/access';
import { type User, UserGroupsToken } from '#core/users';
import { createUser, superPlace } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { callerWith } from '../applications/application-api.js';
import { expectScimError, type ScimBody, scimAs, valuesOf } from './scim-caller.js';

const { orgId } = superPlace;
const ROLES = '/v2/Roles';
const VIEW = 'internal_template_mgt_view';
const refs = (...ids: readonly string[]) => ids.map((value) => ({ value }));
const manager = [
  'internal_role_mgt_view',
  'internal_role_mgt_create',
  'internal_role_mgt_update',
  'internal_role_mgt_users_update',
  'internal_role_mgt_groups_update',
  'internal_role_mgt_permissions_update',
];

describe('who may give which roles', () => {
  let server: TestServer;
  let scim: ReturnType<typeof scimAs>;
  let kim: User;
  let admin: ScimBody;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    scim = scimAs(server);
    kim = await createUser(server, 'kim');
    admin = (await scim.list(`${ROLES}?filter=displayName%20eq%20admin`))[0] as ScimBody;
  });
  after(() => server?.stop());

  const as = async (name: string, scopes: readonly string[]) => scimAs(server, await callerWith(server, name, scopes));
  const administrators = async () => {
    const { container } = server.server;
    const is = await container.get(RoleServiceToken).of(kim);
    return is.has(VIEW);
  };

  it('only an administrator makes administrators, in each version of the API and in bulk', async () => {
    const other = await as('role-manager', [...manager, 'internal_bulk_role_update']);
    const add = [{ op: 'add', path: 'users', value: refs(kim.id) }];
    const { id } = admin;
    const tries = [
      await other.patch(`${ROLES}/${id}`, add),
      await other.put(`${ROLES}/${id}`, { displayName: 'admin', users: refs(kim.id) }),
      await other.patch(`/v3/Roles/${id}/Users`, add),
      await other.put(`/v3/Roles/${id}/Users`, refs(kim.id)),
      await other.patch(`/v3/Roles/${id}/Groups`, [{ op: 'remove', path: 'groups' }]),
      await other.patch(`${ROLES}/${id}`, [{ op: 'remove', path: 'users' }]),
    ];
    for (const answer of tries) expectScimError(answer, 403, undefined, /Only an administrator/);
    const bulk = await other.post<{ Operations: readonly { status: { code: number } }[] }>('/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [{ method: 'PATCH', path: `/v2/Roles/${id}`, data: { Operations: add } }],
    });
    expect(JSON.stringify(bulk.body)).to.match(/Only an administrator/);
    expect(await administrators()).to.equal(false);
    expect((await scim.patch(`${ROLES}/${id}`, add)).status).to.equal(200);
    expect(await administrators()).to.equal(true);
    const remove = [{ op: 'remove', path: `users[value eq "${kim.id}"]` }];
    expect((await scim.patch(`${ROLES}/${id}`, remove)).status).to.equal(200);
    expect(await administrators()).to.equal(false);
  });

  it('only an administrator changes who is in a group of administrators', async () => {
    const { container } = server.server;
    const groups = container.get(UserGroupsToken);
    const chiefs = await groups.create(orgId, { name: 'chiefs' });
    const plain = await groups.create(orgId, { name: 'plain' });
    await container.get(RoleAdministrationToken).update(orgId, admin.id, { groups: { add: [chiefs.id] } });
    const other = await as('group-manager', ['internal_group_mgt_update', 'internal_group_mgt_delete']);
    const join = [{ op: 'add', path: 'members', value: refs(kim.id) }];
    const path = `/Groups/${chiefs.id}`;
    expectScimError(await other.patch(path, join), 403, undefined, /Only an administrator/);
    expectScimError(await other.put(path, { displayName: 'chiefs', members: refs(kim.id) }), 403);
    expectScimError(await other.delete(path), 403);
    expect(await administrators()).to.equal(false);
    const named = [{ op: 'replace', path: 'displayName', value: 'heads' }];
    expect((await other.patch(path, named)).status, 'its name is no matter').to.be.lessThan(300);
    expect((await other.patch(`/Groups/${plain.id}`, join)).status).to.be.lessThan(300);
    expect((await scim.patch(path, join)).status).to.be.lessThan(300);
    expect(await administrators()).to.equal(true);
    expect((await scim.delete(path)).status).to.equal(204);
  });

  it('nobody gives permissions of the management APIs that he does not have', async () => {
    const other = await as('without-view', manager);
    const holder = await as('with-view', [...manager, VIEW]);
    expectScimError(
      await other.post(ROLES, { displayName: 'too much', permissions: refs(VIEW) }),
      403,
      undefined,
      /VIEW|view/,
    );
    const own = (await other.post(ROLES, { displayName: 'enough', permissions: refs(manager[0] as string) })).body;
    expect(valuesOf(own.permissions)).to.deep.equal([manager[0]]);
    expectScimError(
      await other.patch(`${ROLES}/${own.id}`, [{ op: 'add', path: 'permissions', value: refs(VIEW) }]),
      403,
    );
    const strong = (await holder.post(ROLES, { displayName: 'strong', permissions: refs(VIEW) })).body;
    const give = [{ op: 'add', path: 'users', value: refs(kim.id) }];
    expectScimError(await other.patch(`${ROLES}/${strong.id}`, give), 403);
    expectScimError(await other.put(`/v3/Roles/${strong.id}/Users`, refs(kim.id)), 403);
    expect((await holder.patch(`${ROLES}/${strong.id}`, give)).status).to.equal(200);
    const take = [{ op: 'remove', path: `users[value eq "${kim.id}"]` }];
    expect((await other.patch(`${ROLES}/${strong.id}`, take)).status, 'taking needs no more').to.equal(200);
    const less = await other.patch(`${ROLES}/${strong.id}`, [{ op: 'remove', path: 'permissions' }]);
    expect(less.body).not.to.have.property('permissions');
  });

  it('an operator can let role managers give everything but the role of administrators', async function () {
    this.timeout(30_000);
    const open = await startTestServer({ toml: '[role_mgt]\nonly_held_permissions = false' });
    try {
      const other = scimAs(open, await callerWith(open, 'role-manager', manager));
      expect((await other.post(ROLES, { displayName: 'much', permissions: refs(VIEW) })).status).to.equal(201);
      const [role] = await other.list(`${ROLES}?filter=displayName%20eq%20admin`);
      const add = [{ op: 'add', path: 'users', value: refs((await createUser(open, 'kim')).id) }];
      expectScimError(await other.patch(`${ROLES}/${role?.id}`, add), 403);
    } finally {
      await open.stop();
    }
  });
});
