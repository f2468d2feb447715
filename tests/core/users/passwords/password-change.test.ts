import { expect } from 'chai';
import { SessionServiceToken } from '#core/sessions';
import { UserServiceToken } from '#core/users';
import { failureOf } from '../../../support/failures.js';
import { CONNECTORS, govern, lockOn } from '../../../support/governance.js';
import { createApp, createUser, type TestApp, USER_PASSWORD } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

const PATH = '/api/users/v1/me/change-password';
const SCOPE = 'internal_user_password_update';
const NEW = 'Brand-new-pass-1';

/** Everything that a user has, of one sign-in in a browser. */
async function settle(server: TestServer, app: TestApp, name: string) {
  const user = await createUser(server, name);
  const visitor = new Visitor(server);
  const tokens = await app.tokens(name, { scope: `openid ${SCOPE}` }, visitor);
  const other = await app.tokens(name, { scope: 'openid' });
  return { user, visitor, tokens, other };
}

async function change(server: TestServer, authorization: string, currentPassword: unknown, newPassword: unknown) {
  const body = JSON.stringify({ currentPassword, newPassword });
  const headers = { authorization, 'content-type': 'application/json' };
  const response = await server.fetch(PATH, { method: 'POST', headers, body });
  const text = await response.text();
  return { status: response.status, code: text === '' ? undefined : (JSON.parse(text) as { code: string }).code };
}

const appOf = async (server: TestServer) => {
  const app = await createApp(server, { client: { accessToken: { type: 'JWT' } } });
  await app.authorize('NO_POLICY', [SCOPE]);
  return app;
};
for (const preserve of [false, true])
  for (const persistent of [true, false])
    describe(`a changed password, ${preserve ? 'with' : 'without'} preserving, tokens ${persistent ? '' : 'not '}kept`, function () {
      this.timeout(20_000);
      let server: TestServer;
      let app: TestApp;
      before(async () => {
        const toml = `[password_update]\npreserve_logged_in_session = ${preserve}\n[oauth.token_persistence]\npersist_access_token = ${persistent}`;
        server = await startTestServer({ toml });
        app = await appOf(server);
      });
      after(() => server?.stop());

      it(`[A9] ${preserve ? 'leaves' : 'ends'} the calling token and its session, and ends all others`, async () => {
        const { user, visitor, tokens, other } = await settle(server, app, 'carla');
        const sessions = server.server.container.get(SessionServiceToken);
        expect(await sessions.listOf(user.orgId, user.id)).to.have.length(2);
        expect(await change(server, `Bearer ${tokens.access}`, USER_PASSWORD, NEW)).to.deep.equal({
          status: 204,
          code: undefined,
        });
        expect(await app.isActive(tokens.access)).to.equal(preserve);
        expect((await app.refresh(tokens.refresh)).status).to.equal(preserve ? 200 : 400);
        expect(await app.isActive(other.access)).to.equal(false);
        expect((await app.refresh(other.refresh)).status).to.equal(400);
        expect(await sessions.listOf(user.orgId, user.id)).to.have.length(preserve ? 1 : 0);
        const quiet = await visitor.get(app.authorizePath({ prompt: 'none' }));
        expect(quiet.location?.searchParams.has('code')).to.equal(preserve);
        const users = server.server.container.get(UserServiceToken);
        expect((await users.authenticate(user.orgId, 'carla', NEW)).outcome).to.equal('authenticated');
      });

      if (!preserve) return;

      it('by the password itself, or by an administrator, ends everything in any case', async () => {
        const { user, tokens } = await settle(server, app, 'ben');
        const authorization = `Basic ${btoa(`ben:${USER_PASSWORD}`)}`;
        expect((await change(server, authorization, USER_PASSWORD, NEW)).status).to.equal(204);
        expect(await app.isActive(tokens.access)).to.equal(false);
        const sessions = server.server.container.get(SessionServiceToken);
        expect(await sessions.listOf(user.orgId, user.id)).to.deep.equal([]);
      });

      it('does not bring back what had ended before', async () => {
        const { user, tokens, visitor } = await settle(server, app, 'rudi');
        await app.revoke(tokens.refresh);
        const again = await app.tokens('rudi', { scope: `openid ${SCOPE}` }, visitor);
        await change(server, `Bearer ${again.access}`, USER_PASSWORD, NEW);
        expect(await app.isActive(tokens.access)).to.equal(false);
        const users = server.server.container.get(UserServiceToken);
        await users.setPassword(user.orgId, user.id, 'Yet-another-1', 'administrator');
        expect(await app.isActive(again.access)).to.equal(false);
      });
    });

describe('the change of the own password', function () {
  this.timeout(20_000);
  let server: TestServer;
  let app: TestApp;
  let count = 0;
  before(async () => {
    server = await startTestServer();
    app = await appOf(server);
  });
  after(() => server?.stop());
  const token = async (name: string, scope = `openid ${SCOPE}`) =>
    `Bearer ${(await app.tokens(name, { scope })).access}`;
  const named = async () => {
    const { username } = await createUser(server, `changer-${++count}`);
    return username;
  };

  it('says what is wrong with the published codes, and changes nothing', async () => {
    const name = await named();
    const authorization = await token(name);
    const cases: readonly (readonly [unknown, unknown, string])[] = [
      ['wrong-one', NEW, 'PWD-10001'],
      [USER_PASSWORD, USER_PASSWORD, 'PWD-10002'],
      [USER_PASSWORD, 'weak', 'PWD-10003'],
      [USER_PASSWORD, 'Aa1-null-\0-null', 'PWD-10003'],
      [USER_PASSWORD, 7, 'PWD-10000'],
      [undefined, NEW, 'PWD-10000'],
      [USER_PASSWORD, 'x'.repeat(2000), 'PWD-10000'],
    ];
    for (const [current, wanted, code] of cases)
      expect(await change(server, authorization, current, wanted), code).to.deep.equal({ status: 400, code });
    expect((await change(server, authorization, USER_PASSWORD, NEW)).status).to.equal(204);
  });

  it('says it of the history, too', async () => {
    await govern(server, CONNECTORS.history, { 'passwordHistory.enable': 'true' });
    const name = await named();
    expect((await change(server, await token(name), USER_PASSWORD, NEW)).status).to.equal(204);
    const authorization = `Basic ${btoa(`${name}:${NEW}`)}`;
    expect(await change(server, authorization, NEW, USER_PASSWORD)).to.deep.equal({ status: 400, code: 'PWD-10003' });
    await govern(server, CONNECTORS.history, { 'passwordHistory.enable': 'false' });
  });

  it('is for users themselves, with a token for it', async () => {
    const name = await named();
    expect((await change(server, await token(name, 'openid'), USER_PASSWORD, NEW)).status).to.equal(403);
    expect((await change(server, '', USER_PASSWORD, NEW)).status).to.equal(401);
    const { body } = await app.token({ grant_type: 'client_credentials', scope: SCOPE });
    expect((await change(server, `Bearer ${body.access_token}`, USER_PASSWORD, NEW)).status).to.equal(403);
  });

  it('is no way to guess a password: wrong ones lock the account', async () => {
    await lockOn(server);
    const name = await named();
    const authorization = await token(name);
    const tries = await Promise.all(
      Array.from({ length: 12 }, (_, n) => change(server, authorization, `guess-${n}`, NEW)),
    );
    expect(new Set(tries.map(({ code }) => code))).to.deep.equal(new Set(['PWD-10001']));
    expect((await change(server, authorization, USER_PASSWORD, NEW)).status).to.equal(400);
    const users = server.server.container.get(UserServiceToken);
    const { orgId } = (await users.findByUsername(app.place.orgId, name)) ?? { orgId: '' };
    expect(await users.authenticate(orgId, name, USER_PASSWORD)).to.include({ reason: 'locked' });
  });

  it('is a matter of the store: one that takes none says so', async () => {
    const users = server.server.container.get(UserServiceToken);
    expect(await failureOf(() => users.setPassword(app.place.orgId, 'nobody', NEW, 'user'))).to.include({
      status: 403,
    });
  });
});
