import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import { createApp, createUser, expectError, type TestApp, tokensOf } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { askElsewhere, CIBA, expectEnd, openLink, pollCiba } from '../../../support/waiting-clients.js';

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

describe('signed CIBA requests', function () {
  // Keys are made, and RSA takes its time.
  this.timeout(30_000);
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  let other: TestApp;
  const keys: Record<string, Key> = {};
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock });
    await createUser(server, 'alice');
    const published: JWK[] = [];
    for (const alg of ['PS256', 'ES256', 'RS256']) {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
      keys[alg] = privateKey;
      published.push({ ...(await exportJWK(publicKey)), alg, kid: alg });
    }
    const client = {
      grantTypes: [CIBA, 'authorization_code'],
      cibaAuthenticationRequest: { notificationChannels: ['external'] },
      registration: { jwks: { keys: published } },
    };
    app = await createApp(server, { client });
    other = await createApp(server, { client });
  });
  after(() => server?.stop());

  const claims = (change: JWTPayload = {}): JWTPayload => {
    const now = Math.floor(clock.now() / 1000);
    const times = { iat: now, nbf: now, exp: now + 300, jti: randomUUID() };
    return {
      iss: app.id,
      aud: `${server.origin}/oauth2/ciba`,
      ...times,
      scope: 'openid',
      login_hint: 'alice',
      ...change,
    };
  };
  const sign = (payload: JWTPayload, alg = 'PS256') =>
    new SignJWT(payload).setProtectedHeader({ alg, kid: alg }).sign(keys[alg] as Key);
  const ask = (request: string, more: Record<string, string> = {}, of = app) =>
    askElsewhere(of, { request, scope: '', login_hint: '', ...more });

  it('begin a request with what stands in them', async () => {
    for (const alg of ['PS256', 'ES256']) {
      const { status, body, text } = await ask(await sign(claims({ requested_expiry: 77 }), alg));
      expect(status, text).to.equal(200);
      expect(body.expires_in).to.equal(77);
      expectEnd(await openLink(app, body, { username: 'alice' }));
      tokensOf(await pollCiba(app, body.auth_req_id));
    }
  });

  it('can be made for the issuer, the token endpoint or the CIBA endpoint, and for nobody else', async () => {
    for (const path of ['/oauth2/token', '/oauth2/ciba'])
      expect((await ask(await sign(claims({ aud: server.origin + path })))).status).to.equal(200);
    for (const aud of [server.origin, 'https://elsewhere.example', `${server.origin}/t/x/oauth2/ciba`, app.id])
      expectError(await ask(await sign(claims({ aud }))), 400, 'invalid_request');
  });

  it('are good once', async () => {
    const jwt = await sign(claims());
    expect((await ask(jwt)).status).to.equal(200);
    expectError(await ask(jwt), 400, 'invalid_request');
    const [first, second] = await Promise.all(
      [await sign(claims({ jti: 'same' })), await sign(claims({ jti: 'same', login_hint: 'alice ' }))].map((one) =>
        ask(one),
      ),
    );
    expect([first?.status, second?.status].sort()).to.deep.equal([200, 400]);
  });

  it('are not taken with RS256, unsigned, by a shared secret or by a foreign key', async () => {
    expectError(await ask(await sign(claims(), 'RS256')), 400, 'invalid_request');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    expectError(await ask(`${encode({ alg: 'none' })}.${encode(claims())}.`), 400, 'invalid_request');
    const secret = new TextEncoder().encode(app.secret.padEnd(32, 'x'));
    const byHmac = await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256' }).sign(secret);
    expectError(await ask(byHmac), 400, 'invalid_request');
    const { privateKey } = await generateKeyPair('PS256');
    const foreign = await new SignJWT(claims()).setProtectedHeader({ alg: 'PS256', kid: 'PS256' }).sign(privateKey);
    expectError(await ask(foreign), 400, 'invalid_request');
  });

  it('are of the client that sends them', async () => {
    expectError(await ask(await sign(claims()), {}, other), 400, 'invalid_request');
    expectError(await ask(await sign(claims({ iss: 'x' }))), 400, 'invalid_request');
  });

  it('need all their claims, in time, and for no longer than an hour', async () => {
    for (const name of ['iss', 'aud', 'exp', 'iat', 'nbf', 'jti', 'scope', 'login_hint']) {
      const { [name]: _, ...rest } = claims();
      expectError(await ask(await sign(rest)), 400, 'invalid_request');
    }
    const now = Math.floor(clock.now() / 1000);
    for (const change of [
      { exp: now - 31 },
      { nbf: now + 60 },
      { iat: now + 60 },
      { exp: now + 3601 },
      { jti: '' },
      { sub: app.id },
    ])
      expectError(await ask(await sign(claims(change))), 400, 'invalid_request');
  });

  it('stand alone: no parameter beside them counts or is passed over', async () => {
    for (const more of [
      { scope: 'openid' },
      { login_hint: 'alice' },
      { binding_message: 'x' },
      { requested_expiry: '9' },
    ])
      expectError(await ask(await sign(claims()), more), 400, 'invalid_request');
  });

  it('can name the user by an ID token of the client, also an expired one', async () => {
    const { id } = await app.tokens('alice');
    clock.advance(2 * 3_600_000);
    const asked = await ask(await sign(claims({ login_hint: undefined, id_token_hint: id })));
    expect(asked.status, asked.text).to.equal(200);
    expectEnd(await openLink(app, asked.body, { username: 'alice' }));
    const foreign = (await other.tokens('alice')).id;
    for (const id_token_hint of [foreign, `${id}x`, 'x'])
      expectError(await ask(await sign(claims({ login_hint: undefined, id_token_hint }))), 400, 'unknown_user_id');
    expectError(await ask(await sign(claims({ id_token_hint: id }))), 400, 'invalid_request');
  });

  it('garbage is refused in the shape of the protocol', async () => {
    for (const request of ['x', '..', 'a.b.c', '{}', 'é', 'x'.repeat(20_000)])
      expectError(await ask(request), 400, 'invalid_request');
  });
});

describe('CIBA under a FAPI profile', () => {
  it('wants signed requests when the operator has switched the profile on, of FAPI applications alone', async () => {
    const server = await startTestServer({
      toml: `[oauth.oidc.fapi]
enable_ciba_profile = true
allowed_client_authentication_methods = ["client_secret_basic"]`,
    });
    try {
      await createUser(server, 'alice');
      const client = { grantTypes: [CIBA], cibaAuthenticationRequest: { notificationChannels: ['external'] } };
      const held = await createApp(server, { client: { ...client, isFAPIApplication: true } });
      const text = 'The FAPI profile of the application wants a signed request.';
      expectError(await askElsewhere(held), 400, 'invalid_request', text);
      expect((await askElsewhere(await createApp(server, { client }))).status).to.equal(200);
    } finally {
      await server.stop();
    }
  });
});
