import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { answerTo, createImplicitApp, fragmentOf, HYBRID, queryOf } from '../../../support/answers.js';
import {
  CALLBACK,
  CHALLENGE,
  createApp,
  createTenant,
  createUser,
  expectErrorPage,
  type TestApp,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

describe('what a client observes of the authorization endpoint', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    app = await createImplicitApp(server);
  });
  after(() => server?.stop());

  const ask = (from: TestApp, parameters: Record<string, string>) =>
    new Visitor(server).get(from.authorizePath(parameters));

  it('[O4] given pkce.mandatory, when there is no code_challenge, then invalid_request and no login page', async () => {
    const own = await createApp(server, { client: { pkce: { mandatory: true } } });
    expect(queryOf(await ask(own, {}))).to.include({
      error: 'invalid_request',
      error_description:
        'PKCE is mandatory for this application. PKCE Challenge is not provided or is not upto RFC 7636 specification.',
    });
  });

  it('[O5] given plain PKCE not supported, when code_challenge_method is absent, then invalid_request', async () => {
    expect(queryOf(await ask(app, { code_challenge: CHALLENGE }))).to.include({
      error: 'invalid_request',
      error_description: 'This application does not support "plain" transformation algorithm.',
    });
    const login = await ask(app, { code_challenge: CHALLENGE, code_challenge_method: 'S256' });
    expect(login.location?.pathname).to.match(/login\.do$/);
  });

  it('[O6] given an unregistered redirect_uri, then the error page of the server, by every type and mode', async () => {
    for (const response_type of ['code', 'token', 'id_token', ...HYBRID, 'none'])
      for (const response_mode of ['', 'query', 'fragment', 'form_post', 'jwt', 'form_post.jwt'])
        expectErrorPage(
          await ask(app, { response_type, response_mode, redirect_uri: 'https://evil.example/cb', nonce: 'n' }),
          'invalid_callback',
          'callback.not.match',
        );
  });

  it('[O7] given prompt=none: no session is login_required, a session without consent consent_required', async () => {
    const own = await createImplicitApp(server, { asksConsent: true });
    await own.authorize('NO_POLICY', ['api:read']);
    const silent = { prompt: 'none', scope: 'openid api:read', nonce: 'n-1' };
    expect(queryOf(await ask(own, silent))).to.include({
      error: 'login_required',
      error_description: 'Authentication required',
      state: 's-1',
    });
    const visitor = new Visitor(server);
    await app.visit(visitor, {}, { username: 'alice' });
    expect(queryOf(await visitor.get(own.authorizePath(silent)))).to.include({ error: 'consent_required' });
    const asFragment = await visitor.get(own.authorizePath({ ...silent, response_type: 'id_token' }));
    expect(fragmentOf(asFragment)).to.include({ error: 'consent_required', state: 's-1' });
    await own.visit(visitor, { scope: silent.scope }, { consent: { consent: 'approveAlways' } });
    const renewed = fragmentOf(await visitor.get(own.authorizePath({ ...silent, response_type: 'id_token token' })));
    expect(renewed).to.include.keys('id_token', 'access_token');
  });

  it('[O8] given prompt=none login, then invalid_request', async () => {
    expect(queryOf(await ask(app, { prompt: 'none login' }))).to.include({ error: 'invalid_request' });
    expect(fragmentOf(await ask(app, { prompt: 'none login', response_type: 'token' }))).to.include({
      error: 'invalid_request',
    });
  });

  it('[O9] given response_type=id_token without nonce, then invalid_request', async () => {
    for (const response_type of ['id_token', 'id_token token', 'code id_token', 'code id_token token'])
      expect(fragmentOf(await ask(app, { response_type }))).to.include({
        error: 'invalid_request',
        error_description: "'response_type' contains 'id_token'; but 'nonce' parameter not found",
        state: 's-1',
      });
    for (const response_type of ['token', 'code token', 'code'])
      expect((await ask(app, { response_type })).location?.pathname).to.match(/login\.do$/);
  });

  it('the checks come in their order: client, grant, redirect, hybrid; then max_age, PKCE, prompt, nonce', async () => {
    const own = await createImplicitApp(server, { client: { pkce: { mandatory: true } } });
    const parameters = { response_type: 'code id_token', max_age: 'x', prompt: 'bad', state: 's' };
    const described = async (more: Record<string, string>) =>
      fragmentOf(await ask(own, { ...parameters, ...more }))['error_description'];
    expect(await described({})).to.match(/^max_age/);
    expect(await described({ max_age: '1' })).to.match(/^PKCE/);
    const challenge = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };
    expect(await described({ max_age: '1', ...challenge })).to.match(/prompt/);
    expect(await described({ max_age: '1', ...challenge, prompt: 'login' })).to.match(/nonce/);
    await own.configure({ hybridFlow: { enable: false } });
    expectErrorPage(await ask(own, parameters), 'invalid_client');
    expectErrorPage(await ask(own, { ...parameters, redirect_uri: 'https://evil.example' }), 'invalid_callback');
    await own.configure({ grantTypes: ['client_credentials'] });
    expectErrorPage(await ask(own, { ...parameters, redirect_uri: 'https://evil.example' }), 'unauthorized_client');
    expectErrorPage(await ask(own, { ...parameters, client_id: 'nobody_of_that_name' }), 'invalid_client');
  });

  it('[O29] given the discovery documents of tenant x, then every URL starts with /t/x/; issuer equals iss', async () => {
    const tenant = await createTenant(server, 'o29.example');
    await createUser(server, 'alice', {}, tenant);
    const own = await createImplicitApp(server, { place: tenant, client: { accessToken: { type: 'JWT' } } });
    const answer = fragmentOf(await answerTo(own, { response_type: 'id_token token' }));
    const base = `${server.origin}/t/o29.example/`;
    for (const path of ['openid-configuration', 'oauth-authorization-server']) {
      const { body } = await server.api('GET', `/t/o29.example/oauth2/token/.well-known/${path}`);
      const urls = Object.values(body).filter((value) => typeof value === 'string' && /^https?:/.test(value));
      expect(urls).to.have.length.greaterThan(4);
      for (const url of urls) expect(String(url).startsWith(base), String(url)).to.equal(true);
      for (const jwt of [answer['id_token'], answer['access_token']])
        expect(decodeJwt(jwt ?? '').iss).to.equal(body['issuer']);
      expect(answer['iss']).to.equal(body['issuer']);
    }
  });

  it('[O35] given consent denied, then error=access_denied and "User denied the consent", where answers go', async () => {
    const own = await createImplicitApp(server, { asksConsent: true });
    await own.authorize('NO_POLICY', ['api:read']);
    const deny = (response_type: string) =>
      own.visit(
        new Visitor(server),
        { response_type, scope: 'openid api:read', nonce: 'n-1' },
        { username: 'alice', consent: { consent: 'deny' } },
      );
    const denied = { error: 'access_denied', error_description: 'User denied the consent', state: 's-1' };
    expect(queryOf(await deny('code'))).to.include(denied);
    for (const response_type of ['token', 'id_token', 'code id_token token'])
      expect(fragmentOf(await deny(response_type))).to.include(denied);
  });

  it('[O36] given a client of tenant x on the path of tenant y, then the error page with invalid_client', async () => {
    const x = await createImplicitApp(server, { place: await createTenant(server, 'o36x.example') });
    await createTenant(server, 'o36y.example');
    const path = x.authorizePath({ response_type: 'token' }).replace('o36x', 'o36y');
    const hop = await new Visitor(server).get(path);
    expectErrorPage(hop, 'invalid_client');
    expect(hop.location?.pathname).to.equal('/t/o36y.example/authenticationendpoint/oauth2_error.do');
    expect(hop.location?.href).not.to.contain(new URL(CALLBACK).host);
  });
});
