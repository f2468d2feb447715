import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { createApp, createUser, jsonOf, type TestApp } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor } from '../../support/visitor.js';

describe('userinfo', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice', { givenname: ['Alice'] });
    app = await createApp(server, { claims: ['givenname'] });
  });
  after(() => server?.stop());

  const ask = async (
    headers: Record<string, string>,
    method: 'get' | 'post' = 'get',
    fields: Record<string, string> = {},
  ) => {
    const visitor = new Visitor(server);
    const path = '/oauth2/userinfo';
    return jsonOf(method === 'get' ? await visitor.get(path, headers) : await visitor.post(path, fields, headers));
  };

  it('answers GET, POST and a token in the body alike, with the sub of the ID token', async () => {
    const { access, id } = await app.tokens('alice', { scope: 'openid profile' });
    const expected = { sub: decodeJwt(id).sub, given_name: 'Alice' };
    const authorization = `Bearer ${access}`;
    for (const answer of [
      await ask({ authorization }),
      await ask({ authorization: `bearer ${access}` }),
      await ask({ authorization }, 'post'),
      await ask({}, 'post', { access_token: access }),
    ]) {
      expect(answer.status).to.equal(200);
      expect(answer.headers.get('cache-control')).to.equal('no-store');
      expect(answer.body).to.deep.equal(expected);
    }
  });

  const challenge = (answer: { headers: { get(name: string): string | null } }) =>
    answer.headers.get('www-authenticate');

  it('no token is 400 invalid_request', async () => {
    const { access } = await app.tokens('alice');
    const query = jsonOf(await new Visitor(server).get(`/oauth2/userinfo?access_token=${access}`));
    for (const answer of [
      await ask({}),
      await ask({ authorization: app.basic }),
      await ask({ authorization: 'Bearer' }),
      query,
    ]) {
      expect(answer.status).to.equal(400);
      expect(answer.body['error']).to.equal('invalid_request');
      expect(challenge(answer)).to.match(/^Bearer error="invalid_request"/);
    }
  });

  it('a token in header and body at once is 400', async () => {
    const { access } = await app.tokens('alice');
    const answer = await ask({ authorization: `Bearer ${access}` }, 'post', { access_token: access });
    expect(answer.status).to.equal(400);
  });

  it('refresh tokens and codes are no access tokens', async () => {
    const { refresh } = await app.tokens('alice');
    for (const token of [refresh, await app.code('alice')])
      expect((await ask({ authorization: `Bearer ${token}` })).status).to.equal(401);
  });
});
