import { expect } from 'chai';
import { generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { assertionClaims, assertionFields, tokenEndpointOf } from '../../../support/client-assertion.js';
import { makeCertificate } from '../../../support/client-certificate.js';
import { heldClock } from '../../../support/held-clock.js';
import { type IssuerKey, issuerKey, KeyEndpoint, MAY_ASK_HERE } from '../../../support/key-endpoint.js';
import {
  type AppOptions,
  createApp,
  createTenant,
  expectError,
  type TestApp,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const grant = { grant_type: 'client_credentials' };
const refusal = 'Client credentials are invalid.';

describe('assertions of clients', () => {
  const clock = heldClock();
  let server: TestServer;
  let key: IssuerKey;
  let app: TestApp;
  before(async () => {
    server = await startTestServer({ clock, toml: MAY_ASK_HERE });
    key = await issuerKey('RS256', 'mine');
    app = await appWith([key]);
  });
  after(() => server?.stop());

  const appWith = (keys: readonly IssuerKey[], options: AppOptions = {}) => {
    const certificate = { type: 'JWKS', value: JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }) };
    const client = { grantTypes: ['client_credentials'], ...options.client };
    return createApp(server, { ...options, client, application: { advancedConfigurations: { certificate } } });
  };
  const claimsOf = (of: TestApp, claims: JWTPayload = {}) =>
    assertionClaims(of.id, tokenEndpointOf(of), claims, clock.now());
  const send = async (assertion: string | Promise<string>, more: Record<string, string> = {}, of = app) =>
    of.send('/oauth2/token', { ...grant, ...assertionFields(await assertion), ...more });
  const signed = (claims: JWTPayload = {}, of = app) => key.sign(claimsOf(of, claims));
  const without = (name: string) => {
    const { [name]: _, ...claims } = claimsOf(app);
    return claims;
  };

  it('an assertion is good for tokens, with the client id beside it or not', async () => {
    tokensOf(await send(signed()));
    tokensOf(await send(signed(), { client_id: app.id }));
    expectError(await send(signed(), { client_id: 'another_client_id' }), 400, 'invalid_request');
  });

  it('it may be made for the issuer, the token, PAR or CIBA endpoint, or the endpoint that is called', async () => {
    const base = server.origin;
    for (const path of ['/oauth2/token', '/oauth2/par', '/oauth2/ciba'])
      tokensOf(await send(signed({ aud: ['https://elsewhere.example', base + path] })));
    const introspect = await signed({ aud: `${base}/oauth2/introspect` });
    const answer = await app.send('/oauth2/introspect', { token: 'x', ...assertionFields(introspect) });
    expect(answer.text).to.equal('{"active":false}');
    const revoke = await signed({ aud: `${base}/oauth2/revoke` });
    expect((await app.send('/oauth2/revoke', { token: 'x', ...assertionFields(revoke) })).status).to.equal(200);
  });

  it('an assertion for another server, another endpoint or nobody is refused', async () => {
    const audiences = ['https://evil.example/oauth2/token', server.origin, `${server.origin}/oauth2/revoke`, '', []];
    for (const aud of audiences) expectError(await send(signed({ aud })), 401, 'invalid_client', refusal);
    expectError(await send(key.sign(without('aud'))), 401, 'invalid_client', refusal);
  });

  it('an assertion counts once, on every node', async () => {
    const other = await startTestServer({ clock, beside: server, toml: MAY_ASK_HERE });
    try {
      const assertion = await signed({ aud: [tokenEndpointOf(app), `${other.origin}/oauth2/token`] });
      const there = new (app.constructor as typeof TestApp)(other, app.place, app.application, app.client, app.secret);
      const answers = await Promise.all([send(assertion), send(assertion), send(assertion, {}, there)]);
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 401, 401]);
      expectError(await send(assertion), 401, 'invalid_client', refusal);
    } finally {
      await other.stop();
    }
  });

  it('an application that may use assertions again can', async () => {
    const again = await appWith([key], {
      client: { clientAuthentication: { tokenEndpointAllowReusePvtKeyJwt: true } },
    });
    const assertion = await signed({}, again);
    tokensOf(await send(assertion, {}, again));
    tokensOf(await send(assertion, {}, again));
  });

  it('the same jti of another client is another assertion', async () => {
    const second = await appWith([key]);
    tokensOf(await send(signed({ jti: 'one' })));
    tokensOf(await send(signed({ jti: 'one' }, second), {}, second));
  });

  it('times count: it ends, begins, is not from the future, and is not for ever', async () => {
    const now = Math.floor(clock.now() / 1000);
    for (const claims of [{ exp: now - 1 }, { exp: now }, { nbf: now + 60 }, { iat: now + 60 }, { exp: now + 7200 }])
      expectError(await send(signed({ iat: now, exp: now + 60, ...claims })), 401, 'invalid_client', refusal);
    tokensOf(await send(signed({ iat: now, nbf: now, exp: now + 60 })));
    tokensOf(await send(signed({ exp: now + 3500 })));
    const late = await signed({ exp: now + 60 });
    clock.advance(61_000);
    expectError(await send(late), 401, 'invalid_client', refusal);
  });

  it('claims that have to be there, and whose they have to be', async () => {
    for (const name of ['iss', 'sub', 'exp', 'jti']) {
      const claims = { ...claimsOf(app), [name]: undefined } as JWTPayload;
      expectError(await send(key.sign(claims)), 401, 'invalid_client', refusal);
    }
    const odd: object[] = [
      { iss: 'x' },
      { jti: '' },
      { jti: 7 },
      { jti: 'x'.repeat(1025) },
      { exp: '9999999999' },
      { iat: 'x' },
      { sub: 5 },
    ];
    for (const claims of odd) expectError(await send(signed(claims as JWTPayload)), 401, 'invalid_client', refusal);
  });

  it('the key of another client is no good, nor an assertion about another client', async () => {
    const theirs = await issuerKey('RS256', 'mine');
    const other = await appWith([theirs]);
    expectError(await send(theirs.sign(claimsOf(app))), 401, 'invalid_client', refusal);
    expectError(await send(key.sign(claimsOf(other)), {}, other), 401, 'invalid_client', refusal);
    expectError(await send(theirs.sign(claimsOf(app, { iss: other.id }))), 401, 'invalid_client', refusal);
  });

  it('a key that the assertion brings along or names in the header does not count', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'mine' };
    for (const header of [
      { jwk },
      { kid: '../../mine' },
      { kid: "' OR 1=1 --" },
      { jku: 'https://evil.example/k' },
      { kid: 'mine', x5u: 'https://evil.example' },
    ]) {
      const jwt = new SignJWT(claimsOf(app)).setProtectedHeader({ alg: 'RS256', ...header } as { alg: string });
      expectError(await send(jwt.sign(privateKey)), 401, 'invalid_client', refusal);
    }
  });

  it('a public key is no shared secret, and an unsigned assertion is none', async () => {
    const certificate = await makeCertificate('CN=client');
    const byCertificate = await createApp(server, {
      client: { grantTypes: ['client_credentials'] },
      application: { advancedConfigurations: { certificate: { type: 'PEM', value: certificate.cert } } },
    });
    const claims = claimsOf(byCertificate);
    tokensOf(
      await send(
        new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(certificate.keys.privateKey),
        {},
        byCertificate,
      ),
    );
    for (const secret of [certificate.cert, byCertificate.client.clientSecrets[0]?.value ?? '', byCertificate.secret]) {
      const jwt = new SignJWT(claimsOf(byCertificate)).setProtectedHeader({ alg: 'HS256' });
      const forged = await jwt.sign(new TextEncoder().encode(secret));
      expectError(await send(forged, {}, byCertificate), 401, 'invalid_client');
      expectError(await send(forged, { client_id: byCertificate.id }, byCertificate), 401, 'invalid_client');
    }
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const alg of ['none', 'None', 'NONE', 'nOnE', ''])
      expectError(await send(`${part({ alg })}.${part(claimsOf(app))}.`), 401, 'invalid_client', refusal);
  });

  it('the algorithm that the application names is the only one', async () => {
    const curve = await issuerKey('ES256', 'curve');
    const pss = await appWith([{ ...key, jwk: { ...key.jwk } }, curve], {
      client: { clientAuthentication: { tokenEndpointAuthSigningAlg: 'ES256' } },
    });
    tokensOf(await send(curve.sign(claimsOf(pss)), {}, pss));
    expectError(await send(key.sign(claimsOf(pss)), {}, pss), 401, 'invalid_client', refusal);
    const published = await appWith([key], {
      client: { clientAuthentication: { tokenEndpointAuthSigningAlg: 'SHA256withRSA' } },
    });
    tokensOf(await send(signed({}, published), {}, published));
  });

  it('algorithms that the server does not take are refused', async () => {
    const long = await issuerKey('RS512', 'long');
    const third = await appWith([long]);
    expectError(await send(long.sign(claimsOf(third)), {}, third), 401, 'invalid_client', refusal);
  });

  it('garbage and giants are refused', async () => {
    for (const assertion of [
      'x',
      '..',
      'a.b.c',
      `${await signed()}x`,
      'x'.repeat(20_000),
      await signed({ pad: 'x'.repeat(20_000) }),
    ])
      expectError(await send(assertion), 401, 'invalid_client', refusal);
    const fields = { ...grant, client_id: app.id, client_assertion: await signed() };
    for (const type of ['', 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer'])
      expectError(
        await app.send('/oauth2/token', { ...fields, client_assertion_type: type }),
        401,
        'invalid_client',
        'Unsupported Client Authentication Method!',
      );
  });

  it('keys at an address are fetched; one that does not answer refuses the client', async () => {
    const endpoint = await KeyEndpoint.start(key.jwk);
    try {
      const client = { grantTypes: ['client_credentials'], registration: { jwks_uri: endpoint.url } };
      const remote = await createApp(server, { client });
      tokensOf(await send(signed({}, remote), {}, remote));
      const inner = await createApp(server, {
        client: { ...client, registration: { jwks_uri: 'https://192.168.0.1/k' } },
      });
      expectError(await send(signed({}, inner), {}, inner), 401, 'invalid_client', refusal);
    } finally {
      endpoint.stop();
    }
  });

  it('in a tenant the names are those of the tenant', async () => {
    const place = await createTenant(server, 'assertions.example');
    const there = await appWith([key], { place });
    tokensOf(await send(signed({}, there), {}, there));
    const elsewhere = signed({ aud: `${server.origin}/oauth2/token` }, there);
    expectError(await send(elsewhere, {}, there), 401, 'invalid_client', refusal);
  });
});

it('clocks of clients may be off as far as the operator allows', async () => {
  const clock = heldClock();
  const server = await startTestServer({ clock, toml: '[oauth]\ntimestamp_skew = "2m"' });
  try {
    const key = await issuerKey('RS256');
    const certificate = { type: 'JWKS', value: JSON.stringify({ keys: [key.jwk] }) };
    const app = await createApp(server, { application: { advancedConfigurations: { certificate } } });
    const now = Math.floor(clock.now() / 1000);
    const status = async (claims: JWTPayload) => {
      const assertion = await key.sign(assertionClaims(app.id, tokenEndpointOf(app), claims, clock.now()));
      return (await app.send('/oauth2/token', { ...grant, ...assertionFields(assertion) })).status;
    };
    expect(await status({ exp: now - 60 })).to.equal(200);
    expect(await status({ iat: now + 60, nbf: now + 60 })).to.equal(200);
    expect(await status({ exp: now - 121 })).to.equal(401);
    expect(await status({ iat: now + 121 })).to.equal(401);
  } finally {
    await server.stop();
  }
});
