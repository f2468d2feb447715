import { expect } from 'chai';
import { createTenant } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const PATH = '/api/server/v1/applications';

describe('applications with an OAuth side', () => {
  let server: TestServer;
  let count = 0;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  const create = async (oidc: object, prefix = '', authorization = server.admin) => {
    const body = JSON.stringify({ name: `app ${++count}`, inboundProtocolConfiguration: { oidc } });
    const headers = { authorization, 'content-type': 'application/json' };
    const answer = await server.fetch(prefix + PATH, { method: 'POST', headers, body });
    const text = await answer.text();
    return { status: answer.status, failure: (text === '' ? {} : JSON.parse(text)) as Record<string, string> };
  };

  it('[G23] given a code grant and no callbackURLs, when created, then 400', async () => {
    for (const callbackURLs of [undefined, []]) {
      const { status, failure } = await create({ grantTypes: ['authorization_code'], callbackURLs });
      expect([status, failure['code']]).to.deep.equal([400, 'OAUTH-60001']);
      expect(failure['description']).to.equal('Callback URI is mandatory for Code or Implicit grant types.');
    }
    expect((await create({ grantTypes: ['client_credentials'] })).status).to.equal(201);
  });

  it('[G29] given an app in tenant x, when a second one with the same client id is created in x, then 409; in y, 201', async () => {
    const oidc = { clientId: 'the_same_client_id', grantTypes: ['client_credentials'] };
    const owner = `Basic ${Buffer.from('owner:Owner-pass-1').toString('base64')}`;
    const [x, y] = [await createTenant(server, 'x.example'), await createTenant(server, 'y.example')];
    const inX = () => create(oidc, x.prefix, owner);
    expect((await inX()).status).to.equal(201);
    const again = await inX();
    expect([again.status, again.failure['code']]).to.deep.equal([409, 'OAUTH-60008']);
    expect((await create(oidc, y.prefix, owner)).status).to.equal(201);
  });
});
