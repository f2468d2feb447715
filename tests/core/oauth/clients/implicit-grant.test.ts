import { expect } from 'chai';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { apiAs, type Json } from '../../applications/application-api.js';

describe('the implicit grant of an application', () => {
  let server: TestServer;
  let api: ReturnType<typeof apiAs>;
  before(async () => {
    server = await startTestServer();
    api = apiAs(server);
  });
  after(() => server?.stop());

  let made = 0;
  const create = (oidc: Json) => api.post('', { name: `implicit ${++made}`, inboundProtocolConfiguration: { oidc } });

  it('can be chosen, and is offered as the contract names it', async () => {
    const { status } = await create({ grantTypes: ['implicit'], callbackURLs: ['https://app.example/cb'] });
    expect(status).to.equal(201);
    const { body } = await api.get('/meta/inbound-protocols/oidc');
    const { options } = body['allowedGrantTypes'] as { options: Json[] };
    expect(options).to.deep.include({ name: 'implicit', displayName: 'Implicit', publicClientAllowed: false });
  });

  it('needs a callback URL, and is not for public clients', async () => {
    const without = await create({ grantTypes: ['implicit'] });
    expect(without.status).to.equal(400);
    expect(without.body['description']).to.equal('Callback URI is mandatory for Code or Implicit grant types.');
    const publicOne = await create({
      grantTypes: ['implicit'],
      callbackURLs: ['https://app.example/cb'],
      publicClient: true,
    });
    expect(publicOne.status).to.equal(400);
    expect(publicOne.body['description']).to.equal('grantTypes: implicit is not for public clients.');
  });

  it('cannot be asked for at the token endpoint', async () => {
    const response = await server.fetch('/oauth2/token', {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'implicit', client_id: 'x' }),
    });
    expect(response.status).to.equal(400);
    expect(await response.json()).to.deep.equal({
      error: 'invalid_request',
      error_description: 'Unsupported grant_type value',
    });
  });
});
