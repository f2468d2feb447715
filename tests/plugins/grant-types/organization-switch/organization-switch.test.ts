import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { v4 as uuid } from 'uuid';
import { DatabaseToken } from '#core/persistence';
import type { User } from '#core/users';
import { OrganizationEntity } from '../../../../core/organizations/organization.entity.js';
import { pluginFolder } from '../../../support/kernels.js';
import {
  createApp,
  createTenant,
  createUser,
  expectError,
  superPlace,
  type TestApp,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

/** Shares applications with every organization below whose name begins with `Shared`, and admits those whom it is told of. */
const access = (members: string) =>
  pluginFolder(
    `{ id: 'fixture.access', requires: ['core.oauth'], setup: ({ contribute }) => contribute(OrganizationAccesses, 'fixture', {
  isShared: async (client, organization) => organization.name.startsWith('Shared'),
  admits: async (person) => ${members}.test(person.username),
  scopes: async (client, person, organization, requested) => requested.filter((scope) => /^(openid|branch:.*)$/.test(scope)),
}) }`,
    "import { OrganizationAccesses } from 'gatehouse/oauth';",
  );

const branch = 'Organization switch is only allowed for the organizations in the same branch.';
const grantTypes = ['organization_switch', 'authorization_code', 'refresh_token', 'client_credentials'];

describe('the switch of organizations', () => {
  let server: TestServer;
  let app: TestApp;
  let member: User;
  let shared: OrganizationEntity;
  let below: OrganizationEntity;
  let closed: OrganizationEntity;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ plugins: { folders: [access('/^member$/')] } });
    member = await createUser(server, 'member');
    await createUser(server, 'outsider');
    [shared, closed] = [await organization('Shared Branch'), await organization('Closed Branch')];
    below = await organization('Shared Shop', shared.id);
    app = await createApp(server, { client: { grantTypes, accessToken: { type: 'JWT' } } });
  });
  after(() => server?.stop());

  const organization = async (name: string, parentId: string = superPlace.orgId, status = 'ACTIVE') => {
    const row = { id: uuid(), handle: uuid(), name, parentId, rootId: superPlace.orgId, status, createdAt: 0 };
    const entity = Object.assign(new OrganizationEntity(), { ...row, ownerId: null, ownerName: null });
    const database = server.server.container.get(DatabaseToken);
    await database.run(() => database.manager.insert(OrganizationEntity, entity));
    return entity;
  };
  const change = (token: string, switching_organization: string, more = {}, of = app) =>
    of.token({ grant_type: 'organization_switch', token, switching_organization, ...more });
  const tokenOf = async (username: string, scope = 'openid') => (await app.tokens(username, { scope })).access;

  it('[G6] gives a token for an organization that the application is shared with, and says where its user is at home', async () => {
    const switched = tokensOf(await change(await tokenOf('member'), shared.id, { scope: 'openid branch:read other' }));
    const place = { org_id: shared.id, org_name: 'Shared Branch', org_handle: shared.handle };
    const expected = { ...place, user_org: superPlace.orgId, sub: member.id, aut: 'APPLICATION_USER' };
    expect(decodeJwt(switched.access)).to.include({ ...expected, scope: 'openid branch:read' });
    expect(decodeJwt(switched.id)).to.include({ ...place, user_org: superPlace.orgId });
    expect((await app.introspect(switched.access)).body).to.include({ active: true, ...place });
    expect(decodeJwt(tokensOf(await app.refresh(switched.refresh)).access)).to.include(expected);
  });

  it('[G6] refuses organizations that it is not shared with', async () => {
    const text = 'Organization switching is not allowed for organizations that have not shared the application';
    expectError(await change(await tokenOf('member'), closed.id), 400, 'invalid_grant', text);
  });

  it('refuses users who have no identity there', async () => {
    const text = 'User is not allowed to access the organization';
    expectError(await change(await tokenOf('outsider'), shared.id), 400, 'invalid_grant', text);
  });

  it('goes up and down a branch, not across, and not to what is not there', async () => {
    const token = await tokenOf('member');
    const down = tokensOf(await change(token, below.id)).access;
    const up = tokensOf(await change(down, shared.id)).access;
    expect(decodeJwt(up)['org_id']).to.equal(shared.id);
    expectError(await change(down, closed.id), 400, 'invalid_grant', branch);
    const tenant = await createTenant(server, 'other.example');
    const off = await organization('Shared but off', superPlace.orgId, 'DISABLED');
    for (const nowhere of [tenant.orgId, off.id, uuid(), "' OR 1=1"])
      expectError(await change(token, nowhere), 400, 'invalid_grant', branch);
  });

  it('comes home again', async () => {
    const away = tokensOf(await change(await tokenOf('member'), shared.id)).access;
    const home = decodeJwt(tokensOf(await change(away, superPlace.orgId)).access);
    expect(home).to.include({ org_id: superPlace.orgId, org_name: 'Super', sub: member.id });
  });

  it('[G14] keeps the token of an application one', async () => {
    await app.authorize('NO_POLICY', ['branch:read']);
    const own = tokensOf(await app.token({ grant_type: 'client_credentials', scope: 'branch:read' })).access;
    const switched = tokensOf(await change(own, shared.id));
    const expected = { aut: 'APPLICATION', org_id: shared.id, sub: app.id, scope: 'branch:read' };
    expect(decodeJwt(switched.access)).to.include(expected).and.not.have.property('user_org');
    expect(switched).to.include({ refresh: '', id: '' });
  });

  it('takes only live tokens of the client itself', async () => {
    const { access, refresh, id } = await app.tokens('member');
    const other = await createApp(server, { client: { grantTypes } });
    expectError(await change(access, shared.id, {}, other), 400, 'invalid_grant', 'Invalid token received.');
    for (const token of [refresh, id, 'nonsense'])
      expectError(await change(token, shared.id), 400, 'invalid_grant', 'Invalid token received.');
    await app.revoke(refresh);
    expectError(await change(access, shared.id), 400, 'invalid_grant', 'Invalid token received.');
  });

  it('makes nothing of a scope for another organization here', async () => {
    const switched = tokensOf(await change(await tokenOf('member'), shared.id, { scope: 'openid' })).access;
    const answer = await server.fetch('/api/server/v1/configs/agent', {
      headers: { authorization: `Bearer ${switched}` },
    });
    expect(answer.status).to.equal(403);
    expect(await answer.text()).to.contain('The credentials belong to another organization.');
  });
});

describe('the switch of organizations, with nobody who knows of any', () => {
  it('leads home only', async function () {
    this.timeout(60_000);
    const server = await startTestServer();
    try {
      const app = await createApp(server, { client: { grantTypes } });
      const token = (await app.tokens('admin')).access;
      const ask = (switching_organization: string) =>
        app.token({ grant_type: 'organization_switch', token, switching_organization });
      tokensOf(await ask(superPlace.orgId));
      expectError(await ask(uuid()), 400, 'invalid_grant', branch);
    } finally {
      await server.stop();
    }
  });
});
