import { expect } from 'chai';
import {
  createApp,
  expectError,
  type JsonAnswer,
  jsonOf,
  type TestApp,
  type TokenBody,
  tokensOf,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor } from '../../support/visitor.js';

describe('the token endpoint', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    app = await createApp(server);
  });
  after(() => server?.stop());

  const good = { grant_type: 'client_credentials' };
  const json = async (body: unknown, authorization = app.basic): Promise<JsonAnswer<TokenBody>> => {
    const response = await server.fetch('/oauth2/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as TokenBody };
  };

  it('answers with no-store, good or bad', async () => {
    for (const answer of [await app.token(good), await app.token({}), await app.send('/oauth2/token', good)]) {
      expect(answer.headers.get('cache-control')).to.equal('no-store');
      expect(answer.headers.get('pragma')).to.equal('no-cache');
      expect(answer.headers.get('content-type')).to.equal('application/json; charset=utf-8');
      expect(answer.headers.get('x-content-type-options')).to.equal('nosniff');
    }
  });

  it('a grant that is not for public clients is unauthorized_client for them', async () => {
    const client = { publicClient: true, grantTypes: ['authorization_code', 'client_credentials'] };
    const spa = await createApp(server, { client });
    expectError(await spa.token(good), 400, 'unauthorized_client');
  });

  it('[O12] client_secret, username or password in the query string', async () => {
    for (const name of ['client_secret', 'username', 'password']) {
      const hop = await new Visitor(server).post(`/oauth2/token?${name}=x`, good, { authorization: app.basic });
      expectError(jsonOf(hop), 400, 'invalid_request', 'Invalid request with sensitive data in the URL.');
    }
  });

  it('takes nothing from the query string', async () => {
    const hop = await new Visitor(server).post(
      '/oauth2/token?grant_type=client_credentials',
      {},
      { authorization: app.basic },
    );
    expectError(jsonOf(hop), 400, 'invalid_request', 'Missing grant_type parameter value');
  });

  it('repeated parameters', async () => {
    const pairs: [string, string][] = [...Object.entries(good), ...Object.entries(good)];
    const answer = await app.send('/oauth2/token', pairs, { authorization: app.basic });
    expectError(answer, 400, 'invalid_request', 'Invalid request with repeated parameters.');
  });

  it('reports in order: repetition, the query, the grant, its parameters, the client, whether it may', async () => {
    const path = '/oauth2/token?client_secret=x';
    const repeated: [string, string][] = [
      ['a', '1'],
      ['a', '2'],
    ];
    const send = async (url: string, fields: readonly [string, string][]) =>
      jsonOf<TokenBody>(await new Visitor(server).post(url, fields));
    expectError(await send(path, repeated), 400, 'invalid_request', 'Invalid request with repeated parameters.');
    expectError(await send(path, []), 400, 'invalid_request', 'Invalid request with sensitive data in the URL.');
    expectError(await send('/oauth2/token', []), 400, 'invalid_request', 'Missing grant_type parameter value');
    const incomplete: [string, string][] = [['grant_type', 'authorization_code']];
    expectError(await send('/oauth2/token', incomplete), 400, 'invalid_request', 'Missing parameters: code');
    const nobody: [string, string][] = [...incomplete, ['code', 'x']];
    expectError(await send('/oauth2/token', nobody), 401, 'invalid_client', 'Client ID not found in the request.');
    const machine = await createApp(server, { client: { grantTypes: ['client_credentials'] } });
    expectError(await machine.redeem('x'), 400, 'unauthorized_client');
    expectError(await app.redeem('x'), 400, 'invalid_grant');
  });

  describe('with a JSON body', () => {
    it('takes a flat object', async () => {
      tokensOf(await json(good));
      tokensOf(await json({ ...good, client_id: app.id, client_secret: app.secret }, ''));
    });

    it('serialises values that are no scalars again, and loses none', async () => {
      expectError(
        await json({ grant_type: ['client_credentials'] }),
        400,
        'invalid_request',
        'Unsupported grant_type value',
      );
      tokensOf(await json({ ...good, authorization_details: [{ type: 'x' }], scope: null, n: 1, b: true }));
    });

    it('malformed or no object', async () => {
      for (const body of ['{', '[]', '"x"', 'null', '1', '']) {
        expectError(await json(body), 400, 'invalid_request', 'Malformed or unsupported request payload');
      }
    });

    it('with names of the prototype is an ordinary request', async () => {
      tokensOf(await json('{"grant_type":"client_credentials","__proto__":{"x":1},"constructor":"x","toString":"x"}'));
      expectError(
        await json('{"__proto__":{"grant_type":"client_credentials"}}'),
        400,
        'invalid_request',
        'Missing grant_type parameter value',
      );
    });
  });

  it('a body of another type has no parameters', async () => {
    const response = await server.fetch('/oauth2/token', {
      method: 'POST',
      headers: { 'content-type': 'text/plain', authorization: app.basic },
      body: 'grant_type=client_credentials',
    });
    expect(response.status).to.equal(400);
    expect(await response.json()).to.include({ error: 'invalid_request' });
  });

  it('takes POST only', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await server.fetch('/oauth2/token?grant_type=client_credentials', {
        method,
        headers: { authorization: app.basic },
      });
      expect(response.status).to.equal(405);
      expect(response.headers.get('allow')).to.equal('POST');
      await response.text();
    }
  });

  it('a body that is too large is refused without being read', async () => {
    const answer = await app.token({ ...good, filler: 'x'.repeat(20_000_000) }).catch(() => undefined);
    if (answer) expectError(answer, 413, 'invalid_request');
    tokensOf(await app.token(good));
  });

  it('a fault of the server is server_error without detail', async () => {
    const { StateStoreToken } = await import('#core/persistence');
    const state = server.server.container.get(StateStoreToken);
    const { apply } = state;
    // An application of its own: one that has a token already would be given that, without anything written.
    const fresh = await createApp(server);
    state.apply = () => Promise.reject(new Error('secret host name'));
    try {
      const answer = await fresh.token(good);
      expectError(answer, 500, 'server_error', 'Internal Server Error.');
      expect(answer.text).not.to.contain('secret host name');
    } finally {
      state.apply = apply;
    }
  });

  describe('client credentials', () => {
    it('no scope granted, no scope in the answer', async () => {
      const { body } = tokensOf(await app.token({ ...good, scope: 'api:unknown' }));
      expect(body).to.have.keys('access_token', 'token_type', 'expires_in');
    });

    it('live as long as the application says', async () => {
      const client = { grantTypes: ['client_credentials'], accessToken: { applicationAccessTokenExpiryInSeconds: 77 } };
      const machine = await createApp(server, { client });
      expect(tokensOf(await machine.token(good)).body.expires_in).to.equal(77);
    });
  });
});
