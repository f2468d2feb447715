import { expect } from 'chai';
import { PRIMARY, UserServiceToken, UserStoresToken } from '#core/users';
import { eventually } from '../../../support/eventually.js';
import { failureOf } from '../../../support/failures.js';
import { createApp, createTenant, createUser, type TestApp, USER_PASSWORD } from '../../../support/oauth-client.js';
import { skipWithout } from '../../../support/services.js';
import { type PrivateSlapd, privateSlapd } from '../../../support/slapd.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { slapdSettings } from './open-store.js';

describe('a server whose users are in a directory', () => {
  let slapd: PrivateSlapd;
  let server: TestServer;
  let app: TestApp;
  const toml = () => {
    const settings = Object.entries({
      type: 'read_write_ldap_unique_id',
      ...slapdSettings(slapd, { connection_pooling_enabled: true }),
    });
    return [
      '[user_store]',
      ...settings.map(([key, value]) => `${key} = ${JSON.stringify(value)}`),
      '[user_store_commons]',
      'enable_circuit_breaker = true',
      'min_connection_retry_delay_in_milliseconds = 50',
    ].join('\n');
  };
  before(async function () {
    skipWithout(this, 'slapd');
    this.timeout(60_000);
    slapd = await privateSlapd();
    server = await startTestServer({ toml: toml() });
    app = await createApp(server, {
      client: { grantTypes: ['password', 'authorization_code'] },
      claims: ['givenname', 'emailaddress'],
    });
  });
  after(async () => {
    await server?.stop();
    await slapd?.stop();
  });

  const byPassword = (username: string, password = USER_PASSWORD) =>
    app.token({ grant_type: 'password', username, password, scope: 'openid profile email' });

  it('lets them sign in, and tells applications what the directory knows of them', async () => {
    await createUser(server, 'lydia', { givenname: ['Lydia'], emailaddress: ['lydia@example.com'] });
    const answer = await byPassword('lydia');
    expect(answer.status, answer.text).to.equal(200);
    const userinfo = await server.fetch('/oauth2/userinfo', {
      headers: { authorization: `Bearer ${answer.body.access_token}` },
    });
    expect(await userinfo.json()).to.include({ given_name: 'Lydia', email: 'lydia@example.com' });
    expect((await byPassword('lydia', 'wrong')).status).to.equal(400);
    expect((await byPassword('nobody')).status).to.equal(400);
    expect((await byPassword('*')).status).to.equal(400);
    expect((await byPassword('lydia', '')).status).to.equal(400);
  });

  it('has its administrator there, and the users of other tenants in its own database', async () => {
    const stores = server.server.container.get(UserStoresToken);
    const admin = await (await stores.primary(app.place.orgId)).lookup.byUsername(app.place.orgId, 'admin');
    expect(admin?.username).to.equal('admin');
    const { orgId } = await createTenant(server, 'tenant.example');
    const own = await stores.primary(orgId);
    expect(own.inUnit).to.equal(true);
    expect(own.domain).to.equal(PRIMARY);
  });

  it('answers 503 while the directory is away, and goes on by itself', async () => {
    await slapd.kill();
    for (let attempt = 0; attempt < 4; attempt++) {
      const answer = await byPassword('lydia');
      expect(answer.status, answer.text).to.equal(503);
      expect(answer.text).not.to.match(/127\.0\.0\.1|ou=|dc=|ECONN/);
    }
    await slapd.restart();
    await eventually('an answer', async () => (await byPassword('lydia')).status === 200);
  });

  it('undoes in the directory what its own part of a change refuses', async () => {
    const users = server.server.container.get(UserServiceToken);
    const user = await createUser(server, 'undone', { givenname: ['Before'] });
    expect(await users.delete(user.orgId, user.id)).to.equal(true);
    expect(await users.findById(user.orgId, user.id)).to.equal(undefined);
    expect(await failureOf(() => createUser(server, 'lydia'))).to.have.property('status', 409);
  });
});

describe('the kinds of LDAP user stores', () => {
  const bootFailure = async (toml: string) => (await failureOf(() => startTestServer({ toml }))).message;

  it('are there by their published names', async () => {
    const known = [
      'active_directory, active_directory_unique_id',
      'read_only_ldap, read_only_ldap_unique_id, read_write_ldap, read_write_ldap_unique_id',
    ];
    const message = await bootFailure('[user_store]\ntype = "ldap"');
    for (const names of known) expect(message).to.include(names);
  });

  it('say before the start what is missing, each key by its name', async () => {
    const message = await bootFailure('[user_store]\ntype = "read_only_ldap_unique_id"\nread_timeout = "soon"');
    expect(message).to.match(/\[user_store\] read_timeout: expected a whole number/);
    const missing = await bootFailure('[user_store]\ntype = "active_directory"');
    for (const key of ['connection_url', 'connection_name', 'connection_password'])
      expect(missing).to.include(`[user_store] ${key}: is required`);
  });
});
