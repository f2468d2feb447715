import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { DatabaseToken, StateStoreToken } from '#core/persistence';
import { UserServiceToken } from '#core/users';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import { createApp, createUser, type TestApp, tokensOf, USER_PASSWORD } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const grantTypes = ['password', 'client_credentials', 'refresh_token'];
const machine = { grant_type: 'client_credentials' };
const passwordOf = (username: string, scope = 'openid profile') => ({
  grant_type: 'password',
  username,
  password: USER_PASSWORD,
  scope,
});

describe('behaviours of equal token requests', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  let jwt: TestApp;
  before(async function () {
    this.timeout(60_000);
    clock = heldClock();
    server = await startTestServer({ clock });
    await createUser(server, 'alice');
    await createUser(server, 'bob');
    app = await createApp(server, { client: { grantTypes } });
    jwt = await createApp(server, { client: { grantTypes, accessToken: { type: 'JWT' } } });
  });
  after(() => server?.stop());

  it('[O14] given an opaque app, the same token again with a smaller expires_in, in whatever order the scopes', async () => {
    const first = tokensOf(await app.token(passwordOf('alice')));
    clock.advance(60_000);
    const second = tokensOf(await app.token(passwordOf('alice', 'profile openid')));
    expect(second.access).to.equal(first.access);
    expect(second.refresh).to.equal(first.refresh);
    expect(second.body.expires_in).to.equal((first.body.expires_in ?? 0) - 60);
    expect(decodeJwt(second.id).sub).to.equal(decodeJwt(first.id).sub);
    const machines = [tokensOf(await app.token(machine)), tokensOf(await app.token(machine))];
    expect(machines[0]?.access).to.equal(machines[1]?.access);
  });

  it('[O14] given a JWT app, a new token, and the old is inactive', async () => {
    const first = tokensOf(await jwt.token(passwordOf('alice')));
    const second = tokensOf(await jwt.token(passwordOf('alice', 'profile openid')));
    expect(second.access).not.to.equal(first.access);
    expect(await jwt.isActive(first.access)).to.equal(false);
    expect(await jwt.isActive(second.access)).to.equal(true);
    const machines = [tokensOf(await jwt.token(machine)), tokensOf(await jwt.token(machine))];
    expect(await jwt.isActive(machines[0]?.access ?? '')).to.equal(false);
    expect(await jwt.isActive(machines[1]?.access ?? '')).to.equal(true);
    // The one that was replaced cannot end the one that replaced it.
    await jwt.revoke(machines[0]?.access ?? '');
    await jwt.revoke(first.access);
    expect(await jwt.isActive(machines[1]?.access ?? '')).to.equal(true);
    expect(await jwt.isActive(second.access)).to.equal(true);
  });

  it('a JWT is replaced by nothing else: not by other scopes, users, clients, or a code', async () => {
    const client = { grantTypes: [...grantTypes, 'authorization_code'], accessToken: { type: 'JWT' } };
    const own = await createApp(server, { client });
    const kept = [
      tokensOf(await own.token(passwordOf('alice'))),
      tokensOf(await own.token(passwordOf('alice', 'openid'))),
      tokensOf(await own.token(passwordOf('bob'))),
      tokensOf(await own.token(machine)),
      await own.tokens('alice', { scope: 'openid profile' }),
      await own.tokens('alice', { scope: 'openid profile' }),
      tokensOf(await jwt.token(passwordOf('alice'))),
    ];
    for (const [index, { access }] of kept.entries()) expect(await own.isActive(access), `${index}`).to.equal(true);
  });

  it('the refresh token of a JWT that was replaced ends none but its own', async () => {
    const first = tokensOf(await jwt.token(passwordOf('bob')));
    const second = tokensOf(await jwt.token(passwordOf('bob')));
    const refreshed = tokensOf(await jwt.refresh(first.refresh));
    expect(await jwt.isActive(second.access)).to.equal(true);
    expect(await jwt.isActive(refreshed.access)).to.equal(true);
    const last = tokensOf(await jwt.refresh(second.refresh));
    expect(await jwt.isActive(second.access)).to.equal(false);
    expect(await jwt.isActive(last.access)).to.equal(true);
  });

  it('what ended is not handed out again: revoked, refreshed, of a user who changed, expired', async () => {
    const user = await createUser(server, 'carol');
    const again = async () => tokensOf(await app.token(passwordOf('carol')));
    const revoked = await again();
    await app.revoke(revoked.refresh);
    const refreshed = await again();
    expect(refreshed.access).not.to.equal(revoked.access);
    const rotated = tokensOf(await app.refresh(refreshed.refresh));
    const before = await again();
    expect(before.access).not.to.equal(refreshed.access);
    expect(await app.isActive(rotated.access), 'another grant').to.equal(true);
    const users = server.server.container.get(UserServiceToken);
    await users.setPassword(user.orgId, user.id, 'Another-pass-2', 'user');
    await users.setPassword(user.orgId, user.id, USER_PASSWORD, 'user');
    const after = await again();
    expect(after.access).not.to.equal(before.access);
    clock.advance(3_600_000 - 999);
    expect((await again()).access).not.to.equal(after.access);
    const one = tokensOf(await app.token(machine));
    await app.revoke(one.access);
    const other = tokensOf(await app.token(machine));
    expect(other.access).not.to.equal(one.access);
    expect(await app.isActive(other.access)).to.equal(true);
  });

  it('a client that got a new secret gets new tokens', async () => {
    const own = await createApp(server, { client: { grantTypes } });
    const before = tokensOf(await own.token(machine));
    clock.advance(1);
    const { ClientServiceToken } = await import('../../../../core/oauth/clients/client.service.js');
    const secret = await server.server.container.get(ClientServiceToken).regenerateSecret(own.client);
    const authorization = `Basic ${btoa(`${own.id}:${secret}`)}`;
    const after = tokensOf(await own.send('/oauth2/token', machine, { authorization }));
    expect(after.access).not.to.equal(before.access);
    expect(await own.isActive(after.access)).to.equal(true);
  });

  it('handing out again the token of an application reads once and writes nothing', async () => {
    const own = await createApp(server, { client: { grantTypes } });
    await own.token(machine);
    const state = server.server.container.get(StateStoreToken);
    const { get, apply } = state;
    let [reads, writes] = [0, 0];
    state.get = (key) => {
      reads++;
      return get.call(state, key) as never;
    };
    state.apply = (changes) => {
      writes++;
      return apply.call(state, changes);
    };
    try {
      tokensOf(await own.token(machine));
    } finally {
      Object.assign(state, { get, apply });
    }
    expect([reads, writes]).to.deep.equal([1, 0]);
  });
});

describe('behaviours of equal token requests, where the operator wants it otherwise', () => {
  const started: TestServer[] = [];
  async function serverWith(toml: string): Promise<TestServer> {
    const server = await startTestServer({ toml });
    started.push(server);
    return server;
  }
  afterEach(async () => {
    for (const server of started.splice(0)) await server.stop();
  });

  it('[G25] given hash_tokens_and_secrets, what is stored is not what was issued, and requests get tokens of their own', async () => {
    const server = await serverWith('[oauth]\nhash_tokens_and_secrets = true');
    await createUser(server, 'alice');
    const app = await createApp(server, { client: { grantTypes } });
    const [one, other] = [tokensOf(await app.token(machine)), tokensOf(await app.token(machine))];
    const user = [tokensOf(await app.token(passwordOf('alice'))), tokensOf(await app.token(passwordOf('alice')))];
    expect(one.access).not.to.equal(other.access);
    expect(user[0]?.access).not.to.equal(user[1]?.access);
    for (const { access } of [one, other]) expect(await app.isActive(access)).to.equal(true);
    const { sql } = server.server.container.get(DatabaseToken);
    const rows = JSON.stringify([
      await sql.all('SELECT * FROM living_state', []),
      await sql.all('SELECT * FROM oauth_client', []),
    ]);
    expect(rows).to.contain('oauth-access-token').and.not.to.contain('oauth-reusable-token');
    for (const value of [one.access, user[0]?.access, user[0]?.refresh, app.secret]) expect(rows).not.to.contain(value);
  });

  it('given renew_access_token_per_request, opaque tokens are new each time', async () => {
    const server = await serverWith('[oauth.token_renewal]\nrenew_access_token_per_request = true');
    const app = await createApp(server, { client: { grantTypes } });
    const [one, other] = [tokensOf(await app.token(machine)), tokensOf(await app.token(machine))];
    expect(one.access).not.to.equal(other.access);
    for (const { access } of [one, other]) expect(await app.isActive(access)).to.equal(true);
  });

  it('given renew_token_without_revoking_existing, JWTs of the grants named live side by side', async () => {
    const server = await serverWith(
      '[oauth.jwt.renew_token_without_revoking_existing]\nenable = true\nallowed_grant_types = ["client_credentials"]',
    );
    await createUser(server, 'alice');
    const app = await createApp(server, { client: { grantTypes, accessToken: { type: 'JWT' } } });
    const [one, other] = [tokensOf(await app.token(machine)), tokensOf(await app.token(machine))];
    for (const { access } of [one, other]) {
      expect(await app.isActive(access)).to.equal(true);
      expect(decodeJwt(access)).to.include({ binding_type: 'request' });
      expect((await app.introspect(access)).body).to.include({
        binding_type: 'request',
        binding_ref: decodeJwt(access)['binding_ref'],
      });
    }
    expect(decodeJwt(one.access)['binding_ref']).not.to.equal(decodeJwt(other.access)['binding_ref']);
    const first = tokensOf(await app.token(passwordOf('alice')));
    await app.token(passwordOf('alice'));
    expect(await app.isActive(first.access)).to.equal(false);
  });
});
