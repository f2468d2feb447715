import { expect } from 'chai';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { type ApiFailure, apiAs, type Json } from '../../applications/application-api.js';

const code = { grantTypes: ['authorization_code'], callbackURLs: ['https://app.example.com/cb'] };
const machine = { grantTypes: ['client_credentials'] };

describe('a request to configure OpenID Connect', () => {
  let server: TestServer;
  let api: ReturnType<typeof apiAs>;
  let count = 0;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    api = apiAs(server);
  });
  after(() => server.stop());

  const make = () => api.make(`app ${count++}`);
  const pathOf = (id: string) => `/${id}/inbound-protocols/oidc`;

  const unsupported: [string, Json][] = [
    ['hybridFlow.enable', { hybridFlow: { enable: true, responseType: 'code id_token' } }],
    ['subjectToken.enable', { subjectToken: { enable: true } }],
    ['accessToken.bindingType', { accessToken: { bindingType: 'DPoP' } }],
    ['accessToken.validateTokenBinding', { accessToken: { validateTokenBinding: true } }],
    ['accessToken.enableJwtScopeAsArray', { accessToken: { enableJwtScopeAsArray: true } }],
    [
      'refreshToken.gracefulRefreshTokenRotationEnabled',
      { refreshToken: { gracefulRefreshTokenRotationEnabled: true } },
    ],
    ['idToken.encryption.enabled', { idToken: { encryption: { enabled: true } } }],
    ['idToken.encryption.algorithm', { idToken: { encryption: { algorithm: 'RSA-OAEP-512' } } }],
    ['idToken.idTokenSignedResponseAlg', { idToken: { idTokenSignedResponseAlg: 'none' } }],
    ['logout.backChannelLogoutUrl', { logout: { backChannelLogoutUrl: 'https://app.example.com/out' } }],
    ['validateRequestObjectSignature', { validateRequestObjectSignature: true }],
    ['scopeValidators', { scopeValidators: ['Role based scope validator'] }],
    [
      'clientAuthentication.tokenEndpointAuthSigningAlg',
      { clientAuthentication: { tokenEndpointAuthSigningAlg: 'PS256' } },
    ],
    [
      'clientAuthentication.tokenEndpointAllowReusePvtKeyJwt',
      { clientAuthentication: { tokenEndpointAllowReusePvtKeyJwt: true } },
    ],
    [
      'clientAuthentication.tokenEndpointAuthMethod',
      { clientAuthentication: { tokenEndpointAuthMethod: 'private_key_jwt' } },
    ],
    ['requestObject.requestObjectSigningAlg', { requestObject: { requestObjectSigningAlg: 'PS256' } }],
    [
      'pushAuthorizationRequest.requirePushAuthorizationRequest',
      { pushAuthorizationRequest: { requirePushAuthorizationRequest: true } },
    ],
    ['subject.subjectType', { subject: { subjectType: 'pairwise' } }],
    ['isFAPIApplication', { isFAPIApplication: true }],
    ['fapiProfile', { fapiProfile: 'FAPI1_ADVANCED' }],
    [
      'cibaAuthenticationRequest.notificationChannels',
      { cibaAuthenticationRequest: { notificationChannels: ['email'] } },
    ],
    ['issuer', { issuer: { organizationId: 'x' } }],
    ['clientSecretExpiresAt', { clientSecretExpiresAt: 1761568483 }],
  ];
  for (const [member, change] of unsupported) {
    it(`refuses ${member}, and names it`, async () => {
      const id = await make();
      const { status, body } = await api.put<ApiFailure>(pathOf(id), { ...code, ...change });
      expect([status, body.code], JSON.stringify(body)).to.deep.equal([400, 'OAUTH-60001']);
      expect(body.description).to.contain(member);
      expect((await api.get(pathOf(id))).status).to.equal(404);
    });
  }

  const wrong: [string, unknown, string][] = [
    ['no grant types', {}, 'grantTypes'],
    ['an empty list of grant types', { grantTypes: [] }, 'grantTypes'],
    ['an unknown grant type', { grantTypes: ['implicit'] }, 'implicit'],
    ['a code without callbacks', { grantTypes: ['authorization_code'] }, 'Callback URI is mandatory'],
    ['a callback with a fragment', { ...code, callbackURLs: ['https://app.example.com/#x'] }, 'fragment'],
    ['a callback that is a script', { ...code, callbackURLs: ['javascript:alert(1)'] }, 'callbackURLs'],
    ['callbacks that are a text', { ...code, callbackURLs: 'https://app.example.com/cb' }, 'callbackURLs'],
    ['an origin with a path', { ...code, allowedOrigins: ['https://app.example.com/'] }, 'allowedOrigins'],
    ['every origin', { ...code, allowedOrigins: ['*'] }, 'allowedOrigins'],
    ['the origin null', { ...code, allowedOrigins: ['null'] }, 'allowedOrigins'],
    ['an empty audience', { ...code, idToken: { audience: ['a', ' '] } }, 'idToken.audience'],
    ['an audience twice', { ...code, idToken: { audience: ['a', 'a'] } }, 'idToken.audience'],
    ['an unknown token type', { ...code, accessToken: { type: 'SAML' } }, 'accessToken.type'],
    ['tokens for ever', { ...code, refreshToken: { expiryInSeconds: -1 } }, 'refreshToken.expiryInSeconds'],
    [
      'a life time that is a text',
      { ...code, refreshToken: { expiryInSeconds: '60' } },
      'refreshToken.expiryInSeconds',
    ],
    ['a public client with a grant for others', { ...machine, publicClient: true }, 'client_credentials'],
    [
      'a public client with a method',
      { ...code, publicClient: true, clientAuthentication: { tokenEndpointAuthMethod: 'client_secret_basic' } },
      'public',
    ],
    ['a public client with a secret', { ...code, publicClient: true, clientSecret: 'some-secret' }, 'clientSecret'],
    ['a client id that is too short', { ...code, clientId: 'short' }, 'client id'],
    ['a client id with a quote', { ...code, clientId: "x' OR '1'='1" }, 'client id'],
    ['a secret that is too short', { ...code, clientSecret: 'x' }, 'clientSecret'],
    ['a member nobody knows', { ...code, sauce: 1 }, 'sauce'],
    ['a list', [code], ''],
    ['no JSON', '{', 'JSON'],
    [
      'more than fits',
      {
        ...code,
        callbackURLs: Array.from({ length: 100 }, (_, index) => `https://app.example.com/${index}${'a'.repeat(900)}`),
      },
      'larger',
    ],
  ];
  for (const [title, body, text] of wrong) {
    it(`refuses ${title}`, async () => {
      const answer = await api.put<ApiFailure>(pathOf(await make()), body);
      expect([answer.status, answer.body.code], JSON.stringify(answer.body)).to.deep.equal([400, 'OAUTH-60001']);
      expect(answer.body.description).to.contain(text);
    });
  }
});
