import { expect } from 'chai';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { createApp, createTenant, createUser, type TestApp, tokensOf } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const local = (name: string) => `http://wso2.org/claims/${name}`;

describe('token_string of introspection', function () {
  this.timeout(30_000);
  let server: TestServer;
  let app: TestApp;
  let resource: TestApp;
  before(async () => {
    server = await startTestServer({
      toml: '[oauth.introspection]\nenable_token_string = true\n[oauth.introspect]\nallow_cross_tenant = true',
    });
    await createUser(server, 'alice', { emailaddress: ['alice@example.com'], givenname: ['Alice'], country: ['LK'] });
    app = await createApp(server, { claims: ['emailaddress', 'givenname'] });
    resource = await createApp(server);
  });
  after(() => server?.stop());

  const ask = (token: string, required_claims: string, by = resource) =>
    by.send<Record<string, unknown>>('/oauth2/introspect', { token, required_claims }, { authorization: by.basic });
  const askedFor = async (token: string, required: string, by = resource) => {
    const { body, text } = await ask(token, required, by);
    expect(body['active'], text).to.equal(true);
    const { iss, sub, aud, client_id, jti, iat, exp, ...claims } = decodeJwt(String(body['token_string']));
    return { claims, about: { iss, sub, aud, client_id, jti }, lifetime: Number(exp) - Number(iat) };
  };

  it('is signed by the organization for the one who asks, with the claims asked for', async () => {
    const { access, id } = await app.tokens('alice', { scope: 'openid profile email' });
    const { claims, about, lifetime } = await askedFor(access, 'email, given_name');
    expect(claims).to.deep.equal({ email: 'alice@example.com', given_name: 'Alice' });
    const { iss, sub } = decodeJwt(id);
    expect(about).to.deep.include({ iss, sub, aud: resource.id, client_id: app.id });
    expect(lifetime).to.equal(900);
    const { body } = await ask(access, 'email');
    const jwks = (await (await server.fetch('/oauth2/jwks')).json()) as JSONWebKeySet;
    const text = String(body['token_string']);
    await jwtVerify(text, createLocalJWKSet(jwks), { audience: resource.id, typ: 'user-context+jwt' });
    expect(decodeProtectedHeader(text)).to.include({ alg: 'RS256', typ: 'user-context+jwt' });
  });

  it('takes local claim URIs too', async () => {
    const { access } = await app.tokens('alice', { scope: 'openid profile email' });
    expect((await askedFor(access, local('emailaddress'))).claims).to.deep.equal({ email: 'alice@example.com' });
  });

  it('tells no more than the application of the token may know', async () => {
    const all = `email,given_name,country,address,${local('country')},${local('userid')},roles,groups`;
    const { access } = await app.tokens('alice', { scope: 'openid profile email address' });
    expect((await askedFor(access, all)).claims, 'what it asks for').to.deep.equal({
      ...{ email: 'alice@example.com', given_name: 'Alice' },
    });
    const narrow = await app.tokens('alice', { scope: 'openid profile' });
    expect((await askedFor(narrow.access, all)).claims, 'within its scopes').to.deep.equal({ given_name: 'Alice' });
    const plain = await app.tokens('alice', { scope: 'profile email' });
    expect((await askedFor(plain.access, all)).claims, 'as at userinfo').to.deep.equal({});
  });

  it('leaves out what the user has not agreed to', async () => {
    const asking = await createApp(server, { claims: ['emailaddress', 'givenname'], asksConsent: true });
    await createUser(server, 'bert', { emailaddress: ['bert@example.com'], givenname: ['Bert'] });
    const hop = await asking.tokens('bert', { scope: 'openid profile email' });
    const userinfo = (await asking.userinfo(hop.access)).body;
    const { claims, about } = await askedFor(hop.access, 'email,given_name');
    expect({ sub: about.sub, ...claims }).to.deep.equal(userinfo);
  });

  it('comes only for tokens of users, when it is asked for', async () => {
    const { access, refresh } = await app.tokens('alice', { scope: 'openid email' });
    expect((await app.introspect(access)).body).not.to.have.property('token_string');
    for (const blank of ['', ' ', ',', ' , ,'])
      expect((await ask(access, blank)).body, `"${blank}"`).not.to.have.property('token_string');
    expect((await ask(refresh, 'email')).body).not.to.have.property('token_string');
    const machine = tokensOf(await app.token({ grant_type: 'client_credentials' }));
    const { body } = await ask(machine.access, 'email,sub');
    expect(body['active']).to.equal(true);
    expect(body).not.to.have.property('token_string');
    await app.revoke(access);
    expect((await ask(access, 'email')).text).to.equal('{"active":false}');
  });

  it('does not come for tokens of other tenants', async () => {
    const tenant = await createTenant(server, 'far.example');
    await createUser(server, 'carol', { emailaddress: ['carol@example.com'] }, tenant);
    const there = await createApp(server, { place: tenant, claims: ['emailaddress'] });
    const { access } = await there.tokens('carol', { scope: 'openid email' });
    expect((await askedFor(access, 'email', there)).claims).to.deep.equal({ email: 'carol@example.com' });
    const { body } = await ask(access, 'email');
    expect(body['active']).to.equal(true);
    expect(body).not.to.have.property('token_string');
  });

  it('takes unknown and hostile names for nothing, and refuses long lists', async () => {
    const { access } = await app.tokens('alice', { scope: 'openid email' });
    const hostile = [
      '__proto__',
      'constructor',
      'iss',
      'aud',
      "' OR 1=1",
      '<script>',
      '\u0000',
      '🦀',
      'a'.repeat(3000),
    ];
    const { claims, about } = await askedFor(access, hostile.join(','));
    expect(claims).to.deep.equal({});
    expect(about.aud).to.equal(resource.id);
    const many = Array.from({ length: 50 }, (_, index) => `claim${index}`);
    expect((await ask(access, [...many, ...many].join(','))).status, 'fifty, each twice').to.equal(200);
    for (const long of [[...many, 'one-more'].join(','), `email,${'x'.repeat(4096)}`]) {
      const { status, body } = await ask(access, long);
      expect({ status, error: body['error'] }).to.deep.equal({ status: 400, error: 'invalid_request' });
      expect(body['error_description']).to.match(/^required_claims: at most /);
    }
  });

  it('opens nothing: it is no access token, no ID token and no hint', async () => {
    const { access } = await app.tokens('alice', { scope: 'openid email' });
    const context = String((await ask(access, 'email')).body['token_string']);
    expect((await app.userinfo(context)).status).to.equal(401);
    expect((await app.introspect(context)).text).to.equal('{"active":false}');
    const logout = await server.fetch(`/oidc/logout?id_token_hint=${context}`);
    expect(logout.headers.get('location')).to.contain('access_denied');
  });
});

it('required_claims give no token_string unless the operator says so', async function () {
  this.timeout(30_000);
  const server = await startTestServer();
  try {
    await createUser(server, 'alice', { emailaddress: ['alice@example.com'] });
    const app = await createApp(server, { claims: ['emailaddress'] });
    const { access: token } = await app.tokens('alice', { scope: 'openid email' });
    for (const required_claims of ['email', 'x'.repeat(9000)]) {
      const fields = { token, required_claims };
      const answer = await app.send<Record<string, unknown>>('/oauth2/introspect', fields, {
        authorization: app.basic,
      });
      expect(answer.body['active']).to.equal(true);
      expect(answer.body).not.to.have.property('token_string');
    }
  } finally {
    await server.stop();
  }
});
