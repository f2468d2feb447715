import { expect } from 'chai';
import { RoleAdministrationToken, RoleDirectoryToken, RoleServiceToken, RoleTaken } from '#core/access';
import { ApplicationServiceToken } from '#core/applications';
import { EventBusToken } from '#core/kernel';
import { DatabaseToken } from '#core/persistence';
import type { User } from '#core/users';
import { RoleMemberEntity } from '../../../core/access/entities.js';
import { RoleRepository } from '../../../core/access/role.repository.js';
import { failureOf } from '../../support/failures.js';
import { pluginFolder } from '../../support/kernels.js';
import { createApp, createTenant, createUser, superPlace } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const { orgId } = superPlace;

/** Knows one group of an identity provider. */
const source = `{ id: 'test.groups', requires: ['core.access'], setup: ({ contribute }) => contribute(RoleGroupSources, 'test', {
  byIds: async (org, ids) => new Map(ids.filter((id) => id === 'idp-group').map((id) => [id, { name: 'Partners' }])) }) }`;

describe('roles', () => {
  let server: TestServer;
  let kim: User;

  before(async function () {
    this.timeout(60_000);
    const folder = pluginFolder(source, "import { RoleGroupSources } from 'gatehouse/access';");
    server = await startTestServer({ plugins: { folders: [folder] } });
    kim = await createUser(server, 'kim');
  });
  after(() => server?.stop());

  const parts = () => {
    const { container } = server.server;
    return {
      administration: container.get(RoleAdministrationToken),
      directory: container.get(RoleDirectoryToken),
      roles: container.get(RoleServiceToken),
      database: container.get(DatabaseToken),
    };
  };

  it('may have more members than anybody wants to read at once', async () => {
    const { administration, directory, database } = parts();
    const role = await administration.create(orgId, { name: 'crowd', users: [kim.id] });
    const ids = Array.from({ length: 1234 }, (_, i) => `member-${String(i).padStart(5, '0')}`);
    const rows = ids.map((memberId) => ({ orgId, roleId: role.id, memberId, memberType: 'user' as const }));
    await database.run(() => server.server.container.build(RoleRepository).addMembers(rows));
    const page = await directory.users(role, { offset: 1200, limit: 100 });
    expect([page.users.length, page.total]).to.deep.equal([35, 1235]);
    const taken: string[] = [];
    server.server.container.get(EventBusToken).participate(RoleTaken, ({ roleId, userId }) => {
      if (roleId === role.id) taken.push(userId);
    });
    await administration.update(orgId, role.id, { users: { replace: true, add: [kim.id] } });
    expect(taken.sort()).to.deep.equal(ids);
    expect((await directory.users(role, { offset: 0, limit: 10 })).users).to.deep.equal([kim]);
  });

  it('are given to groups of identity providers that a plugin knows', async () => {
    const { administration, directory, database } = parts();
    const role = await administration.create(orgId, { name: 'partners', groups: ['idp-group'] });
    expect(await directory.groups(role, { offset: 0, limit: 9 })).to.deep.equal({
      groups: [{ id: 'idp-group', name: 'Partners', type: 'idpgroup' }],
      total: 1,
    });
    const [member] = await database.manager.findBy(RoleMemberEntity, { roleId: role.id });
    expect(member?.memberType).to.equal('idpgroup');
    const work = () => administration.update(orgId, role.id, { groups: { add: ['other-group'] } });
    expect(await failureOf(work)).to.include({ code: 'RMA-60007', status: 400 });
  });

  it('are the same for all nodes: of two of one name at once, one is made', async () => {
    const { administration } = parts();
    const results = await Promise.allSettled(
      ['Twin', 'twin', 'TWIN'].map((name) => administration.create(orgId, { name })),
    );
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as object] : []));
    expect(reasons).to.have.length(2);
    for (const reason of reasons) expect(reason).to.include({ code: 'RMA-60004', status: 409 });
  });

  it('of the server itself are there in every organization, once', async () => {
    const { directory, roles } = parts();
    const tenant = await createTenant(server, 'roles.example');
    await roles.ensureOwn(tenant.orgId);
    for (const place of [superPlace, tenant]) {
      const [found] = await directory.list(place.orgId, undefined, { offset: 0, limit: 100 });
      const own = found.filter(({ system }) => system !== null).map(({ name }) => name);
      expect(own).to.deep.equal([
        'admin',
        'Administrator',
        'Auditor',
        'Editor - Applications',
        'Editor - Connections',
        'Editor - Users',
        'everyone',
        'Viewer - Applications',
        'Viewer - Users',
      ]);
    }
  });

  it('are those of one audience: when an application changes it, tokens lose what the other gave', async () => {
    const { administration, roles } = parts();
    const app = await createApp(server);
    const lee = await createUser(server, 'lee');
    await app.authorize('RBAC', ['doc:sign']);
    const signer = await administration.create(orgId, { name: 'signers', users: [lee.id] });
    await roles.setPermissions(orgId, signer.id, ['doc:sign']);
    const applications = server.server.container.get(ApplicationServiceToken);
    const count = (allowedAudience: 'APPLICATION' | 'ORGANIZATION') =>
      applications.update(orgId, app.application.id, { associatedRoles: { allowedAudience, roles: [] } });
    const { access, body } = await app.tokens('lee', { scope: 'openid doc:sign' });
    expect([body.scope, await app.isActive(access)]).to.deep.equal(['openid doc:sign', true]);
    await count('APPLICATION');
    expect(await app.isActive(access)).to.equal(false);
    expect((await app.tokens('lee', { scope: 'openid doc:sign' })).body.scope).to.equal('openid');
  });

  it('[U20] given policy RBAC and a user without the role, the token lacks the scope; without a policy it has it', async () => {
    const { administration } = parts();
    const app = await createApp(server);
    await createUser(server, 'without-role');
    await app.authorize('RBAC', ['doc:read']);
    await app.authorize('NO_POLICY', ['doc:list']);
    const role = await administration.create(orgId, { name: 'readers', users: [kim.id] });
    await parts().roles.setPermissions(orgId, role.id, ['doc:read']);
    const scopeOf = async (username: string) =>
      (await app.tokens(username, { scope: 'openid doc:read doc:list' })).body.scope;
    expect(await scopeOf('without-role')).to.equal('openid doc:list');
    expect(await scopeOf('kim')).to.equal('openid doc:read doc:list');
  });
});
