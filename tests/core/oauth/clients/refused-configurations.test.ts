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

  const impossible: [string, Json][] = [
    ['hybridFlow.responseType', { hybridFlow: { enable: true, responseType: 'code id_token,token' } }],
    ['subjectToken.enable', { subjectToken: { enable: 'yes' } }],
    ['accessToken.bindingType', { accessToken: { bindingType: 'glue' } }],
    ['idToken.encryption.algorithm', { idToken: { encryption: { enabled: true, algorithm: 'RSA1_5' } } }],
    ['idToken.encryption.method', { idToken: { encryption: { enabled: true, method: 'A128CTR' } } }],
    ['idToken.idTokenSignedResponseAlg', { idToken: { idTokenSignedResponseAlg: 'HS256' } }],
    ['logout.backChannelLogoutUrl', { logout: { backChannelLogoutUrl: 'http://app.example.com/out' } }],
    ['logout.frontChannelLogoutUrl', { logout: { frontChannelLogoutUrl: 'javascript:alert(1)' } }],
    [
      'clientAuthentication.tokenEndpointAuthSigningAlg',
      { clientAuthentication: { tokenEndpointAuthSigningAlg: 'none' } },
    ],
    ['clientAuthentication.tokenEndpointAuthMethod', { clientAuthentication: { tokenEndpointAuthMethod: 'guess' } }],
    ['requestObject.requestObjectSigningAlg', { requestObject: { requestObjectSigningAlg: 'HS256' } }],
    ['requestObject.encryption.algorithm', { requestObject: { encryption: { algorithm: 'RSA1_5' } } }],
    ['subject.subjectType', { subject: { subjectType: 'secret' } }],
    ['subject.sectorIdentifierUri', { subject: { sectorIdentifierUri: 'http://app.example.com/sector' } }],
    [
      'subject.sectorIdentifierUri',
      { callbackURLs: ['https://a.example/cb', 'https://b.example/cb'], subject: { subjectType: 'pairwise' } },
    ],
    ['fapiProfile', { fapiProfile: 'FAPI1_ADVANCED' }],
    [
      'cibaAuthenticationRequest.notificationChannels',
      { cibaAuthenticationRequest: { notificationChannels: ['pigeon'] } },
    ],
    ['scopeValidators', { scopeValidators: ['XACML Scope Validator'] }],
    ['issuer', { issuer: { organizationId: 'x' } }],
    ['clientSecretExpiresAt', { clientSecretExpiresAt: 1761568483 }],
  ];
  for (const [member, change] of impossible) {
    it(`refuses ${member} as ${JSON.stringify(change)}, and names it`, async () => {
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
    ['an unknown grant type', { grantTypes: ['explicit'] }, 'explicit'],
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
