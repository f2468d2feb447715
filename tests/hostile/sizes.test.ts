import { expect } from 'chai';
import { createApp, createUser, expectErrorPage, type TestApp } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { Visitor } from '../support/visitor.js';

describe('huge parameters', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    app = await createApp(server);
  });
  after(() => server?.stop());

  it('an authorization request of several kilobytes is served to its end', async () => {
    const state = 's'.repeat(6000);
    const hop = await app.visit(new Visitor(server), { state }, { username: 'alice' });
    expect(hop.location?.searchParams.get('state')).to.equal(state);
  });

  it('one that no address could carry is refused at once', async () => {
    for (const name of ['state', 'nonce', 'scope', 'login_hint', 'anything']) {
      const url = new URL(app.authorizePath({ [name]: 'x'.repeat(20_000) }), server.origin);
      const hop = await new Visitor(server).post('/oauth2/authorize', Object.fromEntries(url.searchParams));
      expectErrorPage(hop, 'invalid_request', 'The authorization request is too long.');
    }
  });

  it('a head that is too large is refused', async () => {
    const status = async (path: string, headers: Record<string, string>) =>
      (await new Visitor(server).get(path, headers)).status;
    expect(await status(app.authorizePath({ state: 'x'.repeat(40_000) }), {})).to.be.oneOf([400, 431]);
    expect(await status(app.authorizePath(), { cookie: `commonAuthId=${'x'.repeat(40_000)}` })).to.be.oneOf([400, 431]);
    expect(await status('/oauth2/userinfo', { authorization: `Bearer ${'x'.repeat(40_000)}` })).to.be.oneOf([400, 431]);
  });

  it('a thousand parameters are one request like any other', async () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`p${n}`, 'x']));
    expect((await app.token({ grant_type: 'client_credentials', ...many })).status).to.equal(200);
    expect((await app.introspect('x')).status).to.equal(200);
  });

  it('a body that is too large is refused by every endpoint, and the server goes on', async () => {
    const headers = { authorization: app.basic };
    for (const path of [
      '/oauth2/token',
      '/oauth2/introspect',
      '/oauth2/revoke',
      '/oauth2/userinfo',
      '/oauth2/authorize',
      '/commonauth',
      '/oidc/logout',
    ]) {
      const hop = await new Visitor(server)
        .post(path, { filler: 'x'.repeat(12_000_000) }, headers)
        .catch(() => undefined);
      if (hop) expect(hop.status).to.be.oneOf([302, 413]);
    }
    expect((await app.token({ grant_type: 'client_credentials' })).status).to.equal(200);
  });
});
