import { expect } from 'chai';
import { RoleServiceToken } from '#core/access';
import type { User } from '#core/users';
import { createApp, createUser, type TestApp, tokensOf } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

describe('which scopes are granted', () => {
  let server: TestServer;
  let app: TestApp;
  let reader: User;
  before(async () => {
    server = await startTestServer();
    reader = await createUser(server, 'reader');
    await createUser(server, 'nobody');
    const roles = server.server.container.get(RoleServiceToken);
    const role = await roles.ensureRole(reader.orgId, 'readers', ['doc:read', 'doc:other']);
    await roles.assign(reader.orgId, role.id, reader.id, 'user');
    app = await createApp(server);
    await app.authorize('RBAC', ['doc:read', 'doc:write']);
    await app.authorize('NO_POLICY', ['ping']);
  });
  after(() => server?.stop());

  const granted = async (username: string, scope: string, of = app) =>
    ((await of.tokens(username, { scope })).body.scope ?? '').split(' ');

  it('scopes without a policy need no role', async () => {
    expect(await granted('nobody', 'openid ping')).to.deep.equal(['openid', 'ping']);
  });

  it('a role is not enough: the application must be authorized, too', async () => {
    expect(await granted('reader', 'openid doc:other')).to.deep.equal(['openid']);
    expect(await granted('reader', 'openid doc:read ping', await createApp(server))).to.deep.equal(['openid']);
  });

  it('unknown scopes are dropped, allowed patterns and OpenID Connect scopes pass', async () => {
    const scope = 'openid email nonsense device_1234 __proto__ xdevice_1';
    expect(await granted('nobody', scope)).to.deep.equal(['openid', 'email', 'device_1234']);
  });

  it('every permission means every scope that the application may ask for, and no more', async () => {
    expect(await granted('admin', 'openid doc:read doc:write doc:other')).to.deep.equal([
      'openid',
      'doc:read',
      'doc:write',
    ]);
  });

  it('a scope asked for twice is granted once, in the order of the request', async () => {
    expect(await granted('reader', 'ping  openid ping doc:read openid')).to.deep.equal(['ping', 'openid', 'doc:read']);
  });

  it('none asked for, none granted', async () => {
    expect((await app.tokens('reader', { scope: '' })).body).not.to.have.property('scope');
    expect((await app.tokens('reader', { scope: 'nonsense' })).body).not.to.have.property('scope');
  });

  it('roles of the application count when the application says so', async () => {
    const own = await createApp(server, {
      application: {
        associatedRoles: { allowedAudience: 'APPLICATION' },
        advancedConfigurations: { skipLoginConsent: true },
      },
    });
    await own.authorize('RBAC', ['doc:read']);
    expect(await granted('reader', 'openid doc:read', own)).to.deep.equal(['openid']);
  });

  it('an application on its own needs its authorization only', async () => {
    const scope = 'doc:write ping nonsense openid';
    const { body } = tokensOf(await app.token({ grant_type: 'client_credentials', scope }));
    expect(body.scope).to.equal('doc:write ping');
  });
});
