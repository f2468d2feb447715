import { expect } from 'chai';
import { CompactEncrypt, decodeJwt, importJWK, type JWTPayload, SignJWT } from 'jose';
import { MAY_ASK_HERE } from '../../../support/key-endpoint.js';
import {
  createApp,
  createTenant,
  createUser,
  expectError,
  type TestApp,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { TrustedIssuer } from '../../../support/trusted-issuer.js';

const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const grantTypes = [grant_type, 'authorization_code', 'refresh_token'];
const now = () => Math.floor(Date.now() / 1000);

describe('the JWT bearer grant', () => {
  let server: TestServer;
  let app: TestApp;
  let partner: TrustedIssuer;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ toml: `${MAY_ASK_HERE}\n[oauth.jwt]\nmaximum_allowed_depth = 10` });
    partner = await TrustedIssuer.start(server, 'partner');
    await createUser(server, 'own');
    app = await createApp(server, { client: { grantTypes }, claims: ['emailaddress'] });
  });
  after(async () => {
    partner?.stop();
    await server?.stop();
  });

  const present = (assertion: string, more = {}, of = app) => of.token({ grant_type, assertion, ...more });
  const refusal = async (claims: JWTPayload, text: string, header = {}) =>
    expectError(await present(await partner.sign(claims, header)), 400, 'invalid_grant', text);

  it('[G10] gives tokens for the user whom a trusted issuer vouches for', async () => {
    const { access, refresh, id } = tokensOf(
      await present(await partner.sign({ email: 'out@partner.example' }), { scope: 'openid email' }),
    );
    expect((await app.introspect(access)).body).to.include({ active: true, sub: 'outsider', aut: 'APPLICATION_USER' });
    expect(decodeJwt(id))
      .to.include({ sub: 'outsider', email: 'out@partner.example' })
      .and.not.have.property('user_org');
    expect((await app.userinfo(access)).body).to.deep.equal({ sub: 'outsider', email: 'out@partner.example' });
    const again = tokensOf(await app.refresh(refresh));
    expect(decodeJwt(again.id).sub).to.equal('outsider');
  });

  it('keeps what else the assertion says to itself unless openid is asked', async () => {
    const attributes = await createApp(server, {
      client: { grantTypes, accessToken: { type: 'JWT', accessTokenAttributes: ['email'] } },
    });
    const assertion = () => partner.sign({ email: 'out@partner.example' });
    const { access } = tokensOf(await present(await assertion(), {}, attributes));
    expect(decodeJwt(access)).not.to.have.property('email');
    const { access: open } = tokensOf(await present(await assertion(), { scope: 'openid' }, attributes));
    expect(decodeJwt(open)['email']).to.equal('out@partner.example');
  });

  it('[G10] refuses what is incomplete, of nobody known, for somebody else or too late, with the texts of the contract', async () => {
    const mandatory =
      'Mandatory fields(Issuer, Subject, Expiration time or Audience) are empty in the given JSON Web Token.';
    await refusal({ sub: undefined } as never, mandatory);
    await refusal({ aud: undefined } as never, mandatory);
    await refusal({ exp: undefined } as never, mandatory);
    await refusal({ iss: '' }, mandatory);
    await refusal({ iss: 'https://nobody' }, 'No Registered IDP found for the JWT with issuer name : https://nobody');
    await refusal(
      { aud: 'somebody-else', exp: now() - 10 },
      `None of the audience values matched the tokenEndpoint Alias ${partner.alias}`,
    );
    await refusal({ exp: now() - 10 }, 'The JSON Web Token is expired.');
    await refusal({ nbf: now() + 60 }, 'The JSON Web Token is not good yet: its nbf lies in the future.');
    await refusal({ iat: now() + 60 }, 'The JSON Web Token is not good yet: its iat lies in the future.');
    await refusal(
      { iat: now() - 31 * 60 },
      'The JSON Web Token was issued more than 30 minutes ago, which is not allowed.',
    );
    tokensOf(await present(await partner.sign({ iat: now() - 29 * 60, aud: ['x', partner.alias] })));
  });

  it('takes nothing that the issuer has not signed', async () => {
    const text = 'Signature or Message Authentication invalid.';
    const [header, claims, signature] = (await partner.sign()).split('.') as [string, string, string];
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const other = part({ iss: partner.issuer, sub: 'admin', aud: partner.alias, exp: now() + 60 });
    const kid = 'partner-key';
    const forged = [
      `${header}.${other}.${signature}`,
      `${part({ alg: 'none' })}.${claims}.`,
      `${part({ alg: 'none', kid })}.${claims}.${signature}`,
      await new SignJWT({ iss: partner.issuer, sub: 'x', aud: partner.alias, exp: now() + 60 })
        .setProtectedHeader({ alg: 'HS256', kid })
        .sign(new TextEncoder().encode(JSON.stringify(partner.key.jwk))),
      `${part({ alg: 'RS256', kid, jwk: partner.key.jwk, jku: 'https://evil.example/jwks' })}.${claims}.${signature}`,
      `${part({ alg: 'RS256', kid: "../../dev/null' OR 1=1" })}.${claims}.${signature}`,
      `${part({ alg: 'RS256', kid, crit: ['x'], x: 1 })}.${claims}.${signature}`,
    ];
    for (const assertion of forged) expectError(await present(assertion), 400, 'invalid_grant', text);
    for (const typ of ['logout+jwt', 'dpop+jwt', 'rt+jwt'])
      await refusal({}, 'The JSON Web Token was made for another purpose (typ).', { typ });
  });

  it('does not look at what is huge or deep', async () => {
    let deep: unknown = 1;
    for (let level = 0; level < 12; level++) deep = { deep };
    await refusal({ deep }, 'The JSON Web Token is nested deeper than 10 levels.');
    const braces = Buffer.from(`{"iss":"x","a":"${'{'.repeat(50)}\\"["}`).toString('base64url');
    const inText = await present(`${Buffer.from('{}').toString('base64url')}.${braces}.x`);
    expect(inText.body.error_description).to.match(/^Mandatory fields/);
    await refusal({ padding: 'x'.repeat(20_000) }, 'The JSON Web Token is longer than 16384 characters.');
    await refusal(
      { sub: 'x'.repeat(256) },
      'The subject of the JSON Web Token is longer than 255 characters or no name.',
    );
    await refusal({ sub: 'a\0b' }, 'The subject of the JSON Web Token is longer than 255 characters or no name.');
  });

  it('decrypts what is encrypted for the organization', async () => {
    const { keys } = (await server.api<{ keys: { alg: string }[] }>('GET', '/oauth2/jwks')).body;
    const jwk = keys.find(({ alg }) => alg === 'RS256') ?? {};
    const key = await importJWK({ ...jwk, use: 'enc', alg: 'RSA-OAEP-256' }, 'RSA-OAEP-256');
    const nested = await new CompactEncrypt(new TextEncoder().encode(await partner.sign()))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT' })
      .encrypt(key);
    tokensOf(await present(nested));
    expectError(await present(`${nested.slice(0, -4)}AAAA`), 400, 'invalid_grant');
  });

  it('does not trust an issuer that is disabled, nor in another tenant', async () => {
    const gone = await TrustedIssuer.start(server, 'gone');
    const place = await createTenant(server, 'elsewhere.example');
    const there = await createApp(server, { place, client: { grantTypes } });
    const unknown = `No Registered IDP found for the JWT with issuer name : ${gone.issuer}`;
    try {
      const { refresh } = tokensOf(await present(await gone.sign()));
      expectError(await present(await gone.sign(), {}, there), 400, 'invalid_grant', unknown);
      await server.api('PATCH', `/api/server/v1/identity-providers/${gone.id}`, [
        { operation: 'REPLACE', path: '/isEnabled', value: false },
      ]);
      expectError(await present(await gone.sign()), 400, 'invalid_grant', unknown);
      expectError(await app.refresh(refresh), 400, 'invalid_grant');
    } finally {
      gone.stop();
    }
  });

  describe('with assertions of this server', () => {
    const issuer = () => `${server.origin}/oauth2/token`;
    const source = (claims: object = {}) =>
      createApp(server, {
        client: { accessToken: { type: 'JWT' }, idToken: { audience: [issuer()] } },
        application: claims as Record<string, unknown>,
      });

    it('gives tokens for the user of an access token or ID token that is meant for it', async () => {
      const { access, id } = await (await source()).tokens('own');
      for (const assertion of [access, id]) {
        const { access: mine } = tokensOf(await present(assertion, { scope: 'openid' }));
        expect((await app.introspect(mine)).body['username']).to.equal('own');
      }
    });

    it('refuses a token that was revoked, that is for others, or that is no assertion', async () => {
      const from = await source();
      const { access, refresh } = await from.tokens('own');
      await from.revoke(refresh);
      expectError(await present(access), 400, 'invalid_grant', 'The access token is not active any more.');
      const plain = await createApp(server, { client: { accessToken: { type: 'JWT' } } });
      expectError(
        await present((await plain.tokens('own')).access),
        400,
        'invalid_grant',
        `None of the audience values matched the tokenEndpoint Alias ${issuer()}`,
      );
      expectError(await present(refresh), 400, 'invalid_grant', 'The assertion is not a signed JSON Web Token.');
      const machine = tokensOf(await from.token({ grant_type: 'client_credentials' }));
      expectError(await present(machine.access), 400, 'invalid_grant');
    });

    it('gives no more scopes than the token had', async () => {
      const { access } = await (await source()).tokens('own', { scope: 'openid' });
      expectError(await present(access, { scope: 'openid email' }), 400, 'invalid_scope');
    });

    it('does not take the subject of an ID token for a user when the user could have chosen it', async () => {
      const victim = await createUser(server, 'victim');
      await createUser(server, 'thief', { nickname: [victim.id] });
      const from = await source({
        claimConfiguration: { subject: { claim: { uri: 'http://wso2.org/claims/nickname' } } },
      });
      const { id, access } = await from.tokens('thief');
      expect(decodeJwt(id).sub).to.equal(victim.id);
      expectError(await present(id), 400, 'invalid_grant');
      const { access: mine } = tokensOf(await present(access));
      expect((await app.introspect(mine)).body['username']).to.equal('thief');
    });

    it('does not take a federated subject for the user who has the same name here', async () => {
      const victim = await createUser(server, 'namesake');
      const from = await createApp(server, {
        client: { grantTypes, idToken: { audience: [issuer()] }, accessToken: { type: 'JWT' } },
      });
      const { id, access } = tokensOf(await present(await partner.sign({ sub: victim.id }), { scope: 'openid' }, from));
      expectError(await present(id), 400, 'invalid_grant');
      const { access: mine } = tokensOf(await present(access));
      expect((await app.introspect(mine)).body['username'])
        .to.equal(victim.id)
        .and.not.equal('namesake');
    });
  });
});

describe('the JWT bearer grant, set otherwise', () => {
  let server: TestServer;
  let app: TestApp;
  let partner: TrustedIssuer;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({
      toml: `${MAY_ASK_HERE}
[oauth.grant_type.jwt]
enable_iat_validation = false
enable_jwt_cache = true
[oauth.grant_type.jwt_bearer]
allow_refresh_tokens = false
allow_public_client = false`,
    });
    partner = await TrustedIssuer.start(server, 'partner');
    app = await createApp(server, { client: { grantTypes } });
  });
  after(async () => {
    partner?.stop();
    await server?.stop();
  });

  const present = (assertion: string, of = app) => of.token({ grant_type, assertion });

  it('takes an assertion once, however old, and gives no refresh token', async () => {
    const assertion = await partner.sign({ jti: 'one', iat: now() - 86_400 });
    expect(tokensOf(await present(assertion)).refresh).to.equal('');
    const text = 'The JSON Web Token with the jti one has been used before.';
    expectError(await present(assertion), 400, 'invalid_grant', text);
    expectError(await present(await partner.sign({ jti: 'one', sub: 'x' })), 400, 'invalid_grant', text);
    tokensOf(await present(await partner.sign({ jti: 'two' })));
    expectError(await present(await partner.sign()), 400, 'invalid_grant');
  });

  it('lets only one of many at once use an assertion', async () => {
    const assertion = await partner.sign({ jti: 'race' });
    const answers = await Promise.all(Array.from({ length: 8 }, () => present(assertion)));
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
  });

  it('is not for public clients when the operator says so', async () => {
    const spa = await createApp(server, { client: { grantTypes, publicClient: true } });
    expectError(await present(await partner.sign({ jti: 'spa' }), spa), 400, 'unauthorized_client');
  });
});
