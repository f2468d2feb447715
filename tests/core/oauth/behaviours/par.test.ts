import { expect } from 'chai';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import {
  CALLBACK,
  CHALLENGE,
  createApp,
  createTenant,
  createUser,
  expectError,
  expectErrorPage,
  expectRedirectError,
  type JsonAnswer,
  type TestApp,
  type TokenBody,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor, withQuery } from '../../../support/visitor.js';

type PushAnswer = JsonAnswer<TokenBody & { request_uri?: string }>;

describe('pushed authorization requests', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock });
    app = await createApp(server);
    await createUser(server, 'alice');
  });
  after(() => server?.stop());

  const usual = { redirect_uri: CALLBACK, response_type: 'code', scope: 'openid', state: 'pushed' };
  function push(fields: Record<string, string> | [string, string][] = {}, of = app): Promise<PushAnswer> {
    const all = Array.isArray(fields) ? fields : { ...usual, ...fields };
    return of.send('/oauth2/par', all, { authorization: of.basic });
  }
  async function pushed(fields: Record<string, string> = {}, of = app): Promise<string> {
    const { status, body, text } = await push(fields, of);
    expect(status, text).to.equal(201);
    return body.request_uri ?? '';
  }
  const use = (request_uri: string, more: Record<string, string> = {}, of = app) =>
    new Visitor(server).get(
      withQuery(`${of.place.prefix}/oauth2/authorize`, { client_id: of.id, request_uri, ...more }),
    );

  it('a push answers 201 with a request_uri and its life', async () => {
    const { status, body, headers } = await push();
    expect(status).to.equal(201);
    expect(body).to.have.keys('request_uri', 'expires_in');
    expect(body.request_uri).to.match(/^urn:ietf:params:oauth:par:request_uri:[0-9a-f-]{36}$/);
    expect(body.expires_in).to.equal(60);
    expect(headers.get('cache-control')).to.equal('no-store');
  });

  it('a pushed request leads to a sign-in and a code, with the state that was pushed', async () => {
    const request_uri = await pushed();
    const blank = { redirect_uri: '', response_type: '', scope: '', state: '' };
    const hop = await app.visit(new Visitor(server), { ...blank, request_uri }, { username: 'alice' });
    expect(hop.location?.searchParams.get('state')).to.equal('pushed');
    tokensOf(await app.redeem(hop.location?.searchParams.get('code') ?? ''));
  });

  it('what stands beside the request_uri does not count', async () => {
    const request_uri = await pushed({ prompt: 'none' });
    const hop = await use(request_uri, { prompt: 'login', state: 'other', redirect_uri: 'https://evil.example/cb' });
    expectRedirectError(hop, 'login_required');
    expect(hop.location?.searchParams.get('state')).to.equal('pushed');
  });

  it('[O23] given a PAR response, when its request_uri is used twice, then the second use fails', async () => {
    const request_uri = await pushed();
    expect((await use(request_uri)).location?.pathname).to.match(/login\.do$/);
    expectErrorPage(await use(request_uri), 'invalid_request_uri', 'par.invalid.request.uri');
  });

  it('[O23] given a PAR response, when its request_uri is used after 60 s, then the late use fails', async () => {
    const [early, late] = [await pushed(), await pushed()];
    clock.advance(59_000);
    expect((await use(early)).location?.pathname).to.match(/login\.do$/);
    clock.advance(1000);
    expectErrorPage(await use(late), 'invalid_request_uri', 'par.request.uri.expired');
  });

  it('of many uses at once one succeeds', async () => {
    const request_uri = await pushed();
    const hops = await Promise.all(Array.from({ length: 6 }, () => use(request_uri)));
    expect(hops.filter(({ location }) => location?.pathname.endsWith('/login.do'))).to.have.length(1);
  });

  it('another client cannot use it, and it is used up by the attempt', async () => {
    const request_uri = await pushed();
    const other = await createApp(server);
    expectErrorPage(await use(request_uri, {}, other), 'invalid_request', 'par.client.id.not.match');
    expectErrorPage(await use(request_uri), 'invalid_request_uri', 'par.invalid.request.uri');
  });

  it('another organization does not know it', async () => {
    const tenant = await createTenant(server, 'par.example');
    const twin = await createApp(server, { place: tenant, clientId: app.id });
    expectErrorPage(await use(await pushed(), {}, twin), 'invalid_request_uri', 'par.invalid.request.uri');
  });

  it('a request_uri that was never given, or without a client, ends at the error page', async () => {
    const made = 'urn:ietf:params:oauth:par:request_uri:00000000-0000-4000-8000-000000000000';
    expectErrorPage(await use(made), 'invalid_request_uri', 'par.invalid.request.uri');
    const hop = await new Visitor(server).get(withQuery('/oauth2/authorize', { request_uri: made }));
    expectErrorPage(hop, 'invalid_request', 'Client Id is not present in the authorization request');
  });

  it('a client that was switched off after the push gets nothing', async () => {
    const gone = await createApp(server);
    const request_uri = await pushed({}, gone);
    await gone.disable();
    expectErrorPage(await use(request_uri, {}, gone), 'invalid_client', 'Application is disabled.');
  });

  describe('[O24] given requirePushAuthorizationRequest=true', () => {
    before(async () => {
      await app.configure({ pushAuthorizationRequest: { requirePushAuthorizationRequest: true } });
    });
    after(() => app.configure({ pushAuthorizationRequest: { requirePushAuthorizationRequest: false } }));

    it('[O24] when parameters are sent directly to authorize, then invalid_request', async () => {
      const hop = await new Visitor(server).get(app.authorizePath());
      expectRedirectError(hop, 'invalid_request', 'PAR request is mandatory for the application.');
    });

    it('[O24] when they were pushed, then the sign-in begins', async () => {
      expect((await use(await pushed())).location?.pathname).to.match(/login\.do$/);
    });
  });

  describe('what a push is refused for', () => {
    const cases: readonly [string, Record<string, string>, string, string?][] = [
      [
        'a request_uri',
        { request_uri: 'https://app.example/r' },
        'invalid_request',
        'Request with request_uri not allowed.',
      ],
      [
        'an unknown response type',
        { response_type: 'cookie' },
        'invalid_request',
        'Invalid response_type parameter value',
      ],
      ['a strange redirect', { redirect_uri: 'https://evil.example/cb' }, 'invalid_request', 'callback.not.match'],
      ['the id of another client', { client_id: 'somebody_else_here' }, 'invalid_request'],
      ['a wrong prompt', { prompt: 'none login' }, 'invalid_request'],
      ['a max_age that is no number', { max_age: 'soon' }, 'invalid_request'],
      ['a weak challenge', { code_challenge: 'short', code_challenge_method: 'S256' }, 'invalid_request'],
      ['an endless parameter', { state: 'x'.repeat(20_000) }, 'invalid_request'],
    ];
    for (const [what, fields, error, description] of cases)
      it(what, async () => expectError(await push(fields), 400, error, description));

    it('a repeated parameter', async () => {
      const fields = [...Object.entries(usual), ['state', 'again']] as [string, string][];
      expectError(await push(fields), 400, 'invalid_request', 'Invalid request with repeated parameters.');
    });
  });

  describe('who may push', () => {
    const anonymous = (fields: Record<string, string>, headers = {}) =>
      app.send('/oauth2/par', { ...usual, ...fields }, headers);

    it('not a confidential client by its id alone', async () => {
      const expected = ['unauthorized_client', 'Client authentication required.'] as const;
      expectError(await anonymous({ client_id: app.id }), 400, ...expected);
      expectError(await anonymous({ client_id: 'nobody_of_that_name' }), 400, ...expected);
    });

    it('nobody without a client id', async () => {
      const answer = await anonymous({});
      expectError(answer, 401, 'invalid_client', 'Client ID not found in the request.');
      expect(answer.headers.get('www-authenticate')).to.match(/^Basic realm=/);
    });

    it('nobody with a wrong secret', async () => {
      const answer = await anonymous({ client_id: app.id, client_secret: 'wrong' });
      expectError(answer, 401, 'invalid_client', 'Client credentials are invalid.');
    });

    it('a client by its secret in the body, which is not kept', async () => {
      const { status, body } = await anonymous({ client_id: app.id, client_secret: app.secret });
      expect(status).to.equal(201);
      expect((await use((body as { request_uri?: string }).request_uri ?? '')).location?.href).not.to.contain(
        app.secret,
      );
    });

    it('a public client by its id', async () => {
      const open = await createApp(server, { client: { publicClient: true, grantTypes: ['authorization_code'] } });
      const pkce = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };
      expect((await open.send('/oauth2/par', { ...usual, client_id: open.id, ...pkce })).status).to.equal(201);
      expectError(await open.send('/oauth2/par', { ...usual, client_id: open.id }), 400, 'invalid_request');
    });
  });

  it('discovery names the endpoint', async () => {
    const { body } = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
    expect(body['pushed_authorization_request_endpoint']).to.equal(`${server.origin}/oauth2/par`);
  });
});
