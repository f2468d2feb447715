import { createHash, X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { decodeJwt, type JSONWebKeySet } from 'jose';
import { createApp, createTenant, createUser } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const WELL_KNOWN = '.well-known/openid-configuration';

describe('discovery', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  it('says what is there, the same at both addresses', async () => {
    const { body, headers, status } = await server.api('GET', `/oauth2/token/${WELL_KNOWN}`);
    expect(status).to.equal(200);
    expect(headers.get('cache-control')).to.equal('public, max-age=300');
    expect(body).to.deep.include({
      issuer: `${server.origin}/oauth2/token`,
      authorization_endpoint: `${server.origin}/oauth2/authorize`,
      token_endpoint: `${server.origin}/oauth2/token`,
      userinfo_endpoint: `${server.origin}/oauth2/userinfo`,
      introspection_endpoint: `${server.origin}/oauth2/introspect`,
      revocation_endpoint: `${server.origin}/oauth2/revoke`,
      jwks_uri: `${server.origin}/oauth2/jwks`,
      end_session_endpoint: `${server.origin}/oidc/logout`,
      code_challenge_methods_supported: ['S256', 'plain'],
      authorization_response_iss_parameter_supported: true,
    });
    expect(body['response_types_supported']).to.include.members([
      'code',
      'token',
      'id_token',
      'id_token token',
      'code token',
      'code id_token',
      'code id_token token',
      'none',
    ]);
    expect(body['response_modes_supported']).to.have.members([
      'query',
      'fragment',
      'form_post',
      'jwt',
      'query.jwt',
      'fragment.jwt',
      'form_post.jwt',
    ]);
    expect(body['authorization_signing_alg_values_supported']).to.deep.equal(['RS256', 'PS256', 'ES256']);
    expect(body['grant_types_supported']).to.include.members([
      'authorization_code',
      'refresh_token',
      'client_credentials',
    ]);
    expect(body['token_endpoint_auth_methods_supported']).to.include.members([
      'client_secret_basic',
      'client_secret_post',
      'none',
    ]);
    expect(body['introspection_endpoint_auth_methods_supported']).not.to.include('none');
    expect(body['scopes_supported']).to.include.members([
      'openid',
      'profile',
      'email',
      'address',
      'phone',
      'groups',
      'roles',
    ]);
    expect((await server.api('GET', `/oauth2/oidcdiscovery/${WELL_KNOWN}`)).body).to.deep.equal(body);
    expect(Object.values(body)).not.to.include(null);
  });

  it('names only endpoints that answer', async () => {
    const { body } = await server.api('GET', `/oauth2/token/${WELL_KNOWN}`);
    for (const [name, url] of Object.entries(body)) {
      if (!/_endpoint$|_uri$/.test(name)) continue;
      const path = String(url).replace(server.origin, '');
      const [get, post] = [await server.fetch(path), await server.fetch(path, { method: 'POST' })];
      expect(
        [get.status, post.status].some((status) => status !== 404 && status !== 405),
        name,
      ).to.equal(true);
      await Promise.all([get.text(), post.text()]);
    }
  });

  it('any other first segment is 400 with a text', async () => {
    const response = await server.fetch(`/oauth2/elsewhere/${WELL_KNOWN}`);
    expect(response.status).to.equal(400);
    expect(response.headers.get('content-type')).to.match(/^text\/plain/);
    const text = 'Invalid path to the discovery document. Received path : elsewhere is not resolvable';
    expect(await response.text()).to.equal(text);
  });

  it('[O29] below /t/x every URL starts with /t/x/, and issuer equals iss of tokens', async () => {
    const tenant = await createTenant(server, 'disco.example');
    await createUser(server, 'carol', {}, tenant);
    const app = await createApp(server, { place: tenant, client: { accessToken: { type: 'JWT' } } });
    const { body } = await server.api('GET', `/t/disco.example/oauth2/token/${WELL_KNOWN}`);
    const urls = Object.values(body).filter((value) => typeof value === 'string');
    expect(urls).to.have.length.greaterThan(7);
    for (const url of urls) expect(url).to.match(new RegExp(`^${server.origin}/t/disco\\.example/`));
    const { id, access } = await app.tokens('carol');
    expect(decodeJwt(id).iss).to.equal(body['issuer']);
    expect(decodeJwt(access).iss).to.equal(body['issuer']);
    const ours = (await server.api<JSONWebKeySet>('GET', '/oauth2/jwks')).body.keys.map(({ kid }) => kid);
    const theirs = (await server.api<JSONWebKeySet>('GET', '/t/disco.example/oauth2/jwks')).body.keys.map(
      ({ kid }) => kid,
    );
    expect(theirs.filter((kid) => ours.includes(kid))).to.deep.equal([]);
  });

  it('below a tenant that is not there or switched off there is nothing', async () => {
    for (const path of ['/t/nowhere.example', '/t/', '/o/00000000-0000-0000-0000-000000000000', '/t/..%2f', '/t/%00'])
      expect((await server.api('GET', `${path}/oauth2/token/${WELL_KNOWN}`)).status).to.equal(404);
  });

  it('the keys are public, with certificate and the kid that names it', async () => {
    const { body, headers } = await server.api<JSONWebKeySet>('GET', '/oauth2/jwks');
    expect(headers.get('cache-control')).to.equal('public, max-age=300');
    for (const key of body.keys) {
      expect(key).to.include({ use: 'sig' });
      expect(key).not.to.have.any.keys('d', 'p', 'q', 'dp', 'dq', 'qi');
      const certificate = new X509Certificate(Buffer.from(key.x5c?.[0] ?? '', 'base64'));
      const hash = createHash('sha256').update(certificate.raw);
      expect(key['x5t#S256']).to.equal(hash.copy().digest('base64url'));
      expect(key.kid).to.equal(`${Buffer.from(hash.digest('hex')).toString('base64url')}_${key.alg}`);
    }
    expect(body.keys.map(({ alg }) => alg)).to.have.members(['RS256', 'PS256', 'ES256']);
  });

  it('scripts of origins that an application allows may read, others may not', async () => {
    await createApp(server, { client: { allowedOrigins: ['https://spa.example'] } });
    const ask = async (origin: string, path: string) => {
      const response = await server.fetch(path, { headers: { origin } });
      await response.text();
      return [response.status, response.headers.get('access-control-allow-origin')];
    };
    for (const path of [`/oauth2/token/${WELL_KNOWN}`, '/oauth2/jwks']) {
      expect(await ask('https://spa.example', path)).to.deep.equal([200, 'https://spa.example']);
      for (const origin of ['https://evil.example', 'https://spa.example.evil.example', 'http://spa.example', 'null'])
        expect(await ask(origin, path)).to.deep.equal([403, null]);
    }
  });
});
