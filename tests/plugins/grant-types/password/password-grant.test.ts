import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { UserServiceToken } from '#core/users';
import {
  createApp,
  createTenant,
  createUser,
  expectError,
  type TestApp,
  tokensOf,
  USER_PASSWORD,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const client = { grantTypes: ['password', 'refresh_token'] };

describe('the password grant', () => {
  let server: TestServer;
  let app: TestApp;

  before(async () => {
    server = await startTestServer({ toml: '[rate_limit]\ncredentials_per_account = 3' });
    for (const name of ['pia', 'lock', 'guessed', 'mail@users.example']) await createUser(server, name);
    app = await createApp(server, { client });
  });
  after(() => server.stop());

  const ask = (username: string, password = USER_PASSWORD, more = {}, of = app) =>
    of.token({ grant_type: 'password', username, password, ...more });

  it('gives access, refresh and ID token, and the ID token says how', async () => {
    const { access, refresh, id } = tokensOf(await ask('pia', USER_PASSWORD, { scope: 'openid' }));
    expect(await app.isActive(access)).to.equal(true);
    expect(decodeJwt(id)['amr']).to.deep.equal(['password']);
    expect(decodeJwt(id)).not.to.have.property('sid');
    tokensOf(await app.refresh(refresh));
  });

  it('takes the name with the domain of the store and with the tenant of the application', async () => {
    for (const name of ['PRIMARY/pia', 'pia@carbon.super', 'mail@users.example', 'mail@users.example@carbon.super'])
      tokensOf(await ask(name));
  });

  it('refuses a user of another tenant', async () => {
    const place = await createTenant(server, 'other.example');
    await createUser(server, 'stranger', {}, place);
    for (const name of ['stranger', 'stranger@other.example'])
      expectError(await ask(name), 400, 'invalid_grant', `Authentication failed for ${name}`);
  });

  it('does not tell why it refuses', async () => {
    const users = server.server.container.get(UserServiceToken);
    const lock = await users.findByUsername(app.place.orgId, 'lock');
    await users.writeClaims(lock?.orgId ?? '', lock?.id ?? '', {
      'http://wso2.org/claims/identity/accountLocked': ['true'],
    });
    for (const [name, password] of [
      ['pia', 'wrong'],
      ['nobody', 'wrong'],
      ['lock', USER_PASSWORD],
    ] as const)
      expectError(await ask(name, password), 400, 'invalid_grant', `Authentication failed for ${name}`);
  });

  it('stops guessing', async () => {
    for (let count = 0; count < 3; count++) expectError(await ask('guessed', 'wrong'), 400, 'invalid_grant');
    expect((await ask('guessed')).status).to.equal(429);
  });

  it('is not for applications that do not have it', async () => {
    expectError(await ask('pia', USER_PASSWORD, {}, await createApp(server)), 400, 'unauthorized_client');
  });
});

describe('the password grant of a server that says otherwise', () => {
  it('tells the reason when the operator wants it, and is not for public clients', async () => {
    const server = await startTestServer({
      toml: '[oauth.grant_type.password]\nshow_auth_failure_reason = true\nallow_public_client = false',
    });
    try {
      const user = await createUser(server, 'lock');
      const users = server.server.container.get(UserServiceToken);
      await users.writeClaims(user.orgId, user.id, { 'http://wso2.org/claims/identity/accountLocked': ['true'] });
      const parameters = { grant_type: 'password', username: 'lock', password: USER_PASSWORD };
      const app = await createApp(server, { client });
      expectError(
        await app.token(parameters),
        400,
        'invalid_grant',
        'Authentication failed for lock: the account is locked (17003:ADMIN_INITIATED)',
      );
      const open = await createApp(server, { client: { ...client, publicClient: true } });
      expectError(await open.token(parameters), 400, 'unauthorized_client');
    } finally {
      await server.stop();
    }
  });

  it('[G27] given the grant is switched off, then nobody offers it and the token endpoint does not know it', async () => {
    const server = await startTestServer({ toml: '[oauth.grant_type.password]\nenable = false' });
    try {
      const { body } = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
      expect(body['grant_types_supported']).not.to.include('password');
      const meta = await server.api('GET', '/api/server/v1/applications/meta/inbound-protocols/oidc');
      expect(JSON.stringify(meta.body)).not.to.contain('"password"');
      const app = await createApp(server);
      const answer = await app.token({ grant_type: 'password', username: 'a', password: 'b' });
      expectError(answer, 400, 'invalid_request', 'Unsupported grant_type value');
    } finally {
      await server.stop();
    }
  });
});
