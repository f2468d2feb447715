import { expect } from 'chai';
import { createApp, createTenant, createUser } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor } from '../../support/visitor.js';

const toml = `[oauth.endpoints]
oauth2_error_page = "https://pages.example/error?style=dark"
oauth2_consent_page = "/pages/plain"
oidc_consent_page = "https://pages.example/consent"
oidc_logout_consent_page = "https://pages.example/leave"
oidc_logout_page = "https://pages.example/bye"
oauth2_token_url = "https://mtls.example/oauth2/token"
oauth2_user_info_url = "/proxy/userinfo"
`;

describe('[oauth.endpoints]', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ toml });
    await createUser(server, 'alice');
  });
  after(() => server?.stop());

  it('errors go to the page of the operator, signed as ever', async () => {
    const { location } = await new Visitor(server).get('/oauth2/authorize');
    expect(`${location?.origin}${location?.pathname}`).to.equal('https://pages.example/error');
    expect([...(location?.searchParams.keys() ?? [])]).to.deep.equal([
      'style',
      'oauthErrorCode',
      'oauthErrorMsg',
      'oauthErrorSignature',
    ]);
  });

  it('questions for consent have pages for requests with and without openid', async () => {
    const app = await createApp(server, { asksConsent: true });
    await app.authorize('NO_POLICY', ['api:read']);
    const pageFor = async (scope: string) => {
      const visitor = new Visitor(server);
      const begun = await visitor.get(app.authorizePath({ scope }));
      const sessionDataKey = begun.location?.searchParams.get('sessionDataKey') ?? '';
      const fields = { sessionDataKey, username: 'alice', password: 'Correct-horse-1' };
      const asked = await visitor.follow(await visitor.post('/commonauth', fields));
      return { visitor, location: asked.location };
    };
    const plain = await pageFor('api:read');
    expect(`${plain.location?.origin}${plain.location?.pathname}`).to.equal(`${server.origin}/pages/plain`);
    const { visitor, location } = await pageFor('openid api:read');
    expect(`${location?.origin}${location?.pathname}`).to.equal('https://pages.example/consent');
    const sessionDataKeyConsent = location?.searchParams.get('sessionDataKeyConsent') ?? '';
    const answer = await visitor.post('/oauth2/authorize', { sessionDataKeyConsent, consent: 'approve' });
    expect(answer.location?.searchParams.has('code')).to.equal(true);
  });

  it('a logout asks and ends on the pages of the operator', async () => {
    const visitor = new Visitor(server);
    expect((await visitor.get('/oidc/logout')).location?.href).to.equal('https://pages.example/bye');
    await (await createApp(server)).visit(visitor, {}, { username: 'alice' });
    const asked = (await visitor.get('/oidc/logout')).location;
    expect(`${asked?.origin}${asked?.pathname}`).to.equal('https://pages.example/leave');
    const sessionDataKey = asked?.searchParams.get('sessionDataKey') ?? '';
    const stays = await visitor.post('/oidc/logout', { sessionDataKey, consent: 'deny' });
    expect(stays.location?.href).to.equal('https://pages.example/bye?cancelled=true');
  });

  it('discovery names the addresses, paths below the organization; the issuer stays', async () => {
    await createTenant(server, 'there.example');
    for (const prefix of ['', '/t/there.example']) {
      const { body } = await server.api('GET', `${prefix}/oauth2/token/.well-known/openid-configuration`);
      expect(body).to.include({
        issuer: `${server.origin}${prefix}/oauth2/token`,
        token_endpoint: 'https://mtls.example/oauth2/token',
        userinfo_endpoint: `${server.origin}${prefix}/proxy/userinfo`,
        authorization_endpoint: `${server.origin}${prefix}/oauth2/authorize`,
      });
    }
  });
});

it('[oauth.endpoints] takes nothing that is no address', async () => {
  for (const bad of ['//evil.example', 'javascript:alert(1)', 'page.do', 'https://', '/page#part', '/a page']) {
    const outcome = await startTestServer({ toml: `[oauth.endpoints]\noidc_logout_page = "${bad}"\n` }).then(
      (server) => server.stop().then(() => 'started'),
      (error: Error) => error.message,
    );
    expect(outcome, bad).to.contain('oidc_logout_page');
  }
});
