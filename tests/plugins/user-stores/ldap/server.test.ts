import { expect } from 'chai';
import { ConfigurationError } from '#core/kernel';
import { PRIMARY, UserServiceToken, UserStoresToken } from '#core/users';
import { slapdStore } from '../../../support/directory-stores.js';
import { eventually } from '../../../support/eventually.js';
import { failureOf } from '../../../support/failures.js';
import { createApp, createTenant, createUser, type TestApp, USER_PASSWORD } from '../../../support/oauth-client.js';
import { skipWithout } from '../../../support/services.js';
import { type PrivateSlapd, privateSlapd, slapdTree } from '../../../support/slapd.js';
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

  it('removes them from the directory, and takes a name once', async () => {
    const users = server.server.container.get(UserServiceToken);
    const user = await createUser(server, 'undone', { givenname: ['Before'] });
    expect(await users.delete(user.orgId, user.id)).to.equal(true);
    expect(await users.findById(user.orgId, user.id)).to.equal(undefined);
    expect(await failureOf(() => createUser(server, 'lydia'))).to.have.property('status', 409);
  });

  it('takes another directory beside it, made by the API with published names', async () => {
    const { className, properties } = slapdStore(await slapdTree('secondary'));
    const stores = '/api/server/v1/userstores';
    const typeId = Buffer.from(className).toString('base64url');
    const list = Object.entries(properties).map(([name, value]) => ({ name, value }));
    const trial = await server.api<{ connection: boolean }>('POST', `${stores}/test-connection`, {
      typeId,
      properties: list,
    });
    expect(trial.body).to.deep.equal({ connection: true });
    const wrong = list.map((one) => (one.name === 'ConnectionPassword' ? { ...one, value: 'wrong' } : one));
    const failed = await server.api<{ connection: boolean }>('POST', `${stores}/test-connection`, {
      typeId,
      properties: wrong,
    });
    expect(failed.body).to.deep.equal({ connection: false });
    const made = await server.api('POST', stores, { typeId, name: 'ACME', description: '', properties: list });
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    await createUser(server, 'ACME/kim', { givenname: ['Kim'] });
    expect((await byPassword('ACME/kim')).status).to.equal(200);
    expect((await byPassword('kim')).status, 'without the domain, too').to.equal(200);
    const shown = await server.api<{ properties: { name: string; value: string }[] }>(
      'GET',
      `${stores}/${made.body['id']}`,
    );
    expect(shown.body.properties.find(({ name }) => name === 'ConnectionPassword')?.value).to.equal(
      'ENCRYPTED PROPERTY',
    );
    const bad = list.map((one) => (one.name === 'UserNameSearchFilter' ? { ...one, value: '(uid=' } : one));
    const refused = await server.api<{ description: string }>('POST', stores, {
      typeId,
      name: 'BAD',
      description: '',
      properties: bad,
    });
    expect(refused.status).to.equal(400);
    expect(refused.body.description).to.match(/UserNameSearchFilter: expected a filter/);
  });
});

describe('the kinds of LDAP user stores', () => {
  const problems = async (toml: string) => {
    const error = await failureOf(() => startTestServer({ toml }));
    return error instanceof ConfigurationError ? error.problems.join('\n') : error.message;
  };

  it('are there by their published names', async () => {
    const message = await problems('[user_store]\ntype = "ldap"');
    for (const kind of ['read_only_ldap', 'read_write_ldap', 'active_directory'])
      expect(message).to.match(new RegExp(`\\b${kind}, ${kind}_unique_id\\b`));
  });

  it('say before the start what is missing, each key by its name', async () => {
    const wrong = await problems(
      '[user_store]\ntype = "read_only_ldap_unique_id"\nread_timeout = "soon"\nbase_n = "x"',
    );
    expect(wrong).to.match(/read_timeout: expected a whole number/);
    expect(wrong).to.match(/base_n: unknown key; did you mean "base_dn"/);
    const missing = await problems('[user_store]\ntype = "active_directory"');
    for (const key of ['connection_url', 'connection_name', 'connection_password'])
      expect(missing).to.match(new RegExp(`${key}: is required`));
  });

  it('take published names below properties', async () => {
    const toml =
      '[user_store]\ntype = "read_write_ldap"\n[user_store.properties]\nConnectionURL = "http://x"\nkdcEnabled = true';
    const message = await problems(toml);
    expect(message).to.match(/ConnectionURL: expected ldap:\/\//);
    expect(message).to.match(/kdcEnabled: only false is possible/);
  });
});
