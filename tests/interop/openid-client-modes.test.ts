import { expect } from 'chai';
import * as oidc from 'openid-client';
import { createImplicitApp } from '../support/answers.js';
import { fetchOf } from '../support/http-client.js';
import { CALLBACK, createUser, type TestApp } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { type Hop, Visitor } from '../support/visitor.js';

describe('openid-client with other response types and modes', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    app = await createImplicitApp(server);
  });
  after(() => server?.stop());

  const checks = { expectedState: 'state-1', expectedNonce: 'nonce-1' };

  async function configured(execute: (config: oidc.Configuration) => void): Promise<oidc.Configuration> {
    const options = { [oidc.customFetch]: fetchOf(server), execute: [execute] };
    return oidc.discovery(
      new URL(`${server.origin}/oauth2/token`),
      app.id,
      { client_secret: app.secret },
      undefined,
      options,
    );
  }

  async function visit(config: oidc.Configuration, more: Record<string, string> = {}): Promise<Hop> {
    const parameters = {
      redirect_uri: CALLBACK,
      scope: 'openid',
      state: checks.expectedState,
      nonce: checks.expectedNonce,
    };
    const url = oidc.buildAuthorizationUrl(config, { ...parameters, ...more });
    return app.visit(new Visitor(server), Object.fromEntries(url.searchParams), { username: 'alice' });
  }

  it('takes an ID token alone (implicit)', async () => {
    const config = await configured(oidc.useIdTokenResponseType);
    const { location } = await visit(config);
    const claims = await oidc.implicitAuthentication(config, location as URL, checks.expectedNonce, {
      expectedState: checks.expectedState,
    });
    expect(claims.aud).to.equal(app.id);
  });

  it('takes a code with an ID token (hybrid), and compares c_hash and s_hash', async () => {
    const config = await configured((each) => {
      oidc.useCodeIdTokenResponseType(each);
      oidc.enableDetachedSignatureResponseChecks(each);
    });
    const { location } = await visit(config);
    const tokens = await oidc.authorizationCodeGrant(config, location as URL, checks);
    expect(tokens.claims()?.aud).to.equal(app.id);
  });

  it('takes answers and errors as JWT (JARM)', async () => {
    const config = await configured(oidc.useJwtResponseMode);
    const { location } = await visit(config);
    expect(location?.searchParams.has('response')).to.equal(true);
    const tokens = await oidc.authorizationCodeGrant(config, location as URL, checks);
    expect(tokens.claims()?.nonce).to.equal(checks.expectedNonce);
    const refused = await visit(config, { prompt: 'none' });
    const answer = await oidc.authorizationCodeGrant(config, refused.location as URL, checks).catch((error) => error);
    expect(answer).to.include({ error: 'login_required' });
  });
});
