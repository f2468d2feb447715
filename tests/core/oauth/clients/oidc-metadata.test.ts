import { expect } from 'chai';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { apiAs, type Json } from '../../applications/application-api.js';

type Options = { readonly options: readonly { readonly name: string }[] };

describe('the metadata of inbound protocols', () => {
  let server: TestServer;
  let api: ReturnType<typeof apiAs>;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    api = apiAs(server);
  });
  after(() => server.stop());

  it('lists the protocols', async () => {
    expect((await api.get<unknown>('/meta/inbound-protocols')).body).to.deep.equal([
      { name: 'oidc', displayName: 'OAuth/OpenID Connect' },
    ]);
    expect((await api.get<unknown>('/meta/inbound-protocols?customOnly=true')).body).to.deep.equal([]);
    expect((await api.get('/meta/inbound-protocols?customOnly=maybe')).status).to.equal(400);
  });

  it('has the defaults and names of the contract', async () => {
    const { status, body } = await api.get('/meta/inbound-protocols/oidc');
    expect(status).to.equal(200);
    expect(body).to.deep.include({
      defaultUserAccessTokenExpiryTime: '3600',
      defaultApplicationAccessTokenExpiryTime: '3600',
      defaultRefreshTokenExpiryTime: '86400',
      defaultIdTokenExpiryTime: '3600',
      subjectType: { options: ['public', 'pairwise'], defaultValue: 'public' },
      tokenEndpointAllowReusePvtKeyJwt: false,
    });
    const { options: bindings, defaultValue } = body['accessTokenBindingType'] as {
      options: string[];
      defaultValue: string;
    };
    expect(bindings).to.include.members([
      'None',
      'certificate',
      'cookie',
      'sso-session',
      'device-flow',
      'DPoP',
      'client-request',
    ]);
    expect(defaultValue).to.equal('None');
    expect(body['tokenEndpointSignatureAlgorithm']).to.deep.equal({
      options: ['PS256', 'ES256', 'ES384', 'SHA256withRSA', 'RS384'],
    });
    expect(body['idTokenEncryptionAlgorithm']).to.include({ defaultValue: 'RSA-OAEP' });
    expect(body['idTokenEncryptionMethod']).to.include({ defaultValue: 'A128GCM' });
    expect(body['scopeValidators']).to.deep.equal({ options: ['Role based scope validator'] });
    expect(body['fapiMetadata']).to.deep.include({ allowedSignatureAlgorithms: { options: ['PS256', 'ES256'] } });
    expect(body['cibaMetadata']).to.deep.equal({
      supportedNotificationChannels: [
        { name: 'external', displayName: 'External' },
        { name: 'email', displayName: 'Email' },
        { name: 'sms', displayName: 'SMS' },
      ],
    });
    const { options } = body['allowedGrantTypes'] as Options;
    expect(options).to.deep.include({ name: 'authorization_code', displayName: 'Code', publicClientAllowed: true });
    expect(options).to.deep.include({
      name: 'client_credentials',
      displayName: 'Client Credential',
      publicClientAllowed: false,
    });
  });

  it('offers nothing that a configuration could not be set to', async () => {
    const { body } = await api.get('/meta/inbound-protocols/oidc');
    const callbackURLs = ['https://app.example.com/cb'];
    const values = (member: string) => (body[member] as { options: string[] }).options;
    const names = (member: string) => (body[member] as Options).options.map(({ name }) => name);
    const changes: Json[] = [
      ...names('allowedGrantTypes').map((name) => ({ grantTypes: [name] })),
      ...names('tokenEndpointAuthMethod').map((tokenEndpointAuthMethod) => ({
        clientAuthentication: { tokenEndpointAuthMethod },
      })),
      ...values('accessTokenType').map((type) => ({ accessToken: { type } })),
      ...values('accessTokenBindingType').map((bindingType) => ({ accessToken: { bindingType } })),
      ...values('idTokenSignatureAlgorithm').map((name) => ({ idToken: { idTokenSignedResponseAlg: name } })),
      ...values('scopeValidators').map((name) => ({ scopeValidators: [name] })),
      ...values('requestObjectSignatureAlgorithm').map((name) => ({
        requestObject: { requestObjectSigningAlg: name },
      })),
      ...values('subjectType').map((subjectType) => ({ subject: { subjectType } })),
    ];
    expect(changes.length).to.be.above(8);
    const path = `/${await api.make('offered')}/inbound-protocols/oidc`;
    for (const change of changes) {
      const { status, body: answer } = await api.put(path, {
        grantTypes: ['authorization_code'],
        callbackURLs,
        ...change,
      });
      expect(status, JSON.stringify([change, answer])).to.be.oneOf([200, 201]);
    }
  });
});
