import { expect } from 'chai';
import { RoleServiceToken } from '#core/access';
import { ApplicationServiceToken } from '#core/applications';
import { type User, UserGroupsToken, UserStoresToken } from '#core/users';
import { ClientServiceToken } from '../../../../core/oauth/clients/client.service.js';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import {
  createApp,
  createUser,
  expectError,
  superPlace,
  type TestApp,
  type Tokens,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const { orgId } = superPlace;

describe('behaviours of the ends of tokens', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  before(async function () {
    this.timeout(60_000);
    clock = heldClock();
    server = await startTestServer({ clock, toml: '[oauth.revoked_token_headers_in_response]\nenable = true' });
    await createUser(server, 'alice');
    app = await createApp(server);
  });
  after(() => server?.stop());

  const roles = () => server.server.container.get(RoleServiceToken);
  const isEnded = async (of: TestApp, tokens: Tokens) => {
    expect(await of.isActive(tokens.access)).to.equal(false);
    expect(await of.isActive(tokens.refresh)).to.equal(false);
    expectError(await of.refresh(tokens.refresh), 400, 'invalid_grant');
  };

  for (const type of ['Default', 'JWT']) {
    it(`[O18] given the revocation of a refresh token, its access token of type ${type} is inactive`, async () => {
      const own = await createApp(server, {
        client: { accessToken: { type }, grantTypes: ['authorization_code', 'refresh_token'] },
      });
      const { access, refresh } = await own.tokens('alice');
      const answer = await own.revoke(refresh);
      expect({ status: answer.status, text: answer.text }).to.deep.equal({ status: 200, text: '' });
      expect((await own.introspect(access)).text).to.equal('{"active":false}');
      expectError(await own.refresh(refresh), 400, 'invalid_grant');
    });
  }

  it('[O18] given an unknown or revoked token, revocation is 200 with an empty body', async () => {
    const { access } = await app.tokens('alice');
    await app.revoke(access);
    for (const token of [access, 'unknown', 'a.b.c', '__proto__', '\0']) {
      const answer = await app.revoke(token);
      expect({ status: answer.status, text: answer.text }).to.deep.equal({ status: 200, text: '' });
      expect(answer.headers.get('revokedaccesstoken')).to.equal(null);
    }
  });

  it('revocation tells a gateway what has ended, where the operator wants that', async () => {
    const first = await app.tokens('alice');
    const byRefresh = (await app.revoke(first.refresh)).headers;
    expect(byRefresh.get('revokedaccesstoken')).to.equal(first.access);
    expect(byRefresh.get('revokedrefreshtoken')).to.equal(first.refresh);
    expect(byRefresh.get('authorizeduser')).to.equal('alice');
    const second = await app.tokens('alice');
    expect((await app.revoke(second.access)).headers.get('revokedaccesstoken')).to.equal(second.access);
  });

  it('revocation calls the function of a script, and nothing that is not the name of one', async () => {
    const { access } = await app.tokens('alice');
    const good = await app.revoke(access, { callback: 'pkg.done' });
    expect(good.text).to.equal('pkg.done();');
    expect(good.headers.get('content-type')).to.equal('application/javascript; charset=utf-8');
    expect(good.headers.get('x-content-type-options')).to.equal('nosniff');
    const other = await app.tokens('alice');
    for (const callback of ['alert(1)//', 'a;b', '<script>', '1a', 'a..b', 'x'.repeat(200), 'a\nb'])
      expectError(await app.revoke(other.access, { callback }), 400, 'invalid_request');
    expect(await app.isActive(other.access)).to.equal(true);
  });

  it('[G24] given secret regeneration, tokens issued before are inactive and the old secret gives 401', async () => {
    const own = await createApp(server);
    const tokens = await own.tokens('alice');
    const machine = tokensOf(await own.token({ grant_type: 'client_credentials' }));
    clock.advance(1);
    const secret = await server.server.container.get(ClientServiceToken).regenerateSecret(own.client);
    for (const token of [tokens.access, tokens.refresh, machine.access])
      expect(await own.isActive(token)).to.equal(false);
    expectError(await own.token({ grant_type: 'client_credentials' }), 401, 'invalid_client');
    const authorization = `Basic ${btoa(`${own.id}:${secret}`)}`;
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh };
    expectError(await own.send('/oauth2/token', refresh, { authorization }), 400, 'invalid_grant');
    const fresh = tokensOf(await own.send('/oauth2/token', { grant_type: 'client_credentials' }, { authorization }));
    expect(await own.isActive(fresh.access)).to.equal(true);
  });

  describe('when scopes are taken away', () => {
    let reader: User;
    let bystander: User;
    let api: TestApp;
    beforeEach(async () => {
      const name = `${Math.random()}`.slice(2);
      reader = await createUser(server, `reader-${name}`);
      bystander = await createUser(server, `bystander-${name}`);
      api = await createApp(server);
      await api.authorize('RBAC', ['doc:read', 'doc:write']);
    });
    const tokens = () => api.tokens(reader.username, { scope: 'openid doc:read' });
    const roleFor = async (memberId: string, memberType: 'user' | 'group') => {
      const role = await roles().ensureRole(orgId, `role of ${memberId}`, ['doc:read', 'doc:write']);
      await roles().assign(orgId, role.id, memberId, memberType);
      return role;
    };

    it('a role is taken from a user: what the user has ends', async () => {
      const role = await roleFor(reader.id, 'user');
      const had = await tokens();
      const other = await api.tokens(bystander.username);
      expect(had.body.scope).to.equal('openid doc:read');
      await roles().unassign(orgId, role.id, reader.id, 'user');
      await isEnded(api, had);
      expect(await api.isActive(other.access)).to.equal(true);
    });

    it('a role gives less: what has the scope ends, what has it not goes on', async () => {
      const role = await roleFor(reader.id, 'user');
      const had = await tokens();
      const without = await api.tokens(reader.username, { scope: 'openid doc:write' });
      clock.advance(1);
      await roles().setPermissions(orgId, role.id, ['doc:write']);
      await isEnded(api, had);
      expect(await api.isActive(without.access)).to.equal(true);
      expect(tokensOf(await api.refresh(without.refresh)).body.scope).to.equal('openid doc:write');
    });

    it('a role that gives more ends nothing', async () => {
      const role = await roleFor(reader.id, 'user');
      const had = await tokens();
      await roles().setPermissions(orgId, role.id, ['doc:read', 'doc:write', 'doc:more']);
      expect(await api.isActive(had.access)).to.equal(true);
    });

    it('a group loses a role, or the user leaves the group', async () => {
      const store = await server.server.container.get(UserStoresToken).find(orgId, reader.domain);
      const writer = store?.groups?.writer;
      const groupId = crypto.randomUUID();
      await writer?.create(orgId, { id: groupId, name: `group-${groupId.slice(0, 8)}` });
      const groups = server.server.container.get(UserGroupsToken);
      await groups.join(reader, groupId);
      const role = await roleFor(groupId, 'group');
      const first = await tokens();
      expect(first.body.scope).to.equal('openid doc:read');
      clock.advance(1);
      await roles().unassign(orgId, role.id, groupId, 'group');
      await isEnded(api, first);
      clock.advance(1);
      await roles().assign(orgId, role.id, groupId, 'group');
      const second = await tokens();
      expect(await api.isActive(second.access)).to.equal(true);
      await groups.leave(reader, groupId);
      await isEnded(api, second);
    });

    it('an application may ask for less: its tokens with the scope end, those of users and its own', async () => {
      await roleFor(reader.id, 'user');
      const had = await tokens();
      const without = await api.tokens(bystander.username);
      const machine = tokensOf(await api.token({ grant_type: 'client_credentials', scope: 'doc:read' }));
      const narrow = tokensOf(await api.token({ grant_type: 'client_credentials', scope: 'doc:write' }));
      expect(await api.isActive(machine.access)).to.equal(true);
      clock.advance(1);
      await api.authorize('RBAC', ['doc:write']);
      await isEnded(api, had);
      expect(await api.isActive(machine.access)).to.equal(false);
      expect(await api.isActive(narrow.access)).to.equal(true);
      expect(await api.isActive(without.access)).to.equal(true);
    });

    it('the application goes, and its tokens with it', async () => {
      const had = await api.tokens(bystander.username);
      await server.server.container.get(ApplicationServiceToken).delete(orgId, api.application.id);
      const asking = await app.introspect(had.access, { authorization: server.admin });
      expect(asking.body).to.deep.equal({ active: false });
    });
  });
});
