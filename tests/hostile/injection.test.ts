import { expect } from 'chai';
import { decodeJwt } from 'jose';
import {
  CHALLENGE,
  createApp,
  createTenant,
  createUser,
  expectError,
  jsonOf,
  type TestApp,
  tokensOf,
  VERIFIER,
} from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { Visitor } from '../support/visitor.js';

describe('what belongs to somebody else', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'victim');
    await createUser(server, 'mallory');
    app = await createApp(server);
  });
  after(() => server?.stop());

  const s256 = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };

  it('a stolen code that is put into the session of the attacker fails by its verifier', async () => {
    const stolen = await app.code('victim', { ...s256, nonce: 'of-the-victim' });
    const theirs = { code_verifier: 'a'.repeat(43) };
    expectError(await app.redeem(stolen, theirs), 400, 'invalid_grant', 'PKCE validation failed');
    expectError(await app.redeem(stolen, { code_verifier: VERIFIER }), 400, 'invalid_grant');
  });

  it('a stolen code carries the nonce of its own request', async () => {
    const { id } = tokensOf(await app.redeem(await app.code('victim', { nonce: 'of-the-victim' })));
    expect(decodeJwt(id)['nonce']).to.equal('of-the-victim');
  });

  it('PKCE cannot be taken away between browser and server', async () => {
    const visitor = new Visitor(server);
    const page = await visitor.get(app.authorizePath(s256));
    const sessionDataKey = page.location?.searchParams.get('sessionDataKey') ?? '';
    const fields = {
      sessionDataKey,
      username: 'victim',
      password: 'Correct-horse-1',
      code_challenge: '',
      code_challenge_method: 'plain',
    };
    const back = await visitor.post('/commonauth', fields);
    const done = await visitor.get(
      `${back.location?.href}&code_challenge=x&redirect_uri=https://evil.example&scope=all`,
    );
    const code = done.location?.searchParams.get('code') ?? '';
    expect(done.location?.origin).to.equal('https://app.example');
    expectError(await app.redeem(code), 400, 'invalid_grant');
  });

  it('every answer of the authorization endpoint names its issuer, so that mix-up is noticed', async () => {
    const tenant = await createTenant(server, 'mixup.example');
    await createUser(server, 'victim', {}, tenant);
    const there = await createApp(server, { place: tenant });
    for (const [of, prefix] of [
      [app, ''],
      [there, '/t/mixup.example'],
    ] as const) {
      const iss = `${server.origin}${prefix}/oauth2/token`;
      const good = await of.visit(new Visitor(server), {}, { username: 'victim' });
      expect(good.location?.searchParams.get('iss')).to.equal(iss);
      const bad = await new Visitor(server).get(of.authorizePath({ prompt: 'none' }));
      expect(bad.location?.searchParams.get('iss')).to.equal(iss);
    }
  });

  it('a second issuer cannot be smuggled in', async () => {
    const hop = await new Visitor(server).get(app.authorizePath({ prompt: 'none', iss: 'https://evil.example' }));
    expect(hop.location?.searchParams.getAll('iss')).to.deep.equal([`${server.origin}/oauth2/token`]);
    const state = 'x&iss=https://evil.example&code=evil';
    const odd = await new Visitor(server).get(app.authorizePath({ prompt: 'none', state }));
    expect(odd.location?.searchParams.getAll('iss')).to.have.length(1);
    expect(odd.location?.searchParams.has('code')).to.equal(false);
  });

  it('a token of one organization is nothing in another, at any endpoint', async () => {
    const tenant = await createTenant(server, 'substitution.example');
    await createUser(server, 'victim', {}, tenant);
    const clientId = 'the_same_everywhere';
    for (const type of ['JWT', 'Default']) {
      const id = `${clientId}_${type}`;
      const here = await createApp(server, { clientId: id, client: { accessToken: { type } } });
      const there = await createApp(server, { clientId: id, place: tenant, client: { accessToken: { type } } });
      const tokens = await there.tokens('victim');
      expect((await here.userinfo(tokens.access)).status).to.equal(401);
      expect((await here.introspect(tokens.access)).body).to.deep.equal({ active: false });
      expectError(await here.refresh(tokens.refresh), 400, 'invalid_grant');
      for (const token of [tokens.access, tokens.refresh]) expect((await here.revoke(token)).status).to.equal(200);
      expect((await there.userinfo(tokens.access)).status).to.equal(200);
      tokensOf(await there.refresh(tokens.refresh));
      const headers = { authorization: `Bearer ${tokens.access}` };
      expect((await server.fetch('/api/server/v1/applications', { headers })).status).to.equal(401);
    }
  });

  it('a client of one organization cannot authenticate in another', async () => {
    const tenant = await createTenant(server, 'client.example');
    const fields = { grant_type: 'client_credentials' };
    for (const path of ['/oauth2/token', '/oauth2/introspect', '/oauth2/revoke']) {
      const hop = await new Visitor(server).post(
        tenant.prefix + path,
        { ...fields, token: 'x' },
        { authorization: app.basic },
      );
      expectError(jsonOf(hop), 401, 'invalid_client');
    }
  });

  it('a refresh token of one user gives nothing of another', async () => {
    const mine = await app.tokens('mallory');
    const answer = await app.refresh(mine.refresh, {
      username: 'victim',
      sub: 'victim',
      user_id: 'victim',
      subject: 'victim',
    });
    expect(decodeJwt(tokensOf(answer).id).sub).to.equal(decodeJwt(mine.id).sub);
  });
});
