import { expect } from 'chai';
import { ClientServiceToken } from '../../core/oauth/clients/client.service.js';
import { clientSettings } from '../../core/oauth/clients/client-model.js';
import { superPlace } from '../support/oauth-client.js';
import { REACHES_RECEIVERS, Receiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const PATH = '/api/identity/oauth2/dcr/v1.1/register';
const redirect_uris = ['https://client.example/cb'];

interface Registered {
  readonly client_id: string;
  readonly registration_access_token: string;
  readonly error?: string;
  readonly error_description?: string;
}

describe('a client that registers itself', () => {
  let server: TestServer;
  let count = 0;
  before(async () => {
    server = await startTestServer({ toml: `${REACHES_RECEIVERS}[oauth.dcr]\nauthentication_required = false` });
  });
  after(() => server?.stop());

  const send = async (method: string, path: string, json: object, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const answer = await server.fetch(path, { method, headers, body: JSON.stringify(json) });
    return { status: answer.status, body: (await answer.json()) as Registered };
  };
  const register = (metadata: object) =>
    send('POST', PATH, { client_name: `self ${++count}`, redirect_uris, ...metadata });
  const clients = () => server.server.container.get(ClientServiceToken);
  const settingsOf = async (clientId: string) => (await clients().find(superPlace.orgId, clientId))?.settings;

  it('cannot take off what an administrator holds it to', async () => {
    const { body } = await register({ grant_types: ['authorization_code', 'refresh_token'] });
    const found = await clients().find(superPlace.orgId, body.client_id);
    if (!found) throw new Error('the client is not there');
    const held = {
      isFAPIApplication: true,
      fapiProfile: 'FAPI2_SECURITY',
      allowedOrigins: ['https://client.example'],
      accessToken: { bindingType: 'cookie', validateTokenBinding: true, revokeTokensWhenIDPSessionTerminated: true },
      refreshToken: { renewRefreshToken: true },
    };
    const before = { ...found.entity.settings, ...held, accessToken: { ...held.accessToken, type: 'JWT' } };
    const kept = clientSettings.parse({ ...before, isFAPIApplication: false, fapiProfile: '' });
    await clients().write(found.application, kept);
    const change = { redirect_uris: ['https://client.example/other'] };
    const path = `${PATH}/${body.client_id}`;
    expect((await send('PUT', path, change, body.registration_access_token)).status).to.equal(200);
    const after = await settingsOf(body.client_id);
    expect(after?.callbackURLs).to.deep.equal(change.redirect_uris);
    expect(after?.allowedOrigins).to.deep.equal(held.allowedOrigins);
    expect(after?.accessToken).to.include(held.accessToken);
    expect(after?.refreshToken).to.include(held.refreshToken);
    await clients().write(found.application, clientSettings.parse({ ...before, accessToken: {} }));
    const held2 = await send(
      'PUT',
      path,
      { ...change, dpop_bound_access_tokens: true },
      body.registration_access_token,
    );
    expect(held2.status, JSON.stringify(held2.body)).to.equal(200);
    expect(await settingsOf(body.client_id)).to.include({ isFAPIApplication: true, fapiProfile: 'FAPI2_SECURITY' });
  });

  it('cannot give itself what only an administrator gives', async () => {
    const { status, body } = await register({
      grant_types: ['authorization_code', 'client_credentials'],
      scope: 'openid internal_application_mgt_view SYSTEM',
      skipLoginConsent: true,
      skip_login_consent: true,
      advancedConfigurations: { skipLoginConsent: true },
      associatedRoles: { roles: [{ name: 'admin' }] },
      isManagementApp: true,
      subjectToken: { enable: true },
      registration_owner: 'admin',
      registration: { registration_token: 'x' },
      cibaAuthenticationRequest: { skipUserValidation: true },
      accessToken: { accessTokenAttributes: ['email'] },
    });
    expect(status).to.equal(201);
    const client = await clients().find(superPlace.orgId, body.client_id);
    expect(client?.application.settings.advancedConfigurations.skipLoginConsent).to.equal(false);
    expect(client?.settings.subjectToken.enable).to.equal(false);
    expect(client?.settings.cibaAuthenticationRequest.skipUserValidation).to.equal(false);
    expect(client?.settings.accessToken.accessTokenAttributes).to.deep.equal([]);
    const { client_secret: secret } = body as unknown as { client_secret: string };
    const authorization = `Basic ${Buffer.from(`${body.client_id}:${secret}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
    const form = 'grant_type=client_credentials&scope=internal_application_mgt_view%20SYSTEM';
    const answer = await server.fetch('/oauth2/token', { method: 'POST', headers, body: form });
    expect((await answer.json()) as object).not.to.have.property('scope');
  });

  it('cannot join the sector of others, whose users it would recognize', async () => {
    const sector = await Receiver.start(() => ({ body: JSON.stringify(['https://other.example/cb']) }));
    try {
      const metadata = { subject_type: 'pairwise', sector_identifier_uri: `${sector.origin}/sector.json` };
      const { status, body } = await register(metadata);
      expect([status, body.error]).to.deep.equal([400, 'invalid_client_metadata']);
      expect(body.error_description).to.match(/sector_identifier_uri|sectorIdentifierUri/);
      sector.answers(() => ({ body: JSON.stringify(redirect_uris) }));
      const good = await register(metadata);
      expect(good.status, JSON.stringify(good.body)).to.equal(201);
      sector.answers(() => ({ body: JSON.stringify(['https://other.example/cb']) }));
      const path = `${PATH}/${good.body.client_id}`;
      const change = { ...metadata, redirect_uris: ['https://client.example/third'] };
      expect((await send('PUT', path, change, good.body.registration_access_token)).status).to.equal(400);
    } finally {
      await sector.stop();
    }
  });
});
