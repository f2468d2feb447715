import { expect } from 'chai';
import { UserServiceToken } from '#core/users';
import { ClientServiceToken } from '../../../core/oauth/clients/client.service.js';
import { type HeldClock, heldClock } from '../../support/held-clock.js';
import { createApp, createUser, expectError, type TestApp, type Tokens } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor } from '../../support/visitor.js';

const IDENTITY = 'http://wso2.org/claims/identity/';

describe('what ends tokens', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock });
    app = await createApp(server);
  });
  after(() => server?.stop());

  const users = () => server.server.container.get(UserServiceToken);
  const clients = () => server.server.container.get(ClientServiceToken);

  async function expectEnded(of: TestApp, tokens: Tokens): Promise<void> {
    expect((await of.introspect(tokens.access, { authorization: server.admin })).body).to.deep.equal({ active: false });
    expect((await of.introspect(tokens.refresh, { authorization: server.admin })).body).to.deep.equal({
      active: false,
    });
    expect((await of.userinfo(tokens.access)).status).to.equal(401);
  }

  const changes: readonly [string, (orgId: string, id: string) => Promise<unknown>][] = [
    ['the user is locked', (orgId, id) => users().writeClaims(orgId, id, { [`${IDENTITY}accountLocked`]: ['true'] })],
    [
      'the user is disabled',
      (orgId, id) => users().writeClaims(orgId, id, { [`${IDENTITY}accountDisabled`]: ['true'] }),
    ],
    ['the user is deleted', (orgId, id) => users().delete(orgId, id)],
    [
      '19 (authentication). the password is changed',
      (orgId, id) => users().setPassword(orgId, id, 'Another-pass-2', 'user'),
    ],
  ];
  changes.forEach(([title, change], index) => {
    it(`${title}: tokens, codes and sessions of the user end`, async () => {
      const user = await createUser(server, `user-${index}`);
      await createUser(server, `bystander-${index}`);
      const visitor = new Visitor(server);
      const tokens = await app.tokens(user.username, {}, visitor);
      const code = await app.code(user.username, {}, visitor);
      const other = await app.tokens(`bystander-${index}`);
      await change(user.orgId, user.id);
      await expectEnded(app, tokens);
      expectError(await app.refresh(tokens.refresh), 400, 'invalid_grant');
      expectError(await app.redeem(code), 400, 'invalid_grant');
      const again = await visitor.get(app.authorizePath({ prompt: 'none' }));
      expect(again.location?.searchParams.get('error')).to.equal('login_required');
      expect(await app.isActive(other.access)).to.equal(true);
    });
  });

  it('the application is revoked', async () => {
    const own = await createApp(server);
    const tokens = await own.tokens('admin');
    clock.advance(1);
    await clients().revoke(own.client);
    await expectEnded(own, tokens);
  });

  it('the application is disabled', async () => {
    const own = await createApp(server);
    const tokens = await own.tokens('admin');
    await own.disable();
    await expectEnded(own, tokens);
  });

  it('the client is removed, and a later one of the same id does not bring them back', async () => {
    const clientId = 'removed_and_made_again';
    const own = await createApp(server, { clientId });
    const tokens = await own.tokens('admin');
    const code = await own.code('admin');
    await clients().remove(own.place.orgId, own.application.id);
    await expectEnded(own, tokens);
    clock.advance(1);
    const heir = await createApp(server, { clientId });
    await expectEnded(heir, tokens);
    expectError(await heir.redeem(code), 400, 'invalid_grant');
    expect(await heir.isActive((await heir.tokens('admin')).access)).to.equal(true);
  });

  it('[O31] logout, for applications that ask for it, and for no others', async () => {
    const bound = await createApp(server, {
      client: {
        accessToken: { revokeTokensWhenIDPSessionTerminated: true },
        grantTypes: ['authorization_code', 'refresh_token'],
      },
      application: { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } },
    });
    const visitor = new Visitor(server);
    const tokens = await bound.tokens('admin', {}, visitor);
    const free = await app.tokens('admin', {}, visitor);
    const code = await bound.code('admin', {}, visitor);
    const logout = new URLSearchParams({ id_token_hint: tokens.id });
    await visitor.get(`/oidc/logout?${logout}`);
    await expectEnded(bound, tokens);
    expectError(await bound.redeem(code), 400, 'invalid_grant');
    expect(await app.isActive(free.access)).to.equal(true);
  });

  it('time: access tokens live as long as the application says', async () => {
    const own = await createApp(server, { client: { accessToken: { userAccessTokenExpiryInSeconds: 100 } } });
    const { access, body } = await own.tokens('admin');
    expect(body.expires_in).to.equal(100);
    clock.advance(99_999);
    expect(await own.isActive(access)).to.equal(true);
    clock.advance(1);
    expect(await own.isActive(access)).to.equal(false);
    expect((await own.userinfo(access)).status).to.equal(401);
  });
});
