import { expect } from 'chai';
import { createApp, createTenant } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const OPENID = '.well-known/openid-configuration';
const OAUTH = '.well-known/oauth-authorization-server';

describe('discovery documents of applications and by RFC 8414', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await createTenant(server, 'docs.example');
  });
  after(() => server?.stop());

  const get = (path: string) => server.api('GET', path);

  it('an application has the document of its organization, at both addresses', async () => {
    const { id } = await createApp(server);
    const { body } = await get(`/oauth2/token/${OPENID}`);
    for (const segment of ['token', 'oidcdiscovery']) {
      const answer = await get(`/oauth2/${segment}/client/${id}/${OPENID}`);
      expect(answer.status).to.equal(200);
      expect(answer.body).to.deep.equal(body);
    }
  });

  it('an unknown client is 400 invalid_client, one of another tenant too', async () => {
    const { id } = await createApp(server);
    for (const path of [
      `/oauth2/token/client/nobody/${OPENID}`,
      `/t/docs.example/oauth2/token/client/${id}/${OPENID}`,
    ]) {
      const answer = await get(path);
      expect(answer.status).to.equal(400);
      expect(answer.body).to.include({ error: 'invalid_client' });
      expect(answer.body).to.have.property('error_description');
    }
  });

  it('any other first segment is 400 with a text, for applications too', async () => {
    const { id } = await createApp(server);
    const { status, body } = await get(`/oauth2/elsewhere/client/${id}/${OPENID}`);
    expect({ status, body }).to.deep.equal({
      status: 400,
      body: 'Invalid path to the discovery document. Received path : elsewhere is not resolvable',
    });
  });

  it('the document of RFC 8414 has the same values, without what is about ID tokens', async () => {
    const whole = (await get(`/oauth2/token/${OPENID}`)).body;
    const { body, status } = await get(`/oauth2/token/${OAUTH}`);
    expect(status).to.equal(200);
    expect(body['scopes_supported']).to.deep.equal([]);
    const types = body['response_types_supported'] as string[];
    expect(types).to.include.members(['code', 'token', 'code token', 'none']);
    expect(types.filter((type) => type.includes('id_token'))).to.deep.equal([]);
    for (const [name, value] of Object.entries(body))
      if (!/^(scopes|response_types)_supported$/.test(name)) expect(value, name).to.deep.equal(whole[name]);
    expect(body).to.include.all.keys('issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri');
    expect(body).not.to.have.any.keys('userinfo_endpoint', 'claims_supported', 'subject_types_supported');
  });

  it('is where RFC 8414 looks for it: between host and path of the issuer', async () => {
    for (const prefix of ['', '/t/docs.example']) {
      const { body, status } = await get(`/${OAUTH}${prefix}/oauth2/token`);
      expect(status).to.equal(200);
      expect(body['issuer']).to.equal(`${server.origin}${prefix}/oauth2/token`);
      expect(body).to.deep.equal((await get(`${prefix}/oauth2/token/${OAUTH}`)).body);
    }
  });

  it('there is none for an issuer that is not there', async () => {
    for (const path of ['/t/nowhere.example/oauth2/token', '/t/docs.example%2Fx/oauth2/token', '/t/..%2F/oauth2/token'])
      expect((await get(`/${OAUTH}${path}`)).status, path).to.equal(404);
    expect((await get(`/t/docs.example/${OAUTH}/t/docs.example/oauth2/token`)).status).to.equal(404);
  });
});

describe('WebFinger', () => {
  let server: TestServer;
  const REL = 'http://openid.net/specs/connect/1.0/issuer';
  before(async () => {
    server = await startTestServer();
    await createTenant(server, 'acme.example');
  });
  after(() => server?.stop());

  const finger = (query: Record<string, string>, prefix = '') =>
    server.api(`GET`, `${prefix}/.well-known/webfinger?${new URLSearchParams(query)}`);
  const issuerIn = async (resource: string, prefix = '') => {
    const { status, body } = await finger({ resource, rel: REL }, prefix);
    expect(status).to.equal(200);
    expect(body['subject']).to.equal(resource);
    const links = body['links'] as { rel: string; href: string }[];
    expect(links.map(({ rel }) => rel)).to.deep.equal([REL]);
    return links[0]?.href.replace(server.origin, '');
  };

  it('names the issuer, for scripts of every origin', async () => {
    expect(await issuerIn('acct:alice@id.example')).to.equal('/oauth2/token');
    const { headers } = await finger({ resource: 'acct:alice@id.example', rel: REL });
    expect(headers.get('content-type')).to.equal('application/jrd+json');
    expect(headers.get('access-control-allow-origin')).to.equal('*');
  });

  it('of the tenant that the resource or the path names', async () => {
    const there = '/t/acme.example/oauth2/token';
    for (const resource of [
      'acct:alice@acme.example@id.example',
      'acct:alice%40acme.example@id.example',
      'https://id.example/t/acme.example/alice',
    ])
      expect(await issuerIn(resource), resource).to.equal(there);
    expect(await issuerIn('acct:alice@id.example', '/t/acme.example')).to.equal(there);
  });

  it('does not tell who there is', async () => {
    for (const resource of ['acct:nobody@id.example', 'https://id.example', 'https://id.example/nobody'])
      expect(await issuerIn(resource)).to.equal('/oauth2/token');
    expect(await issuerIn('acct:alice%40mail.example@id.example')).to.equal('/oauth2/token');
  });

  it('has no link for other relations', async () => {
    const { status, body } = await finger({ resource: 'acct:alice@id.example', rel: 'avatar' });
    expect(status).to.equal(200);
    expect(body['links']).to.deep.equal([]);
  });

  it('without rel or resource, and for what is malformed, 400; for an empty resource 404', async () => {
    const resource = 'acct:alice@id.example';
    for (const query of [
      {},
      { resource },
      { rel: REL },
      { rel: '', resource },
      ...[
        'alice@id.example',
        'acct:alice',
        'acct:@id.example',
        'acct:alice@',
        'acct:%zz@id.example',
        'http://id.example/alice',
        'https://',
        'https://[',
        'javascript:alert(1)',
        `acct:${'a'.repeat(2100)}@id.example`,
      ].map((bad) => ({ resource: bad, rel: REL })),
    ] as Record<string, string>[]) {
      const { status, body } = await finger(query);
      expect(status, JSON.stringify(query).slice(0, 80)).to.equal(400);
      expect(body).to.include({ error: 'invalid_request' });
    }
    expect((await finger({ resource: '', rel: REL })).status).to.equal(404);
    expect((await server.api('GET', `/.well-known/webfinger?rel=${REL}&resource=a&resource=b`)).status).to.equal(400);
  });
});
