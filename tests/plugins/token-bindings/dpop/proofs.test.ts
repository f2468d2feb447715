import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { calculateJwkThumbprint, exportJWK, type JWK, SignJWT } from 'jose';
import { type DpopKey, dpopKey, type ProofChanges, proofOf, tokenWithProof } from '../../../support/dpop-client.js';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import { createApp, createTenant, expectError, type TestApp, tokensOf } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const grant = { grant_type: 'client_credentials' };

describe('token-binding.dpop: proofs at the token endpoint', () => {
  let server: TestServer;
  let clock: HeldClock;
  let key: DpopKey;
  let app: TestApp;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock });
    key = await dpopKey();
    app = await createApp(server, { client: { accessToken: { bindingType: 'DPoP' } } });
  });
  after(() => server?.stop());

  const proof = (changes: ProofChanges = {}, of = key) =>
    proofOf(of, 'POST', `${server.origin}/oauth2/token`, { at: clock.now(), ...changes });
  const ask = (dpop: string | undefined) => tokenWithProof(app, grant, dpop);
  const seconds = () => Math.floor(clock.now() / 1000);

  async function expectInvalid(dpop: string, what: string): Promise<void> {
    const { status, body } = await ask(dpop);
    expect({ what, status, ...body }).to.deep.equal({
      what,
      status: 400,
      error: 'invalid_dpop_proof',
      error_description: 'Invalid DPoP Proof',
    });
  }

  it('are good when they are signed by an asymmetric key of whatever kind discovery names', async function () {
    this.timeout(60_000);
    const { body } = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
    const algorithms = body['dpop_signing_alg_values_supported'] as string[];
    expect(algorithms).to.include.members(['ES256', 'PS256', 'RS256', 'EdDSA']);
    // RSA keys take long to make: one for each padding is enough.
    for (const algorithm of algorithms.filter((name) => !/^[PR]S(384|512)$/.test(name))) {
      const { access } = tokensOf(await ask(await proof({}, await dpopKey(algorithm))));
      expect((await app.introspect(access)).body['active'], algorithm).to.equal(true);
    }
  });

  it('count once', async () => {
    const once = await proof();
    tokensOf(await ask(once));
    await expectInvalid(once, 'sent again');
    clock.advance(59_000);
    await expectInvalid(once, 'sent again just before it expires');
  });

  it('count once, of many requests at the same time', async () => {
    const once = await proof();
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(once)));
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
  });

  it('of two keys may have the same jti', async () => {
    const claims = { jti: randomUUID() };
    tokensOf(await ask(await proof({ claims })));
    tokensOf(await ask(await proof({ claims }, await dpopKey())));
  });

  it('that are refused are not used up', async () => {
    const jti = randomUUID();
    await expectInvalid(await proof({ claims: { jti, htm: 'GET' } }), 'htm');
    tokensOf(await ask(await proof({ claims: { jti } })));
  });

  it('are for the method of the request', async () => {
    for (const htm of ['GET', 'PUT', '', 'POST ', null, 7, ['POST']])
      await expectInvalid(await proof({ claims: { htm } }), `htm ${JSON.stringify(htm)}`);
    tokensOf(await ask(await proof({ claims: { htm: 'post' } })));
  });

  it('are for the address of the request', async () => {
    const { origin } = server;
    const others = [
      `${origin}/oauth2/userinfo`,
      `${origin}/oauth2/token/`,
      `${origin}/t/other/oauth2/token`,
      `${origin}`,
      '/oauth2/token',
      'https://evil.example/oauth2/token',
      origin.replace('https://', 'http://').concat('/oauth2/token'),
      origin.replace('localhost', 'localhost.evil.example').concat('/oauth2/token'),
      origin.replace('https://', 'https://user@').concat('/oauth2/token'),
      `${origin}/oauth2%2Ftoken`,
      '',
      null,
      [`${origin}/oauth2/token`],
    ];
    for (const htu of others) await expectInvalid(await proof({ claims: { htu } }), `htu ${JSON.stringify(htu)}`);
  });

  it('may name it with a query, in capitals, encoded, or with the tenant in front', async () => {
    const { origin } = server;
    for (const htu of [
      `${origin}/oauth2/token?a=b#c`,
      `${origin.toUpperCase()}/OAUTH2/token`,
      `${origin}/%6Fauth2/token`,
      `${origin}/x/../oauth2/token`,
      `${origin}/t/carbon.super/oauth2/token`,
    ])
      tokensOf(await ask(await proof({ claims: { htu } })));
  });

  it('of one tenant are none of another', async () => {
    const place = await createTenant(server, 'proofs.example');
    const far = await createApp(server, { place, client: { accessToken: { bindingType: 'DPoP' } } });
    expectError(await tokenWithProof(far, grant, await proof()), 400, 'invalid_dpop_proof', 'Invalid DPoP Proof');
    const there = proofOf(key, 'POST', `${server.origin}/t/proofs.example/oauth2/token`, { at: clock.now() });
    tokensOf(await tokenWithProof(far, grant, await there));
  });

  it('are good for a minute', async () => {
    tokensOf(await ask(await proof({ claims: { iat: seconds() - 59 } })));
    expectError(
      await ask(await proof({ claims: { iat: seconds() - 61 } })),
      400,
      'invalid_dpop_proof',
      'Expired DPoP Proof',
    );
    expectError(
      await ask(await proof({ claims: { exp: seconds() - 1 } })),
      400,
      'invalid_dpop_proof',
      'Expired DPoP Proof',
    );
    tokensOf(await ask(await proof({ claims: { iat: seconds() + 59 } })));
    for (const iat of [seconds() + 62, 1e300, clock.now()])
      await expectInvalid(await proof({ claims: { iat } }), `${iat}`);
    for (const iat of [-1, 0])
      expectError(await ask(await proof({ claims: { iat } })), 400, 'invalid_dpop_proof', 'Expired DPoP Proof');
    for (const iat of ['now', String(seconds()), null, {}])
      await expectInvalid(await proof({ claims: { iat } }), `${iat}`);
  });

  it('need every claim', async () => {
    for (const claim of ['jti', 'htm', 'htu', 'iat'])
      await expectInvalid(await proof({ claims: { [claim]: undefined } }), `no ${claim}`);
    for (const jti of ['', 7, null, ['x'], { a: 1 }]) await expectInvalid(await proof({ claims: { jti } }), 'jti');
  });

  it('are of the type dpop+jwt, and of no other token that is signed', async () => {
    for (const typ of ['JWT', 'at+jwt', 'dpop', undefined])
      await expectInvalid(await proof({ header: { typ } }), `${typ}`);
  });

  it('carry the public key that has signed them, and nothing that is private', async () => {
    const other = await dpopKey();
    await expectInvalid(await proof({ header: { jwk: other.jwk } }), 'the key of somebody else');
    const secret = await exportJWK(key.privateKey);
    await expectInvalid(await proof({ header: { jwk: secret } }), 'a private key');
    for (const member of ['d', 'k', 'p', 'oth'])
      await expectInvalid(await proof({ header: { jwk: { ...key.jwk, [member]: 'AQAB' } } }), member);
    for (const jwk of [undefined, null, 'x', [], {}, { kty: 'EC' }, { kty: 'oct', k: 'AQAB' }, { __proto__: key.jwk }])
      await expectInvalid(await proof({ header: { jwk } }), JSON.stringify(jwk));
    await expectInvalid(await proof({ header: { jwk: undefined, kid: 'mine', jku: 'https://evil.example/' } }), 'jku');
  });

  it('are not signed with a secret, or not at all', async () => {
    const claims = { jti: randomUUID(), htm: 'POST', htu: `${server.origin}/oauth2/token`, iat: seconds() };
    const secret = new Uint8Array(32).fill(1);
    const oct: JWK = { kty: 'oct', k: Buffer.from(secret).toString('base64url') };
    for (const jwk of [oct, key.jwk])
      await expectInvalid(
        await new SignJWT(claims).setProtectedHeader({ typ: 'dpop+jwt', alg: 'HS256', jwk }).sign(secret),
        'HS256',
      );
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const alg of ['none', 'None', 'NONE', ''])
      await expectInvalid(`${part({ typ: 'dpop+jwt', alg, jwk: key.jwk })}.${part(claims)}.`, `alg ${alg}`);
  });

  it('are whole', async () => {
    const [header = '', payload = '', signature = ''] = (await proof()).split('.');
    const wrong = [
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `${header}.${payload}.${signature.slice(2)}`,
      `${header}.${Buffer.from('{}').toString('base64url')}.${signature}`,
      `${header}.${payload}.${signature}.x`,
      '..',
      'x',
      'null',
      'e30.e30.e30',
      `${'a'.repeat(9000)}.b.c`,
    ];
    for (const dpop of wrong) await expectInvalid(dpop, dpop.slice(0, 20));
    expectError(await ask(''), 400, 'invalid_dpop_proof', 'DPoP header is required.');
  });

  it('are alone', async () => {
    const [one, two] = [await proof(), await proof()];
    await expectInvalid(`${one}, ${two}`, 'two in one header');
    const answer = await server.fetch('/oauth2/token', {
      method: 'POST',
      headers: [
        ['authorization', app.basic],
        ['content-type', 'application/x-www-form-urlencoded'],
        ['dpop', one],
        ['dpop', two],
      ],
      body: new URLSearchParams(grant).toString(),
    });
    expect(await answer.json()).to.include({ error: 'invalid_dpop_proof', error_description: 'Invalid DPoP Proof' });
    tokensOf(await ask(one));
  });

  it('are passed over for applications that are not bound by them: the answer says Bearer', async () => {
    const plain = await createApp(server);
    for (const dpop of [await proof(), 'nonsense']) {
      const { access, body } = tokensOf(await tokenWithProof(plain, grant, dpop));
      expect(body.token_type).to.equal('Bearer');
      expect((await plain.introspect(access)).body).not.to.have.any.keys('cnf', 'binding_type');
    }
  });

  it('name their key by its thumbprint, whatever else the key says of itself', async () => {
    const jwk = { ...key.jwk, kid: 'a', use: 'sig', alg: 'ES256', extra: 'x'.repeat(100) };
    const { access } = tokensOf(await ask(await proof({ header: { jwk } })));
    expect((await app.introspect(access)).body['cnf']).to.deep.equal({ jkt: await calculateJwkThumbprint(key.jwk) });
  });
});
