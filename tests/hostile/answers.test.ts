import { expect } from 'chai';
import {
  CALLBACK,
  createApp,
  createUser,
  expectErrorPage,
  type TestApp,
  USER_PASSWORD,
} from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { type Hop, Visitor } from '../support/visitor.js';

const ORIGIN = 'https://app.example';
const key = ({ location }: Hop, name = 'sessionDataKey') => location?.searchParams.get(name) ?? '';

describe('answers of the authorization endpoint', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
  });
  after(() => server?.stop());

  const makeApp = async (asksConsent: boolean, callbackURLs = [CALLBACK]) => {
    const app = await createApp(server, { asksConsent, client: { callbackURLs, allowedOrigins: [ORIGIN] } });
    await app.authorize('NO_POLICY', ['api:read']);
    return app;
  };
  const login = (visitor: Visitor, page: Hop) =>
    visitor.post('/commonauth', { sessionDataKey: key(page), username: 'alice', password: USER_PASSWORD });
  const begin = (visitor: Visitor, app: TestApp) => visitor.get(app.authorizePath({ scope: 'openid api:read' }));
  const agree = (visitor: Visitor, asked: Hop) => {
    const sessionDataKeyConsent = key(asked, 'sessionDataKeyConsent');
    return visitor.post('/oauth2/authorize', { sessionDataKeyConsent, consent: 'approve' });
  };

  it('never make a browser send the credentials of a form once more: 302 and 303, not 307 and 308', async () => {
    const app = await makeApp(true);
    const visitor = new Visitor(server);
    const signedIn = await login(visitor, await begin(visitor, app));
    const asked = await visitor.follow(signedIn);
    const agreed = await agree(visitor, asked);
    for (const { status } of [signedIn, asked, agreed]) expect(status).to.be.oneOf([302, 303]);
    expect(agreed.location?.searchParams.has('code')).to.equal(true);
  });

  it('do not go to an application that was switched off while the user signed in', async () => {
    for (const asksConsent of [false, true]) {
      const app = await makeApp(asksConsent);
      const visitor = new Visitor(server);
      const back = await login(visitor, await begin(visitor, app));
      const asked = asksConsent ? await visitor.follow(back) : undefined;
      await app.disable();
      expectErrorPage(asked ? await agree(visitor, asked) : await visitor.follow(back), 'invalid_client');
    }
  });

  it('do not go to an address that was taken away while the user signed in', async () => {
    for (const asksConsent of [false, true]) {
      const app = await makeApp(asksConsent);
      const visitor = new Visitor(server);
      const back = await login(visitor, await begin(visitor, app));
      const asked = asksConsent ? await visitor.follow(back) : undefined;
      await app.configure({ callbackURLs: [`${CALLBACK}/new`] });
      expectErrorPage(asked ? await agree(visitor, asked) : await visitor.follow(back), 'invalid_callback');
    }
  });

  it('cannot be read by scripts, also not by those of an origin that the application allows', async () => {
    const app = await makeApp(false);
    const { headers } = await new Visitor(server).get(app.authorizePath(), { origin: ORIGIN });
    expect(headers.get('access-control-allow-origin')).to.equal(null);
    const token = await app.send('/oauth2/token', { grant_type: 'client_credentials' }, { origin: ORIGIN });
    expect(token.headers.get('access-control-allow-origin')).to.equal(ORIGIN);
  });
});
