import { expect } from 'chai';
import { createApp, createUser, expectError, type TestApp, tokensOf } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

describe('revocation', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
  });
  after(() => server?.stop());

  for (const type of ['Default', 'JWT']) {
    describe(`with access tokens of type ${type}`, () => {
      let app: TestApp;
      before(async () => {
        const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials'];
        app = await createApp(server, { client: { accessToken: { type }, grantTypes } });
      });

      it('of an access token ends its refresh token', async () => {
        const { access, refresh } = await app.tokens('alice');
        await app.revoke(access, { token_type_hint: 'refresh_token' });
        expect(await app.isActive(access)).to.equal(false);
        expectError(await app.refresh(refresh), 400, 'invalid_grant');
      });

      it('of an application token ends that one only', async () => {
        // Equal requests get the same token, so these differ in scope.
        const one = tokensOf(await app.token({ grant_type: 'client_credentials' }));
        const other = tokensOf(await app.token({ grant_type: 'client_credentials', scope: 'device_1' }));
        await app.revoke(one.access);
        expect(await app.isActive(one.access)).to.equal(false);
        expect(await app.isActive(other.access)).to.equal(true);
      });

      it('of a token of another client is 401 unauthorized_client, and the token stays', async () => {
        const other = await createApp(server);
        const { access, refresh } = await app.tokens('alice');
        for (const token of [access, refresh]) expectError(await other.revoke(token), 401, 'unauthorized_client');
        expect(await app.isActive(access)).to.equal(true);
        tokensOf(await app.refresh(refresh));
      });
    });
  }

  it('without a token', async () => {
    const app = await createApp(server);
    expectError(await app.revoke(''), 400, 'invalid_request', 'Invalid revocation request');
  });

  it('by nobody known', async () => {
    const app = await createApp(server);
    const { access } = await app.tokens('alice');
    const wrong = { authorization: `Basic ${btoa(`${app.id}:wrong`)}` };
    for (const headers of [wrong, {}]) {
      const answer = await app.send('/oauth2/revoke', { token: access }, headers as Record<string, string>);
      expectError(answer, 401, 'invalid_client', 'Client Authentication failed.');
      expect(answer.headers.get('www-authenticate')).to.equal('Basic realm="localhost"');
    }
    expect(await app.isActive(access)).to.equal(true);
  });

  it('by a public client of its own tokens', async () => {
    const spa = await createApp(server, { client: { publicClient: true } });
    const { access } = await spa.tokens('alice');
    const answer = await spa.send('/oauth2/revoke', { token: access, client_id: spa.id });
    expect(answer.status).to.equal(200);
    expect(await spa.isActive(access)).to.equal(false);
  });
});
