import { expect } from 'chai';
import { ApiResourcesToken, AuthorizedApiServiceToken, ConsentServiceToken, RoleServiceToken } from '#core/access';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { RoleEntity, RoleMemberEntity } from '../../../core/access/entities.js';
import { ClientEntity } from '../../../core/oauth/clients/client.entity.js';
import { pluginFolder } from '../../support/kernels.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { apiAs } from './application-api.js';

const { id: orgId } = SUPER_ORGANIZATION;
const userId = '7a5e5a3e-1111-4222-8333-444455556666';

/** Cannot let an application go whose name is `held`. */
const holder = `{ id: 'test.holder', setup: ({ contribute }) => contribute(ApplicationParticipants, 'holder', {
  deleting: async ({ name }) => { if (name === 'held') throw new Error('not now'); } }) }`;

describe('what belongs to an application', () => {
  let server: TestServer;
  let api: ReturnType<typeof apiAs>;

  before(async function () {
    this.timeout(60_000);
    const folder = pluginFolder(holder, "import { ApplicationParticipants } from 'gatehouse/applications';");
    server = await startTestServer({ plugins: { folders: [folder] } });
    api = apiAs(server);
  });
  after(() => server.stop());

  const parts = () => {
    const { container } = server.server;
    return {
      database: container.get(DatabaseToken),
      apis: container.get(AuthorizedApiServiceToken),
      consents: container.get(ConsentServiceToken),
      roles: container.get(RoleServiceToken),
      resources: container.get(ApiResourcesToken),
    };
  };

  /** Makes an application that has one of everything, and a second one that has to keep what is its own. */
  async function furnish(name: string): Promise<string> {
    const { database, apis, consents, resources } = parts();
    const oidc = { grantTypes: ['client_credentials'] };
    const id = await api.make(name, { inboundProtocolConfiguration: { oidc } });
    const [resource] = await resources.all(orgId);
    await apis.authorize(orgId, id, { apiId: resource?.id as string, policyId: 'RBAC', scopes: [] });
    await consents.give(orgId, userId, id, { scopes: ['openid'], claims: [] });
    await database.run(async () => {
      const audience = { audienceType: 'application' as const, audienceId: id };
      const role = {
        id,
        orgId,
        name: 'clerk',
        nameKey: 'clerk',
        ...audience,
        permissions: [],
        createdAt: 0,
        modifiedAt: 0,
      };
      await database.manager.insert(RoleEntity, role);
      await database.manager.insert(RoleMemberEntity, { roleId: id, memberId: userId, orgId, memberType: 'user' });
    });
    return id;
  }

  async function belongings(id: string): Promise<Record<string, number>> {
    const { database, apis, consents, roles } = parts();
    return {
      protocols: await database.manager.countBy(ClientEntity, { orgId, appId: id }),
      apis: (await apis.of(orgId, id)).length,
      consents: (await consents.find(orgId, userId, id)).scopes.length,
      roles: (await roles.ofAudience(orgId, { type: 'application', id })).length,
      members: await database.manager.countBy(RoleMemberEntity, { orgId, roleId: id }),
    };
  }

  const all = { protocols: 1, apis: 1, consents: 1, roles: 1, members: 1 };
  const none = { protocols: 0, apis: 0, consents: 0, roles: 0, members: 0 };

  it('goes with it, and nothing else does', async () => {
    const [gone, stays] = [await furnish('goes'), await furnish('stays')];
    expect(await belongings(gone)).to.deep.equal(all);
    expect((await api.delete(`/${gone}`)).status).to.equal(204);
    expect(await belongings(gone)).to.deep.equal(none);
    expect(await belongings(stays)).to.deep.equal(all);
  });

  it('stays whole when one room cannot let go', async () => {
    const id = await furnish('held');
    expect((await api.delete(`/${id}`)).status).to.equal(500);
    expect(await belongings(id)).to.deep.equal(all);
    expect((await api.get(`/${id}`)).status).to.equal(200);
  });

  it('loses its own roles when those of the organization are to count', async () => {
    const id = await furnish('audience');
    const audience = (allowedAudience: string) => api.patch(`/${id}`, { associatedRoles: { allowedAudience } });
    expect((await audience('APPLICATION')).status).to.equal(200);
    const { body } = await api.get<{ associatedRoles: object }>(`/${id}`);
    expect(body.associatedRoles).to.deep.equal({ allowedAudience: 'APPLICATION', roles: [{ id, name: 'clerk' }] });
    expect((await audience('ORGANIZATION')).status).to.equal(200);
    expect(await belongings(id)).to.include({ roles: 0, members: 0, apis: 1, consents: 1 });
  });
});
