import { expect } from 'chai';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createTenant, createUser, superPlace } from '../../support/oauth-client.js';
import { REACHES_RECEIVERS, Receiver } from '../../support/receiver.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const PATH = '/api/identity/oauth2/dcr/v1.1/register';
const redirect_uris = ['https://client.example/cb'];

interface Answer {
  readonly client_id: string;
  readonly client_secret: string;
  readonly registration_access_token: string;
  readonly registration_client_uri: string;
  readonly error?: string;
  readonly error_description?: string;
  readonly traceId?: string;
  readonly [member: string]: unknown;
}

describe('dynamic client registration', () => {
  let server: TestServer;
  let count = 0;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const register = (metadata: object = {}) =>
    server.api<Answer>('POST', PATH, { client_name: `dynamic ${++count}`, redirect_uris, ...metadata });
  const withToken = async (method: string, id: string, token: string, json?: object) => {
    const response = await server.fetch(`${PATH}/${id}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(json ? { body: JSON.stringify(json) } : {}),
    });
    const text = await response.text();
    return { status: response.status, text, body: (text === '' ? {} : JSON.parse(text)) as Answer };
  };

  it('makes a client that can be used at once', async () => {
    const { status, body, headers } = await register({ grant_types: ['client_credentials'], ext_token_type: 'JWT' });
    expect(status, JSON.stringify(body)).to.equal(201);
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(body).to.include({ client_secret_expires_at: 0, client_name: `dynamic ${count}`, ext_token_type: 'JWT' });
    const basic = `Basic ${Buffer.from(`${body.client_id}:${body.client_secret}`).toString('base64')}`;
    const answer = await server.fetch('/oauth2/token', {
      method: 'POST',
      headers: { authorization: basic, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
    });
    expect(answer.status).to.equal(200);
  });

  it('keeps and shows what the metadata say', async () => {
    const metadata = {
      grant_types: ['authorization_code', 'implicit', 'refresh_token'].filter((name) => name !== 'implicit'),
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post',
      client_uri: 'https://client.example/',
      contacts: ['ops@client.example'],
      software_id: 'a-b-c',
      id_token_signed_response_alg: 'PS256',
      backchannel_logout_uri: 'https://client.example/bye',
      require_pushed_authorization_requests: true,
      ext_pkce_mandatory: true,
      ext_user_token_lifetime: 60,
      ext_refresh_token_lifetime: 120,
    };
    const { body } = await register(metadata);
    expect(body).to.deep.include(metadata);
    const read = await withToken('GET', body.client_id, body.registration_access_token);
    expect(read.status).to.equal(200);
    expect(read.body).to.deep.include(metadata);
    expect(read.body).not.to.have.any.keys('client_secret', 'registration_access_token', 'registration_token');
  });

  it('takes a client id and a secret of the caller’s choice', async () => {
    const chosen = { ext_param_client_id: 'chosen_client_id_1', ext_param_client_secret: 'chosen-secret-1' };
    const { body } = await register(chosen);
    expect(body).to.include({ client_id: 'chosen_client_id_1', client_secret: 'chosen-secret-1' });
    const again = await register(chosen);
    expect([again.status, again.body.error]).to.deep.equal([400, 'invalid_client_metadata']);
  });

  it('[G20] given GET for an unknown client id, then 401 with an empty body; a duplicate name gives 400', async () => {
    const unknown = await server.api<string>('GET', `${PATH}/unknown_client_id`);
    expect([unknown.status, unknown.body]).to.deep.equal([401, '']);
    await register({ client_name: 'twice' });
    const { status, body } = await register({ client_name: 'twice' });
    expect([status, body.error]).to.deep.equal([400, 'invalid_client_metadata']);
    expect(body.traceId).to.be.a('string');
  });

  it('[G21] given no token while authentication is required, then 401; when it is not, 201', async () => {
    const bare = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: 'bare', redirect_uris }),
    };
    expect((await server.fetch(PATH, bare)).status).to.equal(401);
    const open = await startTestServer({ toml: '[oauth.dcr]\nauthentication_required = false' });
    try {
      const answer = await open.fetch(PATH, bare);
      expect(answer.status).to.equal(201);
      const { client_id, registration_access_token } = (await answer.json()) as Answer;
      expect((await open.fetch(`${PATH}/${client_id}`)).status).to.equal(401);
      const headers = { authorization: `Bearer ${registration_access_token}` };
      expect((await open.fetch(`${PATH}/${client_id}`, { headers })).status).to.equal(200);
    } finally {
      await open.stop();
    }
  });

  it('is managed by the owner and by the client itself, and by nobody else', async () => {
    const mine = (await register()).body;
    const other = (await register()).body;
    for (const [method, json] of [['GET'], ['PUT', { redirect_uris }], ['DELETE']] as const) {
      const refused = await withToken(method, mine.client_id, other.registration_access_token, json);
      expect([method, refused.status, refused.text]).to.deep.equal([method, 403, '']);
      const forged = await withToken(method, mine.client_id, `${mine.client_id}.${'x'.repeat(43)}`, json);
      expect([method, forged.status]).to.deep.equal([method, 401]);
    }
    expect((await server.api('GET', `${PATH}/${mine.client_id}`)).status).to.equal(200);
    expect((await server.api('DELETE', `${PATH}/${mine.client_id}`)).status).to.equal(204);
    expect((await withToken('GET', mine.client_id, mine.registration_access_token)).status).to.equal(401);
  });

  it('a registration access token opens nothing else', async () => {
    const { registration_access_token: token } = (await register()).body;
    const headers = { authorization: `Bearer ${token}` };
    expect((await server.fetch('/api/server/v1/applications', { headers })).status).to.equal(403);
    expect((await server.fetch('/oauth2/userinfo', { headers })).status).to.equal(401);
    expect((await server.fetch(PATH, { method: 'POST', headers, body: '{}' })).status).to.equal(403);
  });

  it('is replaced by a PUT: what it leaves out has its default again, the name and the token stay', async () => {
    const { body } = await register({ ext_pkce_mandatory: true, policy_uri: 'https://client.example/policy' });
    const changed = await withToken('PUT', body.client_id, body.registration_access_token, {
      redirect_uris: ['https://client.example/other'],
    });
    expect(changed.status, changed.text).to.equal(200);
    expect(changed.body).to.deep.include({
      redirect_uris: ['https://client.example/other'],
      ext_pkce_mandatory: false,
    });
    expect(changed.body).not.to.have.property('policy_uri');
    expect(changed.body['client_name']).to.equal(body['client_name']);
    expect((await withToken('GET', body.client_id, body.registration_access_token)).status).to.equal(200);
  });

  const wrong: [string, object, string, RegExp][] = [
    ['no name', { client_name: undefined }, 'invalid_client_metadata', /The client name is missing or empty/],
    ['an empty name', { client_name: ' ' }, 'invalid_client_metadata', /The client name is missing or empty/],
    ['a name with markup', { client_name: '<b>' }, 'invalid_client_metadata', /client_name/],
    ['no redirect URI', { redirect_uris: undefined }, 'invalid_redirect_uri', /redirect_uris/],
    ['a redirect URI with a fragment', { redirect_uris: ['https://a.example/#x'] }, 'invalid_redirect_uri', /fragment/],
    ['a script as redirect URI', { redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri', /callback/],
    ['a grant type nobody knows', { grant_types: ['magic'] }, 'invalid_client_metadata', /magic/],
    [
      'response types without their grant',
      { response_types: ['id_token'], grant_types: ['authorization_code'] },
      'invalid_client_metadata',
      /implicit/,
    ],
    [
      'an authentication method nobody knows',
      { token_endpoint_auth_method: 'guess' },
      'invalid_client_metadata',
      /guess/,
    ],
    ['a client id that is too short', { ext_param_client_id: 'x' }, 'invalid_client_metadata', /client id/],
    ['metadata of the wrong type', { contacts: 'me' }, 'invalid_client_metadata', /contacts/],
    ['an address that is none', { client_uri: 'javascript:alert(1)' }, 'invalid_client_metadata', /client_uri/],
    [
      'a software statement nobody asked for',
      { software_statement: 'x.y.z' },
      'unapproved_software_statement',
      /ssa_jkws/,
    ],
  ];
  for (const [what, metadata, error, text] of wrong)
    it(`refuses ${what}`, async () => {
      const { status, body } = await register(metadata);
      expect([status, body.error], JSON.stringify(body)).to.deep.equal([400, error]);
      expect(body.error_description).to.match(text);
    });

  it('refuses what is no JSON', async () => {
    const headers = { authorization: server.admin, 'content-type': 'application/json' };
    const answer = await server.fetch(PATH, { method: 'POST', headers, body: '{' });
    expect(answer.status).to.equal(400);
    expect(((await answer.json()) as Answer).error).to.equal('invalid_client_metadata');
  });

  it('belongs to its tenant', async () => {
    await createTenant(server, 'dcr.example');
    const { body } = await register();
    const answer = await server.fetch(`/t/dcr.example${PATH}/${body.client_id}`, {
      headers: { authorization: `Bearer ${body.registration_access_token}` },
    });
    expect(answer.status).to.equal(401);
  });

  it('needs the scope', async () => {
    await createUser(server, 'nobody', {}, superPlace);
    const basic = `Basic ${Buffer.from('nobody:Correct-horse-1').toString('base64')}`;
    const headers = { authorization: basic, 'content-type': 'application/json' };
    expect((await server.fetch(PATH, { method: 'POST', headers, body: '{}' })).status).to.equal(403);
  });
});

describe('software statements', () => {
  let server: TestServer;
  let receiver: Receiver;
  let sign: (claims: Record<string, unknown>, key?: Parameters<SignJWT['sign']>[0]) => Promise<string>;

  before(async () => {
    const { publicKey, privateKey } = await generateKeyPair('PS256', { extractable: true });
    const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'ssa', alg: 'PS256', use: 'sig' }] };
    receiver = await Receiver.start(() => ({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(keys),
    }));
    sign = (claims, key = privateKey) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'PS256', kid: 'ssa' }).setIssuedAt().sign(key);
    server = await startTestServer({
      toml: `${REACHES_RECEIVERS}[oauth.dcr]\nmandate_ssa = true\nssa_jkws = "${receiver.origin}/jwks"`,
    });
  });
  after(async () => {
    await server.stop();
    await receiver.stop();
  });

  const register = (metadata: object) =>
    server.api<Answer>('POST', PATH, { client_name: 'self', redirect_uris, ...metadata });

  it('are required when the operator says so', async () => {
    const { status, body } = await register({});
    expect([status, body.error]).to.deep.equal([400, 'invalid_software_statement']);
  });

  it('beat what the request says', async () => {
    const software_statement = await sign({
      client_name: 'signed',
      software_id: 'known',
      redirect_uris: ['https://signed.example/cb'],
    });
    const { status, body } = await register({ software_statement });
    expect(status, JSON.stringify(body)).to.equal(201);
    expect(body).to.deep.include({
      client_name: 'signed',
      software_id: 'known',
      redirect_uris: ['https://signed.example/cb'],
      software_statement,
    });
  });

  it('of another signer, changed ones, and those that are over are refused', async () => {
    const { privateKey } = await generateKeyPair('PS256');
    const good = await sign({ client_name: 'x' });
    const [header = '', , signature = ''] = good.split('.');
    const changed = [header, Buffer.from('{"client_name":"y"}').toString('base64url'), signature].join('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`;
    for (const software_statement of [
      await sign({}, privateKey),
      changed,
      none,
      await sign({ exp: 1 }),
      'x',
      await sign({ contacts: 1 }),
    ]) {
      const { status, body } = await register({ software_statement });
      expect([status, body.error]).to.deep.equal([400, 'invalid_software_statement']);
    }
  });
});
