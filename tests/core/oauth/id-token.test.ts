import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import { type HeldClock, heldClock } from '../../support/held-clock.js';
import { createApp, createUser, type TestApp } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor } from '../../support/visitor.js';

describe('ID tokens', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock });
    await createUser(server, 'alice');
    app = await createApp(server);
  });
  after(() => server?.stop());

  it('tell who signed in, for whom, how, and with which access token', async () => {
    const { id, access } = await app.tokens('alice', { nonce: 'n-1' });
    const now = Math.floor(clock.now() / 1000);
    const { sub, jti, sid, ...claims } = decodeJwt(id);
    expect(sub).to.match(/^[0-9a-f-]{36}$/);
    expect(jti).to.match(/^[0-9a-f-]{36}$/);
    expect(sid).to.match(/^[0-9a-f-]{36}$/);
    expect(claims).to.deep.equal({
      iss: `${server.origin}/oauth2/token`,
      aud: app.id,
      azp: app.id,
      iat: now,
      nbf: now,
      exp: now + 3600,
      amr: ['BasicAuthenticator'],
      nonce: 'n-1',
      at_hash: createHash('sha256').update(access).digest().subarray(0, 16).toString('base64url'),
      org_id: app.place.orgId,
      user_org: app.place.orgId,
      org_name: 'Super',
      org_handle: 'carbon.super',
    });
  });

  for (const idTokenSignedResponseAlg of ['RS256', 'ES256'] as const) {
    it(`are signed with ${idTokenSignedResponseAlg} when the application says so`, async () => {
      const other = await createApp(server, { client: { idToken: { idTokenSignedResponseAlg } } });
      const { id } = await other.tokens('alice');
      const jwks = createLocalJWKSet((await server.api<JSONWebKeySet>('GET', '/oauth2/jwks')).body);
      const currentDate = new Date(clock.now());
      const { protectedHeader } = await jwtVerify(id, jwks, { audience: other.id, currentDate });
      expect(protectedHeader).to.include({ alg: idTokenSignedResponseAlg, typ: 'JWT' });
    });
  }

  it('a numeric max_age makes auth_time appear: that of the sign-in, not of now', async () => {
    expect(decodeJwt((await app.tokens('alice')).id)).not.to.have.property('auth_time');
    const visitor = new Visitor(server);
    const first = decodeJwt((await app.tokens('alice', { max_age: '600' }, visitor)).id);
    expect(first['auth_time']).to.equal(first.iat);
    clock.advance(300_000);
    const second = decodeJwt((await app.tokens('alice', { max_age: '600' }, visitor)).id);
    expect(second['auth_time']).to.equal(first['auth_time']);
    expect(second.iat).to.equal((first.iat ?? 0) + 300);
  });

  it('the sid is the same for all applications of a session, and another in another', async () => {
    const visitor = new Visitor(server);
    const one = decodeJwt((await app.tokens('alice', {}, visitor)).id);
    const two = decodeJwt((await (await createApp(server)).tokens('alice', {}, visitor)).id);
    const three = decodeJwt((await app.tokens('alice')).id);
    expect(two['sid']).to.equal(one['sid']);
    expect(three['sid']).not.to.equal(one['sid']);
    expect(visitor.cookie('commonAuthId')).not.to.equal(one['sid']);
  });

  it('name further audiences and live as long as the application says', async () => {
    const other = await createApp(server, {
      client: { idToken: { audience: ['https://api.example'], expiryInSeconds: 60 } },
    });
    const claims = decodeJwt((await other.tokens('alice')).id);
    expect(claims.aud).to.deep.equal([other.id, 'https://api.example']);
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).to.equal(60);
  });
});
