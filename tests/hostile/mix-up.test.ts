import { expect } from 'chai';
import { answerTo, createImplicitApp, formOf, HYBRID, verified } from '../support/answers.js';
import { CALLBACK, createUser, expectErrorPage, type TestApp } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { type Hop, Visitor, withQuery } from '../support/visitor.js';

const TYPES = ['code', 'token', 'id_token', 'id_token token', ...HYBRID, 'none'];
const MODES = ['', 'query', 'fragment', 'form_post', 'jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'];

describe('answers of the authorization endpoint in the hands of others', () => {
  let server: TestServer;
  let app: TestApp;
  let visitor: Visitor;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    app = await createImplicitApp(server, { client: { accessToken: { type: 'JWT' } } });
    visitor = new Visitor(server);
    await app.visit(visitor, {}, { username: 'alice' });
  });
  after(() => server?.stop());

  const ask = (parameters: Record<string, string>, as = visitor) =>
    as.get(app.authorizePath({ nonce: 'n', ...parameters }));
  const isRefused = (type: string, mode: string) => mode === 'query.jwt' && type !== 'code' && type !== 'none';

  /** Parameters of an answer, wherever they stand; those of a JWT after its signature was checked. */
  async function parametersOf(hop: Hop): Promise<Record<string, unknown>> {
    const { location } = hop;
    const there = location
      ? {
          ...Object.fromEntries(location.searchParams),
          ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))),
        }
      : formOf(hop);
    return there['response'] === undefined ? there : (await verified(app, there['response'])).payload;
  }

  it('every answer and every error tells who sends it, by every type and mode', async () => {
    for (const response_type of TYPES)
      for (const response_mode of MODES.filter((mode) => !isRefused(response_type, mode)))
        for (const more of [{}, { prompt: 'none login' }] as Record<string, string>[]) {
          const parameters = await parametersOf(await ask({ response_type, response_mode, ...more }));
          const title = `${response_type} by ${response_mode}`;
          expect(parameters['iss'], title).to.equal(`${server.origin}/oauth2/token`);
          expect('error' in parameters, title).to.equal('prompt' in more);
        }
  });

  it('no token ever stands in a query, whatever is asked for', async () => {
    for (const response_type of TYPES.filter((type) => type !== 'code' && type !== 'none'))
      for (const response_mode of MODES) {
        const hop = await ask({ response_type, response_mode });
        const title = `${response_type} by ${response_mode}`;
        if (isRefused(response_type, response_mode)) expectErrorPage(hop, 'invalid_request');
        else if (hop.location) {
          expect(hop.location.href.split(/[?#]/)[0], title).to.equal(CALLBACK);
          expect(hop.location.search, title).to.equal('');
          expect(hop.location.hash, title).to.match(/token=|response=/);
        } else expect(formOf(hop), title).to.have.any.keys('access_token', 'id_token', 'response');
      }
  });

  it('a type is what it is named, not more: case, blanks and repetitions get nothing', async () => {
    for (const response_type of [
      'TOKEN',
      'Id_Token',
      'token,id_token',
      'code+token',
      'token\0',
      'token token',
      'code code',
    ])
      expectErrorPage(await ask({ response_type }), 'unsupported_response_type');
    for (const response_type of [' ', '\t']) expectErrorPage(await ask({ response_type }), 'unsupported_response_type');
    const twice = [
      ...new URL(app.authorizePath({ nonce: 'n' }), server.origin).searchParams,
      ['response_type', 'token'],
    ];
    expectErrorPage(await visitor.get(withQuery('/oauth2/authorize', twice as [string, string][])), 'invalid_request');
  });

  it('a mode is what it is named', async () => {
    for (const response_mode of [
      'QUERY',
      'query ',
      'fragment.JWT',
      'jwt.query',
      '__proto__',
      'constructor',
      'toString',
    ])
      expectErrorPage(await ask({ response_mode }), 'invalid_request', 'Invalid response_mode parameter value');
  });

  it('an answer to one type cannot be had by coming back with another', async () => {
    const own = new Visitor(server);
    const login = await own.get(app.authorizePath({ response_type: 'code' }));
    const sessionDataKey = login.location?.searchParams.get('sessionDataKey') ?? '';
    const fields = { sessionDataKey, username: 'alice', password: 'Correct-horse-1' };
    const back = await own.post('/commonauth', fields);
    const href = `${back.location?.href}&response_type=token&response_mode=fragment`;
    const { location } = await own.get(href);
    expect(location?.hash).to.equal('');
    expect(location?.searchParams.has('code')).to.equal(true);
    expect(location?.href).not.to.contain('token=');
  });

  it('state and nonce cannot bring parameters into a fragment, a query, a form or a JWT', async () => {
    const state = 's&access_token=evil#code=evil"><input name="code" value="evil';
    for (const response_mode of MODES.filter((mode) => mode !== 'query.jwt')) {
      const parameters = await parametersOf(await ask({ response_type: 'id_token', response_mode, state }));
      expect(parameters['state']).to.equal(state);
      expect(parameters).not.to.have.any.keys('access_token', 'code');
    }
    const form = await ask({ response_type: 'token', response_mode: 'form_post', state });
    expect(form.text).not.to.contain('<input name="code"');
  });

  it('neither answers nor error pages may be kept or tell where they come from', async () => {
    for (const response_mode of ['fragment', 'form_post', 'jwt']) {
      const { headers } = await ask({ response_type: 'token', response_mode });
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('referrer-policy')).to.equal('no-referrer');
    }
  });

  it('tokens of two answers are independent: one revoked, the other stays', async () => {
    const [one, two] = [await answerTo(app, { response_type: 'token' }), await ask({ response_type: 'token' })];
    const [first, second] = [(await parametersOf(one))['access_token'], (await parametersOf(two))['access_token']];
    await app.revoke(String(first));
    expect(await app.isActive(String(first))).to.equal(false);
    expect(await app.isActive(String(second))).to.equal(true);
  });
});
