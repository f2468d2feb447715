import { expect } from 'chai';
import { SignJWT } from 'jose';
import { createApplication } from '../../../support/applications.js';
import { assertionClaims, assertionFields, tokenEndpointOf } from '../../../support/client-assertion.js';
import { createApp, expectError, type TestApp, tokensOf } from '../../../support/oauth-client.js';
import { startTestServer } from '../../../support/test-server.js';

const configuration = {
  grantTypes: ['client_credentials'],
  clientAuthentication: { tokenEndpointAuthMethod: 'client_secret_jwt', tokenEndpointAuthSigningAlg: 'HS512' },
};
const asked = async (app: TestApp, alg: string) => {
  const claims = assertionClaims(app.id, tokenEndpointOf(app));
  const assertion = await new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(app.secret));
  return app.send('/oauth2/token', { grant_type: 'client_credentials', ...assertionFields(assertion) });
};

describe('assertions with the client secret', () => {
  it('all three algorithms; only the one that the application names, once it does', async () => {
    const server = await startTestServer({ toml: '[oauth]\nhash_client_secret = false' });
    try {
      const open = await createApp(server);
      for (const alg of ['HS256', 'HS384', 'HS512']) tokensOf(await asked(open, alg));
      const strict = await createApp(server, { client: configuration });
      tokensOf(await asked(strict, 'HS512'));
      expectError(await asked(strict, 'HS256'), 401, 'invalid_client');
      expectError(await strict.token({ grant_type: 'client_credentials' }), 401, 'invalid_client');
      const id = await createApplication(server, { name: 'by api' });
      const path = `/api/server/v1/applications/${id}/inbound-protocols/oidc`;
      expect((await server.api('PUT', path, configuration)).status).to.equal(201);
      const { body } = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
      expect(body['token_endpoint_auth_signing_alg_values_supported']).to.include.members(['HS256', 'HS512', 'PS256']);
    } finally {
      await server.stop();
    }
  });

  it('where secrets are stored as hashes it cannot be chosen, and nobody gets in by it', async () => {
    const server = await startTestServer();
    try {
      expectError(await asked(await createApp(server), 'HS256'), 401, 'invalid_client');
      const id = await createApplication(server, { name: 'by api' });
      const path = `/api/server/v1/applications/${id}/inbound-protocols/oidc`;
      const { clientAuthentication, grantTypes } = configuration;
      const chosen = { tokenEndpointAuthMethod: clientAuthentication.tokenEndpointAuthMethod };
      const { status, body } = await server.api('PUT', path, { grantTypes, clientAuthentication: chosen });
      expect(status).to.equal(400);
      expect(body['description']).to.include('hash_client_secret = false');
      const document = (await server.api('GET', '/oauth2/token/.well-known/openid-configuration')).body;
      expect(document['token_endpoint_auth_methods_supported']).not.to.include('client_secret_jwt');
      expect(document['token_endpoint_auth_signing_alg_values_supported']).not.to.include('HS256');
    } finally {
      await server.stop();
    }
  });
});
