import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { AuditLogToken } from '#core/audit';
import { DatabaseToken } from '#core/persistence';
import {
  CHALLENGE,
  createApp,
  createUser,
  type TestApp,
  tokensOf,
  USER_PASSWORD,
  VERIFIER,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor } from '../../support/visitor.js';

describe('access tokens', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice', { emailaddress: ['alice@example.com'], givenname: ['Alice'] });
  });
  after(() => server?.stop());

  const keys = async () => (await server.api<JSONWebKeySet>('GET', '/oauth2/jwks')).body;

  describe('of type JWT', () => {
    let app: TestApp;
    before(async () => {
      const client = {
        accessToken: { type: 'JWT' },
        grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
      };
      app = await createApp(server, { client, claims: ['emailaddress', 'givenname'] });
    });

    it('are signed by a key of the JWKS and typed at+jwt', async () => {
      const { access } = await app.tokens('alice');
      const header = decodeProtectedHeader(access);
      expect(header).to.include({ alg: 'RS256', typ: 'at+jwt' });
      expect(header['kid']).to.match(/_RS256$/);
      expect(header['x5t#S256']).to.match(/^[\w-]{43}$/);
      await jwtVerify(access, createLocalJWKSet(await keys()), { typ: 'at+jwt', audience: app.id });
    });

    it('tell for whom, from whom and for how long', async () => {
      const { access, id, body } = await app.tokens('alice', { scope: 'openid profile' });
      const { iat = 0, jti, ...claims } = decodeJwt(access);
      expect(jti).to.match(/^[0-9a-f-]{36}$/);
      expect(claims).to.deep.equal({
        iss: `${server.origin}/oauth2/token`,
        sub: decodeJwt(id).sub,
        aud: app.id,
        client_id: app.id,
        azp: app.id,
        nbf: iat,
        exp: iat + (body.expires_in ?? 0),
        scope: 'openid profile',
        aut: 'APPLICATION_USER',
        org_id: app.place.orgId,
        org_name: 'Super',
        org_handle: 'carbon.super',
        user_org: app.place.orgId,
      });
    });

    it('name further audiences behind the client', async () => {
      const wide = await createApp(server, {
        client: { accessToken: { type: 'JWT' }, idToken: { audience: ['https://api.example'] } },
      });
      expect(decodeJwt((await wide.tokens('alice')).access).aud).to.deep.equal([wide.id, 'https://api.example']);
    });

    it('attributes never take the place of standard claims', async () => {
      const client = {
        accessToken: { type: 'JWT', accessTokenAttributes: ['sub', 'iss', 'aud', 'scope', '__proto__'] },
      };
      const attributed = await createApp(server, { client });
      const claims = decodeJwt((await attributed.tokens('alice')).access);
      expect(claims).to.include({ aud: attributed.id, scope: 'openid', iss: `${server.origin}/oauth2/token` });
    });

    it('with a changed signature, payload or algorithm are inactive', async () => {
      const { access } = await app.tokens('alice');
      const [head = '', payload = '', signature = ''] = access.split('.');
      const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const header = decodeProtectedHeader(access);
      for (const forged of [
        `${head}.${payload}.${signature.slice(0, -4)}AAAA`,
        `${head}.${encode({ ...decodeJwt(access), scope: 'everything' })}.${signature}`,
        `${encode({ ...header, alg: 'none' })}.${payload}.`,
        `${encode({ ...header, alg: 'HS256' })}.${payload}.${signature}`,
        `${encode({ ...header, kid: '../../x' })}.${payload}.${signature}`,
        `${head}.${payload}.`,
      ])
        expect(await app.isActive(forged), forged.slice(0, 40)).to.equal(false);
      expect(await app.isActive(access)).to.equal(true);
    });

    it('are not interchangeable with ID tokens', async () => {
      const { id, access } = await app.tokens('alice');
      expect(await app.isActive(id)).to.equal(false);
      expect((await app.userinfo(id)).status).to.equal(401);
      const logout = await new Visitor(server).get(`/oidc/logout?${new URLSearchParams({ id_token_hint: access })}`);
      expect(logout.location?.searchParams.get('oauthErrorCode')).to.equal('access_denied');
    });
  });

  it('of type Default are opaque, each one new', async () => {
    const app = await createApp(server);
    const [one, other] = [await app.tokens('alice'), await app.tokens('alice')];
    expect(one.access)
      .to.match(/^[\w-]{43}$/)
      .and.not.equal(other.access);
    expect(await app.isActive(one.access)).to.equal(true);
  });

  it('an access token type that is not there fails the request, not the server', async () => {
    const app = await createApp(server, { client: { accessToken: { type: 'carved-in-stone' } } });
    const answer = await app.redeem(await app.code('alice'));
    expect(answer.status).to.equal(500);
    expect(answer.body.error).to.equal('server_error');
    expect(answer.text).not.to.contain('at ');
  });
});

it('neither tokens, codes, secrets, passwords nor session keys are stored or logged in the clear', async function () {
  this.timeout(60_000);
  const server = await startTestServer({ database: 'sqlite' });
  try {
    await createUser(server, 'alice');
    const secrets: Record<string, string> = { password: USER_PASSWORD };
    for (const type of ['Default', 'JWT']) {
      const app = await createApp(server, {
        client: { accessToken: { type }, grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'] },
      });
      const visitor = new Visitor(server);
      const open = await app.code('alice', {}, visitor);
      const code = await app.code(
        'alice',
        { code_challenge: CHALLENGE, code_challenge_method: 'S256', nonce: 'n' },
        visitor,
      );
      const first = tokensOf(await app.redeem(code, { code_verifier: VERIFIER }));
      const second = tokensOf(await app.refresh(first.refresh));
      const machine = tokensOf(await app.token({ grant_type: 'client_credentials' }));
      Object.assign(secrets, {
        [`${type} secret`]: app.secret,
        [`${type} open code`]: open,
        [`${type} used code`]: code,
        [`${type} access`]: first.access,
        [`${type} refreshed access`]: second.access,
        [`${type} refresh`]: first.refresh,
        [`${type} rotated refresh`]: second.refresh,
        [`${type} machine`]: machine.access,
        [`${type} session`]: visitor.cookie('commonAuthId') ?? '',
      });
    }
    await server.server.container.get(DatabaseToken).sql.run('PRAGMA wal_checkpoint(TRUNCATE)', []);
    await server.server.container.get(AuditLogToken).verify();
    const { halt } = server;
    await halt.call(server);
    const { readdirSync } = await import('node:fs');
    const files = readdirSync(server.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = files.map(({ parentPath, name }) => ({ name, text: readFileSync(join(parentPath, name), 'latin1') }));
    expect(texts.some(({ text }) => text.startsWith('SQLite format 3'))).to.equal(true);
    texts.push({ name: 'the log', text: JSON.stringify(server.logs) });
    for (const [what, secret] of Object.entries(secrets)) {
      expect(secret.length, what).to.be.greaterThan(10);
      const needles = secret.split('.').length === 3 ? [secret, secret.split('.')[2] as string] : [secret];
      for (const { name, text } of texts)
        for (const needle of needles) expect(text.includes(needle), `${what} in ${name}`).to.equal(false);
    }
  } finally {
    await server.stop();
  }
});
