import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { type Database, DatabaseToken } from '#core/persistence';
import { UserServiceToken } from '#core/users';
import { ClientServiceToken } from '../../../../core/oauth/clients/client.service.js';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import {
  createApp,
  createUser,
  expectError,
  type TestApp,
  tokensOf,
  USER_PASSWORD,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const grantTypes = ['authorization_code', 'password', 'client_credentials', 'refresh_token'];
const accessToken = { type: 'JWT' };
const machine = { grant_type: 'client_credentials' };
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Counts what is asked of a database, less what nodes ask to learn of each other's changes. */
function countingUses(database: Database): { touched: number; end(): void } {
  const count = { touched: 0, end };
  const original = (name: 'sql' | 'manager') => Reflect.get(Object.getPrototypeOf(database) as object, name, database);
  const seen = <T>(statement: string, run: () => T): T => {
    if (!statement.includes('config_version')) count.touched++;
    return run();
  };
  const sql = original('sql') as Database['sql'];
  const counting: Database['sql'] = {
    one: (text, values) => seen(text, () => sql.one(text, values)),
    all: (text, values) => seen(text, () => sql.all(text, values)),
    run: (text, values) => seen(text, () => sql.run(text, values)),
  };
  Object.defineProperty(database, 'sql', { get: () => counting, configurable: true });
  Object.defineProperty(database, 'manager', { get: () => seen('', () => original('manager')), configurable: true });
  function end() {
    Reflect.deleteProperty(database, 'sql');
    Reflect.deleteProperty(database, 'manager');
  }
  return count;
}

for (const persist_refresh_token of [true, false]) {
  describe(`tokens that are not kept, with persist_refresh_token=${persist_refresh_token}`, () => {
    let server: TestServer;
    let clock: HeldClock;
    let app: TestApp;
    before(async function () {
      this.timeout(60_000);
      clock = heldClock();
      const toml = `[oauth.token_persistence]
        persist_access_token = false
        persist_refresh_token = ${persist_refresh_token}`;
      server = await startTestServer({ clock, toml });
      await createUser(server, 'alice', { givenname: ['Alice'] });
      app = await createApp(server, { client: { grantTypes, accessToken }, claims: ['givenname'] });
    });
    after(() => server?.stop());

    const users = () => server.server.container.get(UserServiceToken);
    const byPassword = (username: string) =>
      app.token({ grant_type: 'password', username, password: USER_PASSWORD, scope: 'openid profile' });

    it('[O32] given persist_access_token=false, JWTs carry what is to know of them', async () => {
      const { access } = await app.tokens('alice', { scope: 'openid profile' });
      const claims = decodeJwt(access);
      const alice = await users().findByUsername(app.place.orgId, 'alice');
      expect(claims).to.include({
        entity_id: alice?.id,
        entityType: 'USER_ID',
        is_federated: false,
        token_id: claims.jti,
        is_consented: false,
        grantType: 'authorization_code',
        accessing_organization: '',
      });
      expect(claims.jti).to.match(uuid);
      expect((await app.introspect(access)).body).to.include({
        active: true,
        username: 'alice',
        scope: 'openid profile',
        client_id: app.id,
        sub: claims.sub,
        jti: claims.jti,
        exp: claims.exp,
        iat: claims.iat,
      });
      expect((await app.userinfo(access)).body).to.deep.equal({ sub: claims.sub, given_name: 'Alice' });
      const own = decodeJwt(tokensOf(await app.token(machine)).access);
      expect(own).to.include({ entity_id: app.id, entityType: 'CLIENT_ID', grantType: 'client_credentials' });
    });

    it('[O32] given a revoked one, it still introspects inactive', async () => {
      for (const access of [(await app.tokens('alice')).access, tokensOf(await app.token(machine)).access]) {
        expect(await app.isActive(access)).to.equal(true);
        await app.revoke(access);
        expect((await app.introspect(access)).text).to.equal('{"active":false}');
        expect((await app.userinfo(access)).status).to.equal(401);
      }
    });

    it('many may be good beside each other', async () => {
      const all = [tokensOf(await app.token(machine)), tokensOf(await app.token(machine))];
      expect(all[0]?.access).not.to.equal(all[1]?.access);
      for (const { access } of all) expect(await app.isActive(access)).to.equal(true);
    });

    it('that of an application is made without the database', async () => {
      await app.token(machine);
      const count = countingUses(server.server.container.get(DatabaseToken));
      try {
        // What the server does by itself now and then also asks the database: hardly ten times in a row.
        const asked: number[] = [];
        while (asked.length < 10 && asked.at(-1) !== 0) {
          count.touched = 0;
          tokensOf(await app.token(machine));
          asked.push(count.touched);
        }
        expect(asked.at(-1), `statements of each request: ${asked}`).to.equal(0);
        await app.isActive('an opaque token is looked for'.replaceAll(' ', '-').padEnd(43, 'x'));
        expect(count.touched).to.be.greaterThan(0);
      } finally {
        count.end();
      }
    });

    it('all of a user end with a change of the password, those issued after it are good', async () => {
      const user = await createUser(server, 'changing');
      const had = await app.tokens('changing');
      const other = await app.tokens('alice');
      await users().setPassword(user.orgId, user.id, 'Another-pass-2', 'user');
      await users().setPassword(user.orgId, user.id, USER_PASSWORD, 'user');
      expect(await app.isActive(had.access)).to.equal(false);
      expect(await app.isActive(had.refresh)).to.equal(false);
      expectError(await app.refresh(had.refresh), 400, 'invalid_grant');
      expect(await app.isActive(other.access)).to.equal(true);
      clock.advance(1);
      const next = tokensOf(await byPassword('changing'));
      expect(await app.isActive(next.access)).to.equal(true);
      await users().delete(user.orgId, user.id);
      expect(await app.isActive(next.access)).to.equal(false);
    });

    it('all of an application end with its secret', async () => {
      const own = await createApp(server, { client: { grantTypes, accessToken } });
      const had = tokensOf(await own.token(machine));
      clock.advance(1);
      await server.server.container.get(ClientServiceToken).regenerateSecret(own.client);
      expect(await own.isActive(had.access)).to.equal(false);
    });

    it('refresh, and the refresh token is good once', async () => {
      const first = await app.tokens('alice', { scope: 'openid profile', max_age: '1000' });
      if (persist_refresh_token) expect(first.refresh).to.match(/^npr_[0-9a-f-]{36}$/);
      else {
        expect(decodeProtectedHeader(first.refresh)).to.include({ alg: 'RS256', typ: 'rt+jwt' });
        const { iss, aud, scope } = decodeJwt(first.refresh);
        expect({ aud, scope }).to.deep.equal({ aud: iss, scope: 'openid profile' });
      }
      clock.advance(60_000);
      const second = tokensOf(await app.refresh(first.refresh, { scope: 'openid' }));
      expect(second.body.scope).to.equal('openid');
      expect(decodeJwt(second.id)['auth_time']).to.equal(decodeJwt(first.id)['auth_time']);
      expect(decodeJwt(second.id)['sid']).to.equal(decodeJwt(first.id)['sid']);
      const third = tokensOf(await app.refresh(second.refresh));
      expect(third.body.scope).to.equal('openid profile');
      expectError(await app.refresh(first.refresh), 400, 'invalid_grant');
      expect(await app.isActive(first.refresh)).to.equal(false);
    });

    it('of 10 uses of a refresh token at once one succeeds', async () => {
      const { refresh } = await app.tokens('alice');
      const answers = await Promise.all(Array.from({ length: 10 }, () => app.refresh(refresh)));
      expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
    });

    it('a refresh token can be revoked, and is for its client and for nothing else', async () => {
      const { refresh, access, id } = await app.tokens('alice');
      const other = await createApp(server, { client: { grantTypes, accessToken } });
      expectError(await other.refresh(refresh), 400, 'invalid_grant');
      expectError(await other.revoke(refresh), 401, 'unauthorized_client');
      expect((await app.introspect(refresh)).body).to.include({ active: true, token_type: 'Refresh' });
      expect((await app.userinfo(refresh)).status).to.equal(401);
      for (const token of [access, id]) expectError(await app.refresh(token), 400, 'invalid_grant');
      expectError(await app.refresh(`${refresh.slice(0, -4)}AAAA`), 400, 'invalid_grant');
      await app.revoke(refresh);
      expect(await app.isActive(refresh)).to.equal(false);
      expectError(await app.refresh(refresh), 400, 'invalid_grant');
    });

    it('are refused rather than issued without the tie that they cannot carry', async () => {
      const client = { grantTypes, accessToken: { type: 'JWT', bindingType: 'client-request' } };
      const bound = await createApp(server, { client });
      expectError(await bound.token({ ...machine, tokenBindingId: 'mine' }), 400, 'invalid_request');
      expect(tokensOf(await bound.token(machine)).access).to.match(/\./);
    });

    it('applications with opaque tokens are as ever', async () => {
      const opaque = await createApp(server, { client: { grantTypes } });
      const { access, refresh } = await opaque.tokens('alice');
      expect(refresh).to.match(/^[\w-]{43}$/);
      await opaque.revoke(refresh);
      expect(await opaque.isActive(access)).to.equal(false);
    });

    it('what the user has agreed to holds at userinfo', async () => {
      const asking = await createApp(server, {
        client: { grantTypes, accessToken },
        claims: ['givenname'],
        asksConsent: true,
      });
      const none = await asking.tokens('alice', { scope: 'openid profile' });
      expect(decodeJwt(none.access)['is_consented']).to.equal(true);
      expect((await asking.userinfo(none.access)).body).to.have.all.keys('sub');
    });
  });
}

describe('tokens that are not kept, when nothing shall be noted', () => {
  it('live until they expire, with retain_revoked_token=false', async function () {
    this.timeout(60_000);
    const toml = '[oauth.token_persistence]\npersist_access_token = false\nretain_revoked_token = false';
    const server = await startTestServer({ toml });
    try {
      const app = await createApp(server, { client: { grantTypes, accessToken } });
      const { access } = tokensOf(await app.token(machine));
      expect((await app.revoke(access)).status).to.equal(200);
      expect(await app.isActive(access)).to.equal(true);
    } finally {
      await server.stop();
    }
  });

  it('kept access tokens with refresh tokens that are not is refused with the reason', async () => {
    const toml = '[oauth.token_persistence]\npersist_refresh_token = false';
    const failure = await startTestServer({ toml }).then(
      async (server) => {
        await server.stop();
        return undefined;
      },
      (error: unknown) => error as Error,
    );
    expect(failure?.message).to.contain('persist_refresh_token').and.to.contain('persist_access_token = false');
  });
});
