import { expect } from 'chai';
import { createApp, createUser, expectError, type TestApp, tokensOf } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

for (const persist_refresh_token of [true, false])
  describe(`what comes back although it was used, where access tokens are not kept, refresh tokens ${persist_refresh_token ? 'are' : 'neither'}`, () => {
    let server: TestServer;
    let app: TestApp;
    before(async () => {
      const toml = `[oauth.token_persistence]
        persist_access_token = false
        persist_refresh_token = ${persist_refresh_token}`;
      server = await startTestServer({ toml });
      await createUser(server, 'alice');
      app = await createApp(server, { client: { accessToken: { type: 'JWT' } } });
    });
    after(() => server?.stop());

    it('a code ends the tokens that it gave, also those that nobody keeps', async () => {
      const code = await app.code('alice');
      const { access, refresh } = tokensOf(await app.redeem(code));
      expect(await app.isActive(access)).to.equal(true);
      expectError(await app.redeem(code), 400, 'invalid_grant');
      expect(await app.isActive(access)).to.equal(false);
      expectError(await app.refresh(refresh), 400, 'invalid_grant');
    });

    it('a refresh token ends all that came after it, also what nobody keeps', async () => {
      const first = await app.tokens('alice');
      const second = tokensOf(await app.refresh(first.refresh));
      const other = await app.tokens('alice');
      expectError(await app.refresh(first.refresh), 400, 'invalid_grant');
      expectError(await app.refresh(second.refresh), 400, 'invalid_grant');
      expect(await app.isActive(second.access)).to.equal(false);
      expect(await app.isActive(second.refresh)).to.equal(false);
      expect(await app.isActive(other.access)).to.equal(true);
      tokensOf(await app.refresh(other.refresh));
    });

    it('one that was only looked at is not used', async () => {
      const first = await app.tokens('alice');
      const second = tokensOf(await app.refresh(first.refresh));
      expect(await app.isActive(first.refresh)).to.equal(false);
      tokensOf(await app.refresh(second.refresh));
    });

    it('a refresh token that is revoked takes its access token with it', async () => {
      const { access, refresh } = await app.tokens('alice');
      await app.revoke(refresh);
      expect(await app.isActive(access)).to.equal(false);
    });
  });
