import { createPublicKey, X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { CompactEncrypt, decodeJwt } from 'jose';
import { KeySetsToken } from '#core/crypto';
import { type HeldClock, heldClock } from '../../support/held-clock.js';
import {
  createApp,
  createTenant,
  createUser,
  expectRedirectError,
  superPlace,
  type TestApp,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor } from '../../support/visitor.js';

describe('id_token_hint at the authorization endpoint', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  let visitor: Visitor;
  let hint: string;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock });
    app = await createApp(server, {
      client: { callbackURLs: ['https://app.example/cb'], idToken: { expiryInSeconds: 60 } },
    });
    await Promise.all(['alice', 'bob'].map((name) => createUser(server, name)));
  });
  after(() => server?.stop());
  beforeEach(async () => {
    visitor = new Visitor(server);
    hint = (await app.tokens('alice', {}, visitor)).id;
  });

  const ask = (id_token_hint: string, more: Record<string, string> = {}, of = visitor) =>
    of.get(app.authorizePath({ id_token_hint, ...more }));

  it('of the user who is signed in: a code at once', async () => {
    const hop = await ask(hint, { prompt: 'none' });
    expect(hop.location?.searchParams.get('code')).to.be.a('string');
  });

  it('is accepted when it has expired', async () => {
    clock.advance(120_000);
    expect((await ask(hint, { prompt: 'none' })).location?.searchParams.get('code')).to.be.a('string');
  });

  it('is accepted when it was encrypted for the server', async () => {
    const { keys } = await server.server.container.get(KeySetsToken).jwks(superPlace.orgId);
    const x5c = keys.find(({ alg }) => alg === 'RS256')?.x5c?.[0] ?? '';
    const key = createPublicKey(
      new X509Certificate(Buffer.from(x5c, 'base64')).publicKey.export({ type: 'spki', format: 'pem' }),
    );
    const encrypted = await new CompactEncrypt(new TextEncoder().encode(hint))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT' })
      .encrypt(key);
    expect((await ask(encrypted, { prompt: 'none' })).location?.searchParams.get('code')).to.be.a('string');
  });

  it('of another user: login_required with prompt=none, a new sign-in otherwise', async () => {
    const bobs = (await app.tokens('bob')).id;
    expectRedirectError(await ask(bobs, { prompt: 'none' }), 'login_required');
    expect((await ask(bobs)).location?.pathname).to.match(/login\.do$/);
    expectRedirectError(await app.visit(visitor, { id_token_hint: bobs }, { username: 'alice' }), 'login_required');
    expect(await app.code('bob', { id_token_hint: bobs }, visitor)).not.to.equal('');
  });

  it('without a session the user signs in, and has to be the one', async () => {
    expect((await ask(hint, {}, new Visitor(server))).location?.pathname).to.match(/login\.do$/);
    expectRedirectError(
      await app.visit(new Visitor(server), { id_token_hint: hint }, { username: 'bob' }),
      'login_required',
    );
  });

  it('that is none: access_denied', async () => {
    const [head, body] = hint.split('.');
    const unsigned = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${body}.`;
    const jwt = await createApp(server, {
      client: { callbackURLs: ['https://app.example/cb'], accessToken: { type: 'JWT' } },
    });
    const { access } = await jwt.tokens('alice');
    const tenant = await createTenant(server, 'hints.example');
    const foreign = await server.server.container
      .get(KeySetsToken)
      .sign(tenant.orgId, { alg: 'RS256', typ: 'JWT' }, decodeJwt(hint));
    for (const bad of ['x', 'a.b.c', 'a.b.c.d.e', `${head}.${body}.AAAA`, unsigned, access, foreign, 'x'.repeat(9000)])
      expectRedirectError(await ask(bad), 'access_denied');
  });
});
