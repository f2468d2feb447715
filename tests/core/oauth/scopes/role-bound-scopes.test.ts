import { expect } from 'chai';
import { RoleAdministrationToken, RoleServiceToken } from '#core/access';
import type { User } from '#core/users';
import {
  createApp,
  createTenant,
  createUser,
  expectError,
  type Place,
  superPlace,
  type TestApp,
  tokensOf,
} from '../../../support/oauth-client.js';
import { ADMIN_PASSWORD, startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';
import { registeredScopesAs } from './registered-scope-api.js';

const validated = { scopeValidators: ['Role based scope validator'] };
const machine = { grant_type: 'client_credentials' };

const granted = async (app: TestApp, username: string, scope: string) =>
  ((await app.tokens(username, { scope })).body.scope ?? '').split(' ').filter((one) => one !== '');
const ofMachine = async (app: TestApp, scope: string) =>
  (tokensOf(await app.token({ ...machine, scope })).body.scope ?? '').split(' ').filter((one) => one !== '');

async function giveRole(server: TestServer, user: User, name: string): Promise<string> {
  const roles = server.server.container.get(RoleServiceToken);
  const role = await roles.ensureRole(user.orgId, name, []);
  await roles.assign(user.orgId, role.id, user.id, 'user');
  return role.id;
}

describe('scopes that are bound to roles', () => {
  let server: TestServer;
  let plain: TestApp;
  let strict: TestApp;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    await giveRole(server, await createUser(server, 'manager'), 'Manager');
    await createUser(server, 'nobody');
    const api = registeredScopesAs(server);
    await api.register('sign', ['manager', 'owner']);
    await api.register('file', ['Internal/MANAGER']);
    await api.register('greet');
    await api.register('all', ['Internal/everyone']);
    plain = await createApp(server);
    strict = await createApp(server, { client: validated });
  });
  after(() => server?.stop());

  it('are had for the asking where the application names no validator, others that nobody registered are not', async () => {
    const scope = 'openid sign nonsense greet';
    expect(await granted(plain, 'nobody', scope)).to.deep.equal(['openid', 'sign', 'greet']);
    expect(await granted(plain, 'manager', scope)).to.deep.equal(['openid', 'sign', 'greet']);
    expect(await ofMachine(plain, 'greet sign nonsense')).to.deep.equal(['greet', 'sign']);
  });

  it('are for users with one of the roles where the application names the validator', async () => {
    const scope = 'openid sign file greet all';
    expect(await granted(strict, 'manager', scope)).to.deep.equal(['openid', 'sign', 'file', 'greet', 'all']);
    expect(await granted(strict, 'nobody', scope)).to.deep.equal(['openid', 'greet', 'all']);
    // Every permission is no role.
    expect(await granted(strict, 'admin', scope)).to.deep.equal(['openid', 'greet', 'all']);
  });

  it('are not for an application that acts for itself, which has no roles, unless they are bound to none', async () => {
    expect(await ofMachine(strict, 'sign greet all')).to.deep.equal(['greet']);
  });

  it('are had for the asking when the operator lets their names pass', async () => {
    await registeredScopesAs(server).register('device_bound', ['manager']);
    expect(await granted(strict, 'nobody', 'openid device_bound')).to.deep.equal(['openid', 'device_bound']);
  });

  it('go with roles of the application where it has its own', async () => {
    const own = await createApp(server, {
      client: validated,
      application: {
        associatedRoles: { allowedAudience: 'APPLICATION' },
        advancedConfigurations: { skipLoginConsent: true },
      },
    });
    expect(await granted(own, 'manager', 'openid sign')).to.deep.equal(['openid']);
  });

  it('do not stand in for a scope of an API, nor the other way round', async () => {
    const app = await createApp(server, { client: validated });
    await app.authorize('RBAC', ['doc:read']);
    expect(await granted(app, 'manager', 'openid doc:read sign')).to.deep.equal(['openid', 'sign']);
  });

  it('are not good any more in tokens when the role, the binding or the scope is gone', async () => {
    const api = registeredScopesAs(server);
    const user = await createUser(server, 'temporary');
    const roleId = await giveRole(server, user, 'Temp');
    await api.register('temp', ['temp']);
    const first = await strict.tokens('temporary', { scope: 'openid temp' });
    expect(first.body.scope).to.equal('openid temp');
    expect(await strict.isActive(first.access)).to.equal(true);
    await api.put('/name/temp', { displayName: 'temp', bindings: ['other'] });
    expect(await strict.isActive(first.access)).to.equal(false);
    expectError(await strict.refresh(first.refresh), 400, 'invalid_grant');
    await api.put('/name/temp', { displayName: 'temp', bindings: ['temp'] });
    const second = await strict.tokens('temporary', { scope: 'openid temp' });
    await api.delete('/name/temp');
    expect(await strict.isActive(second.access)).to.equal(false);
    await api.register('temp', ['temp']);
    const third = await strict.tokens('temporary', { scope: 'openid temp' });
    await server.server.container.get(RoleServiceToken).unassign(user.orgId, roleId, user.id, 'user');
    expect(await strict.isActive(third.access)).to.equal(false);
    expect(await granted(strict, 'temporary', 'openid temp')).to.deep.equal(['openid']);
  });

  it('are not good any more in tokens once the application names the validator, or the role has another name', async () => {
    const { container } = server.server;
    const user = await createUser(server, 'renamed');
    const roleId = await giveRole(server, user, 'Old name');
    await registeredScopesAs(server).register('named', ['old name']);
    const app = await createApp(server);
    const [his, other] = [
      await app.tokens('renamed', { scope: 'openid named' }),
      await app.tokens('nobody', { scope: 'openid named' }),
    ];
    await app.configure(validated);
    expect([await app.isActive(his.access), await app.isActive(other.access)]).to.deep.equal([true, false]);
    // One that was issued behind that change, so that nothing but the new name can end it.
    const later = await app.tokens('renamed', { scope: 'openid named' });
    expect(later.body.scope).to.equal('openid named');
    await container.get(RoleAdministrationToken).update(user.orgId, roleId, { name: 'New name' });
    expect(await app.isActive(later.access)).to.equal(false);
  });

  it('are unknown in another tenant, which has a scope and a role of the same name for itself', async () => {
    const place: Place = await createTenant(server, 'elsewhere.example');
    const caller = {
      prefix: place.prefix,
      authorization: `Basic ${Buffer.from('owner:Owner-pass-1').toString('base64')}`,
    };
    await giveRole(server, await createUser(server, 'bob', {}, place), 'manager');
    const there = await createApp(server, { place, client: validated });
    expect(await granted(there, 'bob', 'openid sign')).to.deep.equal(['openid']);
    await registeredScopesAs(server, caller).register('sign', ['somebody']);
    expect(await granted(there, 'bob', 'openid sign')).to.deep.equal(['openid']);
    expect(await granted(strict, 'manager', 'openid sign')).to.deep.equal(['openid', 'sign']);
  });

  it('are shown by their display names when users are asked for consent', async () => {
    await registeredScopesAs(server).post('', { name: 'pay', displayName: 'Pay bills', description: 'With your card' });
    const asking = await createApp(server, { asksConsent: true });
    const visitor = new Visitor(server);
    let hop = await visitor.get(asking.authorizePath({ scope: 'openid pay' }));
    const sessionDataKey = hop.location?.searchParams.get('sessionDataKey') ?? '';
    hop = await visitor.post(`${superPlace.prefix}/commonauth`, {
      sessionDataKey,
      username: 'admin',
      password: ADMIN_PASSWORD,
    });
    while (hop.location && !hop.location.pathname.includes('consent')) hop = await visitor.follow(hop);
    const page = hop.location ? await visitor.follow(hop) : hop;
    expect(page.text).to.contain('Pay bills');
  });
});

describe('registered scopes where the operator refuses unregistered ones', () => {
  it('count as registered, whether or not they are granted', async function () {
    this.timeout(60_000);
    const server = await startTestServer({ toml: '[oauth]\ndrop_unregistered_scopes = false' });
    try {
      await registeredScopesAs(server).register('sign', ['manager']);
      const app = await createApp(server, { client: validated });
      expect(await granted(app, 'admin', 'openid sign')).to.deep.equal(['openid']);
      expect(await ofMachine(app, 'sign')).to.deep.equal([]);
      expectError(await app.token({ ...machine, scope: 'sign nonsense' }), 400, 'invalid_scope', 'Invalid Scope!');
      await registeredScopesAs(server).delete('/name/sign');
      expectError(await app.token({ ...machine, scope: 'sign' }), 400, 'invalid_scope', 'Invalid Scope!');
    } finally {
      await server.stop();
    }
  });
});
