import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { createApplication } from '../../support/applications.js';
import { MAY_ASK_HERE } from '../../support/key-endpoint.js';
import { createApp, createTenant, createUser } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const uuid3 = /^[0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('pairwise subjects', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ toml: MAY_ASK_HERE });
    await createUser(server, 'alice');
    await createUser(server, 'bob');
  });
  after(() => server?.stop());

  const pairwise = (client: object = {}) =>
    createApp(server, { client: { subject: { subjectType: 'pairwise' }, accessToken: { type: 'JWT' }, ...client } });
  const subjectOf = async (app: Awaited<ReturnType<typeof pairwise>>, username = 'alice') =>
    decodeJwt((await app.tokens(username)).id).sub;

  it('one in ID token, access token, userinfo and introspection; another for each user', async () => {
    const app = await pairwise();
    const { access, id } = await app.tokens('alice');
    const { sub } = decodeJwt(id);
    expect(sub).to.match(uuid3);
    expect(decodeJwt(access).sub).to.equal(sub);
    expect((await app.userinfo(access)).body['sub']).to.equal(sub);
    expect((await app.introspect(access)).body).to.include({ sub });
    expect(await subjectOf(app, 'bob'))
      .to.match(uuid3)
      .and.not.equal(sub);
  });

  it('the same for applications of one sector, another for those of another sector, and not the public one', async () => {
    const one = await subjectOf(await pairwise());
    expect(await subjectOf(await pairwise())).to.equal(one);
    const sector = { subject: { subjectType: 'pairwise', sectorIdentifierUri: 'https://sector.example/list.json' } };
    const other = await subjectOf(await pairwise(sector));
    expect(other).not.to.equal(one);
    expect(await subjectOf(await pairwise(sector))).to.equal(other);
    const open = await subjectOf(await createApp(server));
    expect([one, other]).not.to.include(open);
  });

  it('is the UUID, version 3, of sector host and subject, as the contract has it', async () => {
    const user = await createUser(server, 'carol');
    const sub = await subjectOf(await pairwise(), 'carol');
    const { createHash } = await import('node:crypto');
    const hex = createHash('md5').update(`app.example${user.id}`).digest('hex');
    expect(sub?.slice(0, 8)).to.equal(hex.slice(0, 8));
    expect(sub?.slice(-12)).to.equal(hex.slice(-12));
  });

  it('a sector identifier has to name all callback URLs, and is asked when the application is configured', async () => {
    let body = '';
    const list = createServer((_, response) => response.end(body));
    await new Promise<void>((done) => list.listen(0, '127.0.0.1', done));
    try {
      const sectorIdentifierUri = `http://127.0.0.1:${(list.address() as AddressInfo).port}/list`;
      const configuration = {
        grantTypes: ['authorization_code'],
        callbackURLs: ['https://one.example/cb', 'https://two.example/cb'],
        subject: { subjectType: 'pairwise', sectorIdentifierUri },
      };
      const put = async (name: string) => {
        const id = await createApplication(server, { name });
        const path = `/api/server/v1/applications/${id}/inbound-protocols/oidc`;
        const { status, body: answer } = await server.api('PUT', path, configuration);
        return { status, description: String(answer['description']) };
      };
      body = '["https://one.example/cb"]';
      expect((await put('s1')).description).to.include('https://two.example/cb is not in the list');
      body = '{"https://one.example/cb": 1}';
      expect((await put('s2')).description).to.include('JSON list');
      body = '["https://one.example/cb", "https://two.example/cb", "https://three.example/cb"]';
      expect((await put('s3')).status).to.equal(201);
      const inner = {
        ...configuration,
        subject: { subjectType: 'pairwise', sectorIdentifierUri: 'https://10.0.0.1/l' },
      };
      const model = { name: 's4', inboundProtocolConfiguration: { oidc: inner } };
      const refused = await server.api('POST', '/api/server/v1/applications', model);
      expect(refused.status).to.equal(400);
      expect(String(refused.body['description'])).to.include('private network');
    } finally {
      list.close();
    }
  });
});

describe('what the operator decides about subjects and issuers', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      toml: `[oauth.oidc.subject_type]
default_subject_type = "pairwise"
enable_pairwise_subject_for_access_tokens_if_pairwise_subject_type_selection = false
[oauth.oidc.id_token]
issuer = "https://id.example.com/issuer"
add_tenant_domain_to_realm = true
add_userstore_domain_to_realm = true
[oauth.oidc.user_info]
response_type = "jwt"`,
    });
  });
  after(() => server?.stop());

  it('pairwise subjects stay out of access tokens, and userinfo agrees with the ID token', async () => {
    const user = await createUser(server, 'alice');
    const app = await createApp(server, { client: { accessToken: { type: 'JWT' } } });
    const { access, id } = await app.tokens('alice');
    expect(decodeJwt(access).sub).to.equal(user.id);
    const { sub, realm } = decodeJwt(id);
    expect(sub).to.match(uuid3);
    expect(realm).to.deep.equal({ tenant: 'carbon.super', userstore: 'PRIMARY' });
    const info = await app.userinfo(access);
    expect(info.headers.get('content-type')).to.equal('application/jwt');
    expect(decodeJwt(info.text)).to.include({ sub, aud: app.id, iss: 'https://id.example.com/issuer' });
  });

  it('the issuer is the one of the settings in tokens, introspection and discovery; tenants are told apart', async () => {
    await createUser(server, 'bob');
    const place = await createTenant(server, 'issuers.example');
    await createUser(server, 'bob', {}, place);
    for (const [app, iss] of [
      [await createApp(server, { client: { accessToken: { type: 'JWT' } } }), 'https://id.example.com/issuer'],
      [
        await createApp(server, { place, client: { accessToken: { type: 'JWT' } } }),
        'https://id.example.com/t/issuers.example/issuer',
      ],
    ] as const) {
      const { access, id } = await app.tokens('bob');
      expect(decodeJwt(access).iss).to.equal(iss);
      expect(decodeJwt(id).iss).to.equal(iss);
      expect((await app.introspect(access)).body).to.include({ iss });
      const path = `${app.place.prefix}/oauth2/token/.well-known/openid-configuration`;
      expect((await server.api('GET', path)).body).to.include({ issuer: iss });
    }
  });
});
