import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { createOidcApplication } from '../../../support/applications.js';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import { createApp, createUser, jsonOf, type TokenBody, tokensOf } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

const HUNDRED_YEARS = 3_153_600_000;

describe('lifetimes of tokens', () => {
  let server: TestServer;
  let clock: HeldClock;
  before(async function () {
    this.timeout(60_000);
    clock = heldClock();
    const toml = `[oauth.token_validation]
      user_access_token_validity = "11m"
      app_access_token_validity = "12m"
      refresh_token_validity = "13m"`;
    server = await startTestServer({ clock, toml });
    await createUser(server, 'alice');
  });
  after(() => server?.stop());

  it('are those of the server for applications that have chosen none', async () => {
    const app = await createApp(server);
    const user = await app.tokens('alice');
    const { exp, iat } = (await app.introspect(user.refresh)).body as { exp: number; iat: number };
    expect(user.body.expires_in).to.equal(660);
    expect(tokensOf(await app.token({ grant_type: 'client_credentials' })).body.expires_in).to.equal(720);
    expect(exp - iat).to.equal(780);
  });

  it('are those of the application, when it has chosen; less than 0 is for ever', async () => {
    const oidc = {
      grantTypes: ['client_credentials'],
      accessToken: { type: 'JWT', applicationAccessTokenExpiryInSeconds: -1 },
    };
    const { clientId, clientSecret } = await createOidcApplication(server, { name: 'for ever' }, oidc);
    const authorization = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
    const ask = { grant_type: 'client_credentials' };
    const answer = jsonOf<TokenBody>(await new Visitor(server).post('/oauth2/token', ask, { authorization }));
    const { access, body } = tokensOf(answer);
    expect(body.expires_in).to.equal(HUNDRED_YEARS);
    const { exp = 0, iat = 0 } = decodeJwt(access);
    expect(exp - iat).to.equal(HUNDRED_YEARS);
  });
});
