import { expect } from 'chai';
import { assertionClaims, assertionFields, tokenEndpointOf } from '../../../support/client-assertion.js';
import { issuerKey } from '../../../support/key-endpoint.js';
import { createApp, expectError, type TestApp } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const grant = { grant_type: 'client_credentials' };

describe('behaviours of client authentication', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    app = await createApp(server);
  });
  after(() => server?.stop());

  it('[O10] given a wrong client secret, then 401 invalid_client with WWW-Authenticate: Basic realm', async () => {
    const authorization = `Basic ${btoa(`${app.id}:wrong`)}`;
    const answer = await app.send('/oauth2/token', grant, { authorization });
    expectError(answer, 401, 'invalid_client', 'Client credentials are invalid.');
    expect(answer.headers.get('www-authenticate')).to.equal('Basic realm="localhost"');
  });

  it('[O11] given a Basic header plus a secret in the body, then 400 invalid_request', async () => {
    const fields = { ...grant, client_id: app.id, client_secret: app.secret };
    const text = 'Request body and headers contain authorization information';
    expectError(await app.send('/oauth2/token', fields, { authorization: app.basic }), 400, 'invalid_request', text);
  });

  it('[O11] given an assertion plus a Basic header or a secret, then 400 invalid_request', async () => {
    const key = await issuerKey('PS256');
    const assertion = await key.sign(assertionClaims(app.id, tokenEndpointOf(app)));
    const fields = { ...grant, ...assertionFields(assertion) };
    const text = 'The client MUST NOT use more than one authentication method in each request.';
    expectError(await app.send('/oauth2/token', fields, { authorization: app.basic }), 400, 'invalid_request', text);
    for (const more of [{ client_secret: app.secret }, { client_id: app.id, client_secret: app.secret }])
      expectError(await app.send('/oauth2/token', { ...fields, ...more }), 400, 'invalid_request', text);
  });

  it('[O12] given client_secret in the query string, then 400 invalid_request', async () => {
    const path = `/oauth2/token?client_secret=${app.secret}`;
    const answer = await app.send(path, { ...grant, client_id: app.id });
    expectError(answer, 400, 'invalid_request', 'Invalid request with sensitive data in the URL.');
  });
});
