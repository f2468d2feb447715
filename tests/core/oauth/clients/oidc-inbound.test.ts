import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { type ApiFailure, apiAs, type Json } from '../../applications/application-api.js';

const code = { grantTypes: ['authorization_code'], callbackURLs: ['https://app.example.com/cb'] };
const machine = { grantTypes: ['client_credentials'] };

describe('the OpenID Connect configuration of an application', () => {
  let server: TestServer;
  let api: ReturnType<typeof apiAs>;
  let count = 0;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    api = apiAs(server);
  });
  after(() => server.stop());

  const make = (oidc?: Json) => api.make(`app ${count++}`, oidc ? { inboundProtocolConfiguration: { oidc } } : {});
  const pathOf = (id: string) => `/${id}/inbound-protocols/oidc`;
  const read = async (id: string) => (await api.get(pathOf(id))).body;
  const token = async (client: Json) => {
    const { clientId, clientSecret } = client as { clientId: string; clientSecret: string };
    const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    const response = await server.fetch('/oauth2/token', {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
    });
    return { status: response.status, body: (await response.json()) as Json };
  };
  const introspect = async (client: Json, accessToken: unknown) => {
    const { clientId, clientSecret } = client as { clientId: string; clientSecret: string };
    const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
    const response = await server.fetch('/oauth2/introspect', {
      method: 'POST',
      headers,
      body: `token=${String(accessToken)}`,
    });
    return ((await response.json()) as { active: boolean }).active;
  };

  describe('at creation', () => {
    it('comes with a client id and a secret, which only this answer shows', async () => {
      const made = await api.post<Json>('', { name: 'with oidc', inboundProtocolConfiguration: { oidc: code } });
      expect(made.status).to.equal(201);
      const { oidc } = made.body['inboundProtocolConfiguration'] as { oidc: Json };
      expect(oidc['clientId']).to.match(/^\w{28}$/);
      expect(oidc['clientSecret']).to.match(/^\w{28}$/);
      const id = made.body['id'] as string;
      const { clientSecret: _, ...rest } = oidc;
      expect(await read(id)).to.deep.equal(rest);
      expect((await api.get(`/${id}`)).body).to.include({ clientId: oidc['clientId'] });
      const { body } = await api.get<Json[]>(`/${id}/inbound-protocols`);
      const self = `/api/server/v1/applications/${id}/inbound-protocols/oidc`;
      expect(body).to.deep.equal([{ type: 'oauth2', name: oidc['clientId'], self }]);
    });

    it('makes no application when it is refused', async () => {
      const oidc = { grantTypes: ['authorization_code'] };
      const { status, body } = await api.post<ApiFailure>('', {
        name: 'refused',
        inboundProtocolConfiguration: { oidc },
      });
      expect([status, body.code]).to.deep.equal([400, 'OAUTH-60001']);
      expect((await api.get<{ totalResults: number }>('?filter=name+eq+refused')).body.totalResults).to.equal(0);
    });

    it('names the member of the request that is wrong', async () => {
      const oidc = { ...code, hybridFlow: { enable: 'yes' } };
      const { status, body } = await api.post<ApiFailure>('', {
        name: 'named',
        inboundProtocolConfiguration: { oidc },
      });
      expect([status, body.code]).to.deep.equal([400, 'OAUTH-60001']);
      expect(body.description).to.match(/^oidc\.hybridFlow\.enable: /);
    });

    it('keeps a client id and a secret of the own choice, once in an organization', async () => {
      const oidc = { ...machine, clientId: 'my_own_client_id', clientSecret: 'my-own-secret' };
      await make(oidc);
      expect((await token(oidc)).status).to.equal(200);
      const { status, body } = await api.post<ApiFailure>('', {
        name: 'second',
        inboundProtocolConfiguration: { oidc },
      });
      expect([status, body.code]).to.deep.equal([409, 'OAUTH-60008']);
      expect((await api.get<{ totalResults: number }>('?filter=name+eq+second')).body.totalResults).to.equal(0);
    });
  });

  describe('in the protocol', () => {
    it('is valid at once, and a change of it too', async () => {
      const id = await make();
      const { body: client } = await api.put(pathOf(id), machine);
      expect((await token(client)).status).to.equal(200);
      await api.put(pathOf(id), code);
      expect((await token(client)).body['error']).to.equal('unauthorized_client');
      await api.put(pathOf(id), machine);
      expect((await token(client)).status).to.equal(200);
      await api.patch(`/${id}`, { applicationEnabled: false });
      expect((await token(client)).body['error']).to.equal('invalid_client');
      await api.delete(`/${id}`);
      expect((await token(client)).body['error']).to.equal('invalid_client');
    });
  });

  describe('by PUT', () => {
    it('answers 201 with its address, then 200', async () => {
      const id = await make();
      expect((await api.get<ApiFailure>(pathOf(id))).body.code).to.equal('APP-60502');
      const made = await api.put(pathOf(id), code);
      expect(made.status).to.equal(201);
      expect(made.headers.get('location')).to.equal(`${server.origin}/api/server/v1/applications${pathOf(id)}`);
      expect(made.body['clientSecret']).to.be.a('string');
      const changed = await api.put(pathOf(id), { ...code, pkce: { mandatory: true } });
      expect(changed.status).to.equal(200);
      expect(changed.body).to.not.have.property('clientSecret');
      expect(changed.body['pkce']).to.include({ mandatory: true });
      expect(changed.body['clientId']).to.equal(made.body['clientId']);
    });

    it('replaces: what it does not name has its default again', async () => {
      const id = await make({
        ...code,
        refreshToken: { expiryInSeconds: 60 },
        allowedOrigins: ['https://app.example.com'],
      });
      await api.put(pathOf(id), code);
      const after = await read(id);
      expect(after['refreshToken']).to.include({ expiryInSeconds: 86_400 });
      expect(after['allowedOrigins']).to.deep.equal([]);
    });

    it('takes back what it has shown', async () => {
      const id = await make({ ...code, idToken: { audience: ['a', 'b'], idTokenSignedResponseAlg: 'ES256' } });
      const shown = await read(id);
      const { status, body } = await api.put(pathOf(id), shown);
      expect([status, body], JSON.stringify(body)).to.deep.equal([200, shown]);
    });

    it('takes 0 for the life time of the server, and RS256 under both of its names', async () => {
      for (const idTokenSignedResponseAlg of ['RS256', 'SHA256withRSA', '']) {
        const access = { userAccessTokenExpiryInSeconds: 0, applicationAccessTokenExpiryInSeconds: 7 };
        const shown = await read(await make({ ...code, accessToken: access, idToken: { idTokenSignedResponseAlg } }));
        expect(shown['accessToken']).to.include({
          userAccessTokenExpiryInSeconds: 3600,
          applicationAccessTokenExpiryInSeconds: 7,
        });
        expect(shown['idToken']).to.include({ idTokenSignedResponseAlg: 'SHA256withRSA' });
      }
    });

    it('takes every member that the contract has at its default', async () => {
      const defaults = {
        clientSecretExpiresAt: 0,
        multipleClientSecretsConfigured: false,
        state: 'ACTIVE',
        hybridFlow: { enable: false, responseType: null },
        accessToken: { type: 'JWT', bindingType: 'None', validateTokenBinding: false, enableJwtScopeAsArray: false },
        refreshToken: { gracefulRefreshTokenRotationEnabled: false, gracefulRefreshTokenReuseLimit: 1 },
        subjectToken: { enable: false, applicationSubjectTokenExpiryInSeconds: 180 },
        idToken: { encryption: { enabled: false, algorithm: '', method: '' } },
        logout: { backChannelLogoutUrl: '', frontChannelLogoutUrl: '' },
        validateRequestObjectSignature: false,
        scopeValidators: [],
        clientAuthentication: {
          tokenEndpointAuthMethod: '',
          tokenEndpointAuthSigningAlg: '',
          tlsClientAuthSubjectDn: null,
        },
        requestObject: { requestObjectSigningAlg: '', encryption: { algorithm: '', method: '' } },
        pushAuthorizationRequest: { requirePushAuthorizationRequest: false },
        subject: { subjectType: 'public', sectorIdentifierUri: '' },
        isFAPIApplication: false,
        fapiProfile: null,
        cibaAuthenticationRequest: { notificationChannels: [], skipUserValidation: false },
        issuer: null,
      };
      const { status, body } = await api.put(pathOf(await make()), { ...code, ...defaults });
      expect(status, JSON.stringify(body)).to.equal(201);
    });

    it('changes neither the client id nor the secret', async () => {
      const id = await make();
      const { body: client } = await api.put(pathOf(id), machine);
      for (const change of [{ clientId: 'another_client_id' }, { clientSecret: 'another-secret' }])
        expect((await api.put<ApiFailure>(pathOf(id), { ...machine, ...change })).body.code).to.equal('OAUTH-60001');
      const { clientId, clientSecret } = client;
      expect((await api.put(pathOf(id), { ...machine, clientId, clientSecret })).status).to.equal(200);
      expect((await token(client)).status).to.equal(200);
    });

    it('gives a client that is not public any more a secret', async () => {
      const id = await make();
      const made = await api.put(pathOf(id), { ...code, publicClient: true });
      expect(made.body).to.not.have.property('clientSecret');
      expect((await api.put(pathOf(id), code)).body['clientSecret']).to.be.a('string');
    });
  });

  describe('by DELETE', () => {
    it('goes, once', async () => {
      const id = await make(code);
      expect((await api.delete(pathOf(id))).status).to.equal(204);
      const { status, body } = await api.delete<ApiFailure>(pathOf(id));
      expect([status, body.code]).to.deep.equal([404, 'APP-60502']);
      expect((await api.get<unknown[]>(`/${id}/inbound-protocols`)).body).to.deep.equal([]);
      expect((await api.get(`/${id}`)).body).to.not.have.property('clientId');
    });
  });

  describe('its secret', () => {
    it('is replaced, and what the old one brought is not good any more', async () => {
      const id = await make();
      const { body: before } = await api.put(pathOf(id), machine);
      const { body: old } = await token(before);
      expect(await introspect(before, old['access_token'])).to.equal(true);
      const { status, body: after } = await api.post(`${pathOf(id)}/regenerate-secret`);
      expect(status).to.equal(200);
      expect(after['clientSecret'])
        .to.match(/^\w{28}$/)
        .and.not.equal(before['clientSecret']);
      expect((await token(before)).status).to.equal(401);
      expect(await introspect(after, old['access_token'])).to.equal(false);
      const { body: fresh } = await token(after);
      expect(await introspect(after, fresh['access_token'])).to.equal(true);
      expect(await read(id)).to.not.have.property('clientSecret');
    });

    it('is of no use after a revocation, until there is a new one', async () => {
      const id = await make();
      const { body: client } = await api.put(pathOf(id), machine);
      const { status, body } = await api.post<unknown>(`${pathOf(id)}/revoke`);
      expect([status, body]).to.deep.equal([200, '']);
      expect(await read(id)).to.include({ state: 'REVOKED' });
      expect((await token(client)).status).to.equal(401);
      await api.put(pathOf(id), machine);
      expect(await read(id)).to.include({ state: 'REVOKED' });
      const { body: again } = await api.post(`${pathOf(id)}/regenerate-secret`);
      expect(again).to.include({ state: 'ACTIVE' });
      expect((await token(again)).status).to.equal(200);
    });

    it('is none for a public client, which is switched on again all the same', async () => {
      const id = await make({ ...code, publicClient: true });
      await api.post(`${pathOf(id)}/revoke`);
      const { body } = await api.post(`${pathOf(id)}/regenerate-secret`);
      expect(body).to.include({ state: 'ACTIVE' }).and.not.have.property('clientSecret');
    });

    it('needs a configuration to belong to', async () => {
      const id = await make();
      for (const path of ['regenerate-secret', 'revoke']) {
        const { status, body } = await api.post<ApiFailure>(`${pathOf(id)}/${path}`);
        expect([status, body.code]).to.deep.equal([404, 'APP-60502']);
      }
    });
  });

  it('is audited by the names of the contract, never with a secret', async () => {
    const id = await make();
    const { body: client } = await api.put(pathOf(id), machine);
    await api.put(pathOf(id), machine);
    const { body: changed } = await api.post(`${pathOf(id)}/regenerate-secret`);
    await api.post(`${pathOf(id)}/revoke`);
    await api.delete(pathOf(id));
    const records = await server.server.container.get(AuditLogToken).list(SUPER_ORGANIZATION.id, 50);
    const own = records.filter((record) => record['targetId'] === id).reverse();
    expect(own.map((record) => record['action'])).to.deep.equal([
      'create-application',
      'create-oauth-application',
      'update-oauth-application',
      'regenerate-client-secret',
      'revoke-oauth-application',
      'delete-oauth-application',
    ]);
    const text = JSON.stringify([...own, ...server.logs]);
    for (const secret of [client['clientSecret'], changed['clientSecret']]) expect(text).to.not.contain(secret);
  });
});

describe('readable client secrets', () => {
  it('are shown again when the operator keeps them readable', async function () {
    this.timeout(60_000);
    const server = await startTestServer({ toml: '[oauth]\nhash_client_secret = false' });
    try {
      const api = apiAs(server);
      const id = await api.make('readable');
      const path = `/${id}/inbound-protocols/oidc`;
      const { body } = await api.put(path, code);
      expect((await api.get(path)).body).to.include({ clientSecret: body['clientSecret'] });
      expect((await api.put(path, (await api.get(path)).body)).status).to.equal(200);
    } finally {
      await server.stop();
    }
  });
});
