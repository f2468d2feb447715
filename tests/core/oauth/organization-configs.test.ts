import { expect } from 'chai';
import { createApp, createTenant, createUser, expectError, expectRedirectError } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor } from '../../support/visitor.js';
import { type ApiFailure, callerWith, providersAs, tenantAdministrator } from '../connections/provider-api.js';

const CONFIGS = '/api/server/v1/configs';
const REGISTRATION = '/api/identity/oauth2/dcr/v1.1/register';
const USAGE = '/authentication/inbound/oauth2/issuer/usage-scope';

describe('what an organization sets for OAuth', () => {
  let server: TestServer;
  let count = 0;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
  });
  after(() => server?.stop());

  const patch = (path: string, value: unknown) => ({ operation: 'REPLACE', path, value });
  const register = async (prefix: string, more: object = {}) => {
    const response = await server.fetch(`${prefix}${REGISTRATION}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: `app ${++count}`, redirect_uris: ['https://app.example/cb'], ...more }),
    });
    return { status: response.status, body: (await response.json()) as { client_id: string; error?: string } };
  };

  it('is as the operator says as long as it sets nothing', async () => {
    const api = providersAs(server, {}, CONFIGS);
    expect((await api.get('/dcr')).body).to.deep.equal({
      authenticationRequired: true,
      mandateSSA: false,
      enableFapiEnforcement: false,
      fapiProfile: 'FAPI1_ADVANCED',
    });
    const both = ['FAPI1_ADVANCED', 'FAPI2_SECURITY'];
    expect((await api.get('/fapi')).body).to.deep.equal({ enabled: false, supportedProfiles: both });
    expect((await api.get(USAGE)).body).to.deep.equal({ usageScope: 'ALL_EXISTING_AND_FUTURE_ORGS' });
  });

  it('opens registration in its own organization only, and closes it again', async () => {
    const acme = await tenantAdministrator(server, 'acme.example');
    const api = providersAs(server, acme, CONFIGS);
    expect((await register('/t/acme.example')).status).to.equal(401);
    const changed = await api.patch<unknown>('/dcr', [patch('/authenticationRequired', 'false')]);
    expect([changed.status, changed.body]).to.deep.equal([200, '']);
    expect((await register('/t/acme.example')).status).to.equal(201);
    expect((await register('')).status).to.equal(401);
    await api.patch('/dcr', [patch('/authenticationRequired', true)]);
    expect((await register('/t/acme.example')).status).to.equal(401);
  });

  it('wants software statements, and holds registered clients to a profile', async () => {
    const api = providersAs(server, await tenantAdministrator(server, 'bank.example'), CONFIGS);
    await api.patch('/dcr', [patch('/authenticationRequired', 'false')]);
    await api.patch('/dcr', [patch('/ssaJwks', 'https://keys.example/jwks'), patch('/mandateSSA', 'true')]);
    expect((await register('/t/bank.example')).body.error).to.equal('invalid_software_statement');
    await api.patch('/dcr', [patch('/mandateSSA', 'false'), patch('/ssaJwks', '')]);
    expect((await register('/t/bank.example', { software_statement: 'x.y.z' })).body.error).to.equal(
      'unapproved_software_statement',
    );
    await api.patch('/dcr', [patch('/enableFapiEnforcement', 'true'), patch('/fapiProfile', 'FAPI2_SECURITY')]);
    const refused = await register('/t/bank.example', { grant_types: ['password'] });
    expect([refused.status, refused.body.error]).to.deep.equal([400, 'invalid_client_metadata']);
    const { status, body } = await register('/t/bank.example', {
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://app.example/jwks',
    });
    expect(status, JSON.stringify(body)).to.equal(201);
    const path = `/t/bank.example/oauth2/authorize?client_id=${body.client_id}&response_type=code&scope=openid`;
    const hop = await new Visitor(server).get(`${path}&redirect_uri=https%3A%2F%2Fapp.example%2Fcb`);
    expect(hop.location?.searchParams.get('error_description')).to.match(/PAR request is mandatory/);
  });

  it('holds all applications to a profile of FAPI', async () => {
    const place = await createTenant(server, 'strict.example');
    await createUser(server, 'alice', {}, place);
    const [app, other] = [await createApp(server, { place }), await createApp(server)];
    const owner = {
      authorization: `Basic ${Buffer.from('owner:Owner-pass-1').toString('base64')}`,
      prefix: place.prefix,
    };
    const api = providersAs(server, owner, CONFIGS);
    const request = { grant_type: 'client_credentials' };
    expect((await app.token(request)).status).to.equal(200);
    const set = { enabled: true, supportedProfiles: ['FAPI2_SECURITY'] };
    expect((await api.put('/fapi', set)).body).to.deep.equal(set);
    expectError(await app.token(request), 401, 'invalid_client');
    expectRedirectError(
      await app.visit(new Visitor(server)),
      'invalid_request',
      'PAR request is mandatory for the application.',
    );
    expect((await other.token(request)).status).to.equal(200);
    await api.put('/fapi', { enabled: false });
    expect((await app.token(request)).status).to.equal(200);
  });

  it('goes before what the operator says of FAPI, in either direction', async () => {
    const strict = await startTestServer({
      toml: '[oauth.oidc.fapi]\nenable_validation = true\nenable_security_profile = true',
    });
    try {
      const app = await createApp(strict);
      const request = { grant_type: 'client_credentials' };
      const api = providersAs(strict, {}, CONFIGS);
      expect((await api.get('/fapi')).body).to.deep.include({ enabled: true });
      expectError(await app.token(request), 401, 'invalid_client');
      await api.put('/fapi', { enabled: false });
      expect((await app.token(request)).status).to.equal(200);
    } finally {
      await strict.stop();
    }
  });

  it('refuses what makes no sense', async () => {
    const api = providersAs(server, {}, CONFIGS);
    const bad: [string, string, unknown][] = [
      ['PATCH', '/dcr', {}],
      ['PATCH', '/dcr', [patch('/nothing', 'true')]],
      ['PATCH', '/dcr', [patch('/__proto__', 'true')]],
      ['PATCH', '/dcr', [{ ...patch('/mandateSSA', 'true'), operation: 'REMOVE' }]],
      ['PATCH', '/dcr', [patch('/mandateSSA', 'maybe')]],
      ['PATCH', '/dcr', [patch('/mandateSSA', 'true')]],
      ['PATCH', '/dcr', [patch('/ssaJwks', 'file:///etc/passwd')]],
      ['PATCH', '/dcr', [patch('/fapiProfile', 'FAPI9')]],
      ['PUT', '/fapi', { enabled: true, supportedProfiles: [] }],
      ['PUT', '/fapi', { enabled: 'yes' }],
      ['PUT', '/fapi', { supportedProfiles: ['FAPI9'] }],
      ['PATCH', USAGE, { usageScope: 'SOME' }],
      ['PATCH', USAGE, {}],
    ];
    for (const [method, path, body] of bad) {
      const answer = await api.send<ApiFailure>(method, path, body);
      expect(answer.status, `${method} ${path} ${JSON.stringify(body)}`).to.equal(400);
      expect(answer.body.code).to.match(/^CNF-6000[13]$/);
    }
    expect((await api.get('/dcr')).body).to.deep.include({ mandateSSA: false, authenticationRequired: true });
  });

  it('is kept for the issuer too, and asks for the scopes of the contract', async () => {
    const api = providersAs(server, await tenantAdministrator(server, 'root.example'), CONFIGS);
    expect((await api.patch(USAGE, { usageScope: 'NONE' })).body).to.deep.equal({ usageScope: 'NONE' });
    expect((await api.get(USAGE)).body).to.deep.equal({ usageScope: 'NONE' });
    const operations = [
      ['GET', '/dcr', 'view'],
      ['PATCH', '/dcr', 'update'],
      ['GET', '/fapi', 'view'],
      ['PUT', '/fapi', 'update'],
      ['GET', USAGE, 'view'],
      ['PATCH', USAGE, 'update'],
    ] as const;
    for (const scope of ['view', 'update'] as const) {
      const caller = await callerWith(server, `config-${scope}`, [`internal_config_${scope}`]);
      for (const [method, path, needed] of operations) {
        const { status } = await providersAs(server, caller, CONFIGS).send(
          method,
          path,
          method === 'GET' ? undefined : '!',
        );
        if (needed === scope) expect(status, `${method} ${path}`).to.not.be.oneOf([401, 403, 500]);
        else expect(status, `${method} ${path}`).to.equal(403);
      }
    }
  });
});
