import { expect } from 'chai';
import { ApiResourcesToken, consoleIdOf, RoleServiceToken } from '#core/access';
import { ApplicationServiceToken } from '#core/applications';
import type { User } from '#core/users';
import { ClientServiceToken } from '../../../core/oauth/clients/client.service.js';
import { clientSettings } from '../../../core/oauth/clients/client-model.js';
import {
  CALLBACK,
  createApp,
  createTenant,
  createUser,
  type Place,
  superPlace,
  TestApp,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { apiAs, callerWith } from '../applications/application-api.js';
import { expectScimError, scimAs, valuesOf } from '../scim/scim-caller.js';

const ROLES = '/v2/Roles';
const PRESETS = [
  'Administrator',
  'Auditor',
  'Editor - Applications',
  'Editor - Connections',
  'Editor - Users',
  'Viewer - Applications',
  'Viewer - Users',
];
const owner = (place: Place) => ({
  authorization: `Basic ${Buffer.from('owner:Owner-pass-1').toString('base64')}`,
  prefix: place.prefix,
});

describe('roles of the console', () => {
  let server: TestServer;
  let scim: ReturnType<typeof scimAs>;
  let kim: User;
  const consoleId = consoleIdOf(superPlace.orgId);

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    scim = scimAs(server);
    kim = await createUser(server, 'kim');
  });
  after(() => server?.stop());

  const get = <T extends object>(token: Parameters<typeof server.server.container.get<T>>[0]) =>
    server.server.container.get<T>(token);
  const ofConsole = (orgId: string) =>
    `${ROLES}?filter=${encodeURIComponent(`audience.value eq "${consoleIdOf(orgId)}"`)}`;
  const preset = async (name: string) => {
    const found = (await scim.list(ofConsole(superPlace.orgId))).find(({ displayName }) => displayName === name);
    return (await scim.get(`${ROLES}/${found?.id}`)).body;
  };
  const refs = (...ids: readonly string[]) => ids.map((value) => ({ value }));

  it('are there in every organization, with what ships', async () => {
    const tenant = await createTenant(server, 'console.example');
    for (const [place, caller] of [
      [superPlace, undefined],
      [tenant, owner(tenant)],
    ] as const) {
      const roles = await scimAs(server, caller).list(ofConsole(place.orgId));
      expect(roles.map(({ displayName }) => displayName)).to.deep.equal(PRESETS);
      for (const role of roles) {
        expect(role.audience).to.deep.equal({
          value: consoleIdOf(place.orgId),
          display: 'Console',
          type: 'application',
        });
        expect(role.systemRole).to.equal(true);
      }
    }
  });

  it('give scopes that API resources of the server have, and no others', async () => {
    const all = await get(ApiResourcesToken).all(superPlace.orgId);
    const known = new Set(
      all.filter(({ type }) => type === 'SYSTEM').flatMap(({ scopes }) => scopes.map(({ name }) => name)),
    );
    for (const name of PRESETS) {
      const given = valuesOf((await preset(name)).permissions);
      expect(given.length, name).to.be.greaterThan(3);
      for (const scope of given) expect(known.has(scope), `${name}: ${scope}`).to.equal(true);
      if (name === 'Administrator') expect(given).to.deep.equal([...known].sort());
      else expect(given.join(' '), name).not.to.match(/role_mgt_(?!view)|modify_tenants|config_update|impersonate/);
      if (name.startsWith('Viewer') || name === 'Auditor')
        expect(given.filter((scope) => /_(create|update|delete|add)$/.test(scope))).to.deep.equal([]);
    }
  });

  it('administrators have that of administrators', async () => {
    const tenant = await createTenant(server, 'owned.example');
    const [role] = await scimAs(server, owner(tenant)).list(`${ofConsole(tenant.orgId)}&attributes=displayName,users`);
    expect(role?.displayName).to.equal('Administrator');
    expect(role?.users?.map(({ display }) => display)).to.deep.equal(['owner']);
    const own = await scim.list(`${ofConsole(superPlace.orgId)}&attributes=displayName,users`);
    expect(own[0]?.users?.map(({ display }) => display)).to.deep.equal(['admin']);
  });

  it('preset ones are given and taken, but neither changed nor removed', async () => {
    const { id } = await preset('Auditor');
    const path = `${ROLES}/${id}`;
    const op = (path: string, value: unknown) => [{ op: 'replace', path, value }];
    expectScimError(await scim.patch(path, op('displayName', 'Spy')), 400, 'invalidValue');
    expectScimError(await scim.patch(path, op('permissions', refs('internal_user_mgt_view'))), 400, 'invalidValue');
    expectScimError(await scim.patch(path, [{ op: 'remove', path: 'permissions' }]), 400, 'invalidValue');
    expectScimError(await scim.delete(path), 400, 'invalidValue');
    const whole = (await scim.get(path)).body;
    const put = await scim.put(path, { ...whole, users: refs(kim.id) });
    expect([put.status, valuesOf(put.body.users)]).to.deep.equal([200, [kim.id]]);
    expect((await scim.put(`/v3/Roles/${id}/Users`, [])).status).to.equal(200);
  });

  it('may be made by administrators', async () => {
    const audience = { type: 'application', value: consoleId };
    const given = { displayName: 'Helpdesk', audience, permissions: refs('internal_user_mgt_view') };
    const made = await scim.post(ROLES, given);
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    expect(made.body.audience?.['display']).to.equal('Console');
    const path = `${ROLES}/${made.body.id}`;
    const more = await scim.patch(path, [{ op: 'add', path: 'permissions', value: refs('internal_group_mgt_view') }]);
    expect(valuesOf(more.body.permissions)).to.deep.equal(['internal_group_mgt_view', 'internal_user_mgt_view']);
    expectScimError(await scim.post(ROLES, { ...given, displayName: 'AUDITOR' }), 409, 'uniqueness');
    expectScimError(
      await scim.post(ROLES, { ...given, displayName: 'x', permissions: refs('orders:read') }),
      400,
      'invalidValue',
    );
    expect((await scim.delete(path)).status).to.equal(204);
  });

  it('whoever manages roles cannot become more by them', async () => {
    const caller = await callerWith(server, 'role-manager', ['internal_role_mgt_view', 'internal_role_mgt_update']);
    const { id } = await preset('Administrator');
    const add = [{ op: 'add', path: 'users', value: refs(kim.id) }];
    expectScimError(await scimAs(server, caller).patch(`${ROLES}/${id}`, add), 403);
    expect(await get(RoleServiceToken).rolesOf(kim, { type: 'application', id: consoleId })).to.deep.equal([]);
  });

  it('give scopes to tokens of the console, to no others and to nobody with a password', async () => {
    const scope = 'openid internal_idp_view internal_idp_create internal_userstore_delete';
    const { id } = await preset('Editor - Connections');
    await scim.put(`/v3/Roles/${id}/Users`, refs(kim.id));
    const clients = get(ClientServiceToken);
    const application = await get(ApplicationServiceToken).find(superPlace.orgId, consoleId);
    if (!application) throw new Error('there is no console');
    const settings = { grantTypes: ['authorization_code'], callbackURLs: [CALLBACK], publicClient: true };
    const { client } = await clients.write(application, clientSettings.parse(settings));
    try {
      const portal = new TestApp(server, superPlace, application, client, '');
      expect((await portal.tokens('kim', { scope })).body.scope).to.equal(
        'openid internal_idp_view internal_idp_create',
      );
    } finally {
      await clients.write(application, clientSettings.parse({ ...settings, grantTypes: [], callbackURLs: [] }));
    }
    for (const allowedAudience of ['ORGANIZATION', 'APPLICATION']) {
      const other = await createApp(server, { application: { associatedRoles: { allowedAudience } } });
      await other.authorize('RBAC', ['internal_idp_view']);
      expect((await other.tokens('kim', { scope })).body.scope).to.equal('openid');
    }
    const authorization = `Basic ${Buffer.from('kim:Correct-horse-1').toString('base64')}`;
    const answer = await server.fetch('/api/server/v1/identity-providers', { headers: { authorization } });
    expect(answer.status).to.equal(403);
  });

  describe('belong to an application that', () => {
    it('is listed unless system applications are not wanted, and is not changed by anybody', async () => {
      const api = apiAs(server);
      type List = {
        readonly applications: readonly { readonly id: string; readonly clientId: string; access: string }[];
      };
      const list = async (query: string) => (await api.get<List>(`?attributes=clientId${query}`)).body.applications;
      const shown = (await list('')).find(({ id }) => id === consoleId);
      expect([shown?.clientId, shown?.access]).to.deep.equal(['CONSOLE', 'READ']);
      expect((await list('&excludeSystemPortals=true')).map(({ id }) => id)).not.to.include(consoleId);
      const path = `/${consoleId}`;
      const oidc = { grantTypes: ['client_credentials'] };
      const tries = [
        await api.patch(path, { description: 'mine' }),
        await api.patch(path, { associatedRoles: { allowedAudience: 'ORGANIZATION', roles: [] } }),
        await api.put(`${path}/inbound-protocols/oidc`, oidc),
        await api.post(`${path}/inbound-protocols/oidc/regenerate-secret`),
        await api.delete(`${path}/inbound-protocols/oidc`),
        await api.delete(path),
      ];
      for (const { status, body } of tries) expect([status, body['code']]).to.deep.equal([403, 'APP-60517']);
      expect((await api.get(path)).status).to.equal(200);
    });

    it('signs nobody in and gets no token', async () => {
      const query = new URLSearchParams({ client_id: 'CONSOLE', response_type: 'code', scope: 'openid' });
      for (const redirect of ['', CALLBACK]) {
        if (redirect) query.set('redirect_uri', redirect);
        const { status, headers } = await server.fetch(`/oauth2/authorize?${query}`, { redirect: 'manual' });
        expect(status === 400 || /error/.test(headers.get('location') ?? ''), `${status}`).to.equal(true);
        expect(headers.get('location') ?? '').not.to.match(/^https:\/\/app\.example/);
      }
      for (const grant_type of [
        'client_credentials',
        'password',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:token-exchange',
      ]) {
        const body = new URLSearchParams({
          client_id: 'CONSOLE',
          grant_type,
          username: 'kim',
          password: 'x',
          refresh_token: 'x',
        });
        const answer = await server.fetch('/oauth2/token', { method: 'POST', body });
        expect(answer.status, grant_type).to.be.within(400, 401);
      }
    });

    it('nobody else can be', async () => {
      const api = apiAs(server);
      expect((await api.post('', { name: 'console' })).body['code']).to.equal('APP-60515');
      const oidc = { grantTypes: ['client_credentials'], clientId: 'CONSOLE' };
      const taken = await api.post('', { name: 'impostor', inboundProtocolConfiguration: { oidc } });
      expect(taken.status, JSON.stringify(taken.body)).to.be.within(400, 409);
      const registered = await server.api('POST', '/api/identity/oauth2/dcr/v1.1/register', {
        client_name: 'Console',
        grant_types: ['client_credentials'],
      });
      expect(registered.status).to.be.within(400, 409);
      const { body } = await api.get<{ applications: readonly { id: string; name: string }[] }>(
        '?filter=name eq Console',
      );
      expect(body.applications.map(({ id }) => id)).to.deep.equal([consoleId]);
    });
  });
});
