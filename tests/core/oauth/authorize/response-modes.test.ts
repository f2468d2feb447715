import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { answerTo, createImplicitApp, formOf, fragmentOf, queryOf, verified } from '../../../support/answers.js';
import { heldClock } from '../../../support/held-clock.js';
import { createTenant, createUser, expectErrorPage, type TestApp, tokensOf } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { type Hop, Visitor } from '../../../support/visitor.js';

const JARM = ['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'];

describe('response modes for answers with tokens, and as JWT', () => {
  let server: TestServer;
  let app: TestApp;
  const clock = heldClock();
  before(async () => {
    server = await startTestServer({ clock });
    await createUser(server, 'alice');
    app = await createImplicitApp(server);
  });
  after(() => server?.stop());

  const ask = (parameters: Record<string, string>, of = app) =>
    new Visitor(server).get(of.authorizePath({ nonce: 'n-1', ...parameters }));

  it('query with a type that gives tokens is silently the fragment, for errors too', async () => {
    for (const response_type of ['token', 'id_token', 'code id_token']) {
      const answer = fragmentOf(await answerTo(app, { response_type, response_mode: 'query' }));
      expect(answer).to.have.any.keys('access_token', 'id_token');
      expect(fragmentOf(await ask({ response_type, response_mode: 'query', prompt: 'none' }))).to.include({
        error: 'login_required',
        state: 's-1',
      });
    }
  });

  it('form_post carries tokens and errors', async () => {
    const answer = formOf(await answerTo(app, { response_type: 'code id_token token', response_mode: 'form_post' }));
    expect(answer).to.include.all.keys('code', 'id_token', 'access_token', 'state', 'iss');
    const refused = formOf(await ask({ response_type: 'token', response_mode: 'form_post', prompt: 'none' }));
    expect(refused).to.include({ error: 'login_required', error_description: 'Authentication required', state: 's-1' });
  });

  const parsers: Record<string, (hop: Hop) => Record<string, string>> = {
    jwt: queryOf,
    'query.jwt': queryOf,
    'fragment.jwt': fragmentOf,
    'form_post.jwt': formOf,
  };

  for (const response_mode of JARM) {
    const parse = parsers[response_mode] as (hop: Hop) => Record<string, string>;
    it(`${response_mode} sends a code as one signed JWT that lives ten minutes`, async () => {
      const answer = parse(await answerTo(app, { response_mode }));
      expect(answer).to.have.all.keys('response');
      const { payload, protectedHeader } = await verified(app, answer['response']);
      expect(protectedHeader).to.include({ alg: 'RS256', typ: 'oauth-authz-resp+jwt' });
      expect(payload).to.have.all.keys('iss', 'aud', 'exp', 'code', 'state', 'session_state');
      expect(payload).to.include({ state: 's-1', exp: Math.floor(clock.now() / 1000) + 600 });
      tokensOf(await app.redeem(String(payload['code'])));
    });

    it(`${response_mode} sends errors likewise`, async () => {
      const { payload } = await verified(app, parse(await ask({ response_mode, prompt: 'none' }))['response']);
      expect(payload).to.have.all.keys('iss', 'aud', 'exp', 'error', 'error_description', 'state');
      expect(payload).to.include({ error: 'login_required', state: 's-1' });
    });
  }

  it('jwt with tokens is in the fragment', async () => {
    const { response } = fragmentOf(await answerTo(app, { response_type: 'id_token token', response_mode: 'jwt' }));
    const { payload } = await verified(app, response);
    expect(payload).to.include({ token_type: 'Bearer', expires_in: '3600', scope: 'openid' });
    expect(await app.isActive(String(payload['access_token']))).to.equal(true);
    await verified(app, String(payload['id_token']));
  });

  it('query.jwt with tokens is invalid_request', async () => {
    for (const response_type of ['token', 'id_token', 'id_token token', 'code token', 'code id_token'])
      expectErrorPage(
        await ask({ response_type, response_mode: 'query.jwt' }),
        'invalid_request',
        'invalid.response.type.for.query.jwt',
      );
  });

  it('is signed by the algorithm of the ID tokens of the application; always signed', async () => {
    for (const [chosen, used] of [
      ['PS256', 'PS256'],
      ['ES256', 'ES256'],
      ['none', 'RS256'],
    ]) {
      const own = await createImplicitApp(server, { client: { idToken: { idTokenSignedResponseAlg: chosen } } });
      const { response } = queryOf(await ask({ response_mode: 'jwt', prompt: 'none' }, own));
      expect((await verified(own, response)).protectedHeader.alg).to.equal(used);
    }
  });

  it('is signed and issued by the organization of the application', async () => {
    const tenant = await createTenant(server, 'jarm.example');
    await createUser(server, 'alice', {}, tenant);
    const own = await createImplicitApp(server, { place: tenant });
    const { response } = queryOf(await answerTo(own, { response_mode: 'jwt' }));
    const { payload } = await verified(own, response);
    expect(payload.iss).to.equal(`${server.origin}/t/jarm.example/oauth2/token`);
    await expectRejected(verified({ server, place: app.place, id: own.id }, response, payload.iss));
  });

  it('is no ID token for a logout, and no access token', async () => {
    const { response = '' } = queryOf(await answerTo(app, { response_mode: 'jwt' }));
    const hop = await new Visitor(server).get(`/oidc/logout?id_token_hint=${response}`);
    expectErrorPage(hop, 'access_denied', 'ID token signature validation failed.');
    expect((await app.userinfo(response)).status).to.equal(401);
    expect(await app.isActive(response)).to.equal(false);
  });

  it('a state cannot change the claims of the JWT', async () => {
    const state = '","aud":"evil","error":"x';
    const { response } = queryOf(await ask({ response_mode: 'jwt', prompt: 'none', state }));
    const { payload } = await verified(app, response);
    expect(payload).to.include({ state, error: 'login_required', aud: app.id });
  });
});

describe('response types and modes that the operator has switched off', () => {
  it('are refused, and not in discovery', async () => {
    const toml = `[oauth.response_type]
token.enable = false
code_id_token_token.enable = false
[oauth.jarm]
jwt.enable = false
fragment_jwt.enable = false
`;
    const server = await startTestServer({ toml });
    try {
      const app = await createImplicitApp(server);
      const ask = (parameters: Record<string, string>) =>
        new Visitor(server).get(app.authorizePath({ nonce: 'n-1', ...parameters }));
      for (const response_type of ['token', 'code id_token token'])
        expectErrorPage(await ask({ response_type }), 'unsupported_response_type');
      expect((await ask({ response_type: 'id_token token' })).location?.pathname).to.match(/login\.do$/);
      for (const response_mode of ['jwt', 'fragment.jwt'])
        expectErrorPage(await ask({ response_mode }), 'invalid_request', 'Invalid response_mode parameter value');
      expect(queryOf(await ask({ response_mode: 'query.jwt', prompt: 'none' }))).to.have.all.keys('response');
      const { body } = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
      expect(body['response_types_supported']).to.include.members(['code', 'id_token token', 'code token']);
      expect(body['response_types_supported']).not.to.include.members(['token']);
      expect(body['response_types_supported']).not.to.include('code id_token token');
      expect(body['response_modes_supported']).to.have.members([
        'query',
        'fragment',
        'form_post',
        'query.jwt',
        'form_post.jwt',
      ]);
    } finally {
      await server.stop();
    }
  });

  it('the implicit grant cannot be chosen when no response type is for it', async () => {
    const off = ['token', 'id_token', 'id_token_token'].map((name) => `${name}.enable = false`).join('\n');
    const server = await startTestServer({ toml: `[oauth.response_type]\n${off}\n` });
    try {
      const { body } = await server.api<{ allowedGrantTypes: { options: { name: string }[] } }>(
        'GET',
        '/api/server/v1/applications/meta/inbound-protocols/oidc',
      );
      expect(body.allowedGrantTypes.options.map(({ name }) => name)).not.to.include('implicit');
    } finally {
      await server.stop();
    }
  });

  it('enable_hybrid_flow_app_level_validation = false leaves hybrid types to every application with codes', async () => {
    const toml = '[oauth.oidc]\nenable_hybrid_flow_app_level_validation = false\n';
    const server = await startTestServer({ toml });
    try {
      const app = await createImplicitApp(server, { client: { hybridFlow: { enable: false, responseType: '' } } });
      const hop = await new Visitor(server).get(app.authorizePath({ response_type: 'code token' }));
      expect(hop.location?.pathname).to.match(/login\.do$/);
    } finally {
      await server.stop();
    }
  });

  it('jarm_response_jwt_validity is the life of the JWT', async () => {
    const clock = heldClock();
    const server = await startTestServer({ clock, toml: '[oauth.jarm]\njarm_response_jwt_validity = "30s"\n' });
    try {
      const app = await createImplicitApp(server);
      const hop = await new Visitor(server).get(app.authorizePath({ response_mode: 'jwt', prompt: 'none' }));
      expect(decodeJwt(queryOf(hop)['response'] ?? '').exp).to.equal(Math.floor(clock.now() / 1000) + 30);
    } finally {
      await server.stop();
    }
  });

  it('redirect_to_idp_error_page_on_error keeps errors on the page of the server', async () => {
    const server = await startTestServer({ toml: '[oauth]\nredirect_to_idp_error_page_on_error = true\n' });
    try {
      await createUser(server, 'alice');
      const app = await createImplicitApp(server);
      const ask = (parameters: Record<string, string>) => new Visitor(server).get(app.authorizePath(parameters));
      expectErrorPage(await ask({ prompt: 'none login' }), 'invalid_request');
      expectErrorPage(await ask({ prompt: 'none', response_mode: 'jwt' }), 'login_required', 'Authentication required');
      expect(queryOf(await answerTo(app, {}))).to.have.property('code');
    } finally {
      await server.stop();
    }
  });
});

async function expectRejected(promise: Promise<unknown>): Promise<void> {
  const outcome = await promise.then(
    () => 'verified',
    () => 'rejected',
  );
  expect(outcome).to.equal('rejected');
}
