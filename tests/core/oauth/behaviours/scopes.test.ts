import { expect } from 'chai';
import { RoleServiceToken } from '#core/access';
import {
  createApp,
  createUser,
  expectError,
  expectRedirectError,
  type TestApp,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

const machine = { grant_type: 'client_credentials' };

/** A server with these settings, and an application that may ask for a few scopes by role and one without. */
async function serverWith(toml = ''): Promise<{ server: TestServer; app: TestApp }> {
  const server = await startTestServer({ toml });
  const reader = await createUser(server, 'reader');
  await createUser(server, 'nobody');
  const roles = server.server.container.get(RoleServiceToken);
  const role = await roles.ensureRole(reader.orgId, 'readers', ['doc:read', 'internal_a', 'console:b', 'both']);
  await roles.assign(reader.orgId, role.id, reader.id, 'user');
  const app = await createApp(server, { claims: ['emailaddress'] });
  await app.authorize('RBAC', ['doc:read', 'doc:write', 'internal_a', 'internal_z', 'console:b', 'both']);
  await app.authorize('NO_POLICY', ['ping', 'internal_user_impersonate', 'both']);
  return { server, app };
}

const granted = async (app: TestApp, username: string, scope: string) =>
  ((await app.tokens(username, { scope })).body.scope ?? '').split(' ').filter((one) => one !== '');
const ofMachine = async (app: TestApp, scope: string) =>
  (tokensOf(await app.token({ ...machine, scope })).body.scope ?? '').split(' ').filter((one) => one !== '');

describe('behaviours of scopes', () => {
  let server: TestServer;
  let app: TestApp;
  before(async function () {
    this.timeout(60_000);
    ({ server, app } = await serverWith());
  });
  after(() => server?.stop());

  it('[O15] given scopes the user has no role for, 200 with those missing', async () => {
    expect(await granted(app, 'reader', 'openid doc:read doc:write')).to.deep.equal(['openid', 'doc:read']);
    expect(await granted(app, 'nobody', 'openid doc:read doc:write')).to.deep.equal(['openid']);
  });

  it('given SYSTEM, the scopes of management APIs that the application may ask for, as far as the roles go', async () => {
    expect(await granted(app, 'reader', 'openid SYSTEM')).to.deep.equal(['openid', 'internal_a', 'console:b']);
    expect(await granted(app, 'nobody', 'SYSTEM openid')).to.deep.equal(['openid']);
    expect(await ofMachine(app, 'SYSTEM')).to.deep.equal(['internal_a', 'internal_z', 'console:b']);
  });

  it('given internal_login, users have it for the asking and applications never', async () => {
    expect(await granted(app, 'nobody', 'internal_login openid')).to.deep.equal(['internal_login', 'openid']);
    expect(await granted(app, 'nobody', 'openid')).to.deep.equal(['openid']);
    expect(await ofMachine(app, 'internal_login ping')).to.deep.equal(['ping']);
  });

  it('given internal_user_impersonate, nobody has it, even where an API without a policy has it', async () => {
    expect(await granted(app, 'admin', 'openid internal_user_impersonate')).to.deep.equal(['openid']);
    expect(await ofMachine(app, 'internal_user_impersonate')).to.deep.equal([]);
  });

  it('given a scope of two APIs, what needs no role is added to what the roles give', async () => {
    expect(await granted(app, 'nobody', 'both')).to.deep.equal(['both']);
  });

  it('given no scopes, none', async () => {
    expect(await granted(app, 'reader', '')).to.deep.equal([]);
    expect(await ofMachine(app, '')).to.deep.equal([]);
  });
});

describe('scopes as the operator wants them', () => {
  it('default_requested_scopes stand for a request without any; restricted_scopes are for nobody', async function () {
    this.timeout(60_000);
    const toml = '[oauth]\ndefault_requested_scopes = ["openid", "ping"]\nrestricted_scopes = ["doc:read"]';
    const { server, app } = await serverWith(toml);
    try {
      expect(await granted(app, 'nobody', '')).to.deep.equal(['openid', 'ping']);
      expect(await ofMachine(app, '')).to.deep.equal(['ping']);
      expect(await granted(app, 'reader', 'openid doc:read')).to.deep.equal(['openid']);
      expect(await granted(app, 'admin', 'openid doc:read doc:write')).to.deep.equal(['openid', 'doc:write']);
    } finally {
      await server.stop();
    }
  });

  it('use_app_authorized_scopes_as_default, and unregistered scopes that are refused', async function () {
    this.timeout(60_000);
    const toml = '[oauth]\nuse_app_authorized_scopes_as_default = true\ndrop_unregistered_scopes = false';
    const { server, app } = await serverWith(toml);
    try {
      expect(await ofMachine(app, '')).to.have.members([
        'doc:read',
        'doc:write',
        'internal_a',
        'internal_z',
        'console:b',
        'both',
        'ping',
      ]);
      expect(await granted(app, 'reader', '')).to.have.members(['doc:read', 'internal_a', 'console:b', 'both', 'ping']);
      expectError(await app.token({ ...machine, scope: 'ping nonsense' }), 400, 'invalid_scope', 'Invalid Scope!');
      const hop = await app.visit(new Visitor(server), { scope: 'openid nonsense' }, { username: 'reader' });
      expectRedirectError(hop, 'invalid_scope');
      expect(await ofMachine(app, 'internal_application_mgt_view ping')).to.deep.equal(['ping']);
      expect(await granted(app, 'nobody', 'openid device_1')).to.deep.equal(['openid', 'device_1']);
    } finally {
      await server.stop();
    }
  });

  it('drop_unrequested_oidc_scopes drops those without claims that the application asks for', async function () {
    this.timeout(60_000);
    const { server, app } = await serverWith('[oauth]\ndrop_unrequested_oidc_scopes = true');
    try {
      expect(await granted(app, 'nobody', 'openid email phone')).to.deep.equal(['openid', 'email']);
    } finally {
      await server.stop();
    }
  });
});
