import { expect } from 'chai';
import {
  createApp,
  createUser,
  expectErrorPage,
  type TestApp,
  tokensOf,
  USER_PASSWORD,
} from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { Visitor, withQuery } from '../support/visitor.js';

const ASKS = /\/oauth2_logout_consent\.do$/;

describe('a logout that somebody else wants', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    await createUser(server, 'mallory');
    app = await createApp(server, {
      application: { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } },
      client: {
        grantTypes: ['authorization_code', 'password'],
        registration: { userinfo_signed_response_alg: 'RS256' },
      },
    });
  });
  after(() => server?.stop());

  const byPassword = async (username: string) => {
    const fields = { grant_type: 'password', username, password: USER_PASSWORD, scope: 'openid' };
    return tokensOf(await app.token(fields));
  };
  const leave = (visitor: Visitor, id_token_hint: string) => visitor.get(withQuery('/oidc/logout', { id_token_hint }));
  const signedIn = async (username: string) => {
    const visitor = new Visitor(server);
    await app.visit(visitor, {}, { username });
    return visitor;
  };

  it('an ID token of another user that names no session logs nobody out without a question', async () => {
    const alice = await signedIn('alice');
    expect((await leave(alice, (await byPassword('mallory')).id)).location?.pathname).to.match(ASKS);
    expect((await app.visit(alice, { prompt: 'none' })).location?.searchParams.has('code')).to.equal(true);
    const own = await leave(alice, (await byPassword('alice')).id);
    expect(own.location?.pathname).to.match(/\/oauth2_logout\.do$/);
  });

  it('a signed answer of userinfo is no ID token, neither at logout nor at authorization', async () => {
    const alice = await signedIn('alice');
    const { text } = await app.userinfo((await byPassword('alice')).access);
    expect(text.split('.')).to.have.length(3);
    expectErrorPage(await leave(alice, text), 'access_denied', 'ID token signature validation failed.');
    const hop = await alice.get(app.authorizePath({ id_token_hint: text }));
    expect(hop.location?.searchParams.get('error')).to.equal('access_denied');
  });
});
