import { expect } from 'chai';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type ApiFailure, apiAs } from './application-api.js';

describe('a request to make an application', () => {
  let server: TestServer;
  let api: ReturnType<typeof apiAs>;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    api = apiAs(server);
  });
  after(() => server.stop());

  const wrong: [string, unknown, string][] = [
    ['no name', {}, 'name'],
    ['an empty name', { name: '' }, 'name'],
    ['a name of blanks', { name: '   ' }, 'name'],
    ['a name with a quote', { name: "O'Brien" }, 'name'],
    ['a name with a percent sign', { name: '100%' }, 'name'],
    ['a name with markup', { name: '<script>' }, 'name'],
    ['a name that is too long', { name: 'a'.repeat(192) }, 'name'],
    ['a name that is a number', { name: 5 }, 'name'],
    ['a list', [], ''],
    ['a text', '"x"', ''],
    ['a flag that is a text', { name: 'W1', applicationEnabled: 'yes' }, 'applicationEnabled'],
    ['an object that is a list', { name: 'W2', advancedConfigurations: [] }, 'advancedConfigurations'],
    ['a member nobody knows', { name: 'W3', sauce: 1 }, 'sauce'],
    ['an unknown inner member', { name: 'W4', advancedConfigurations: { sauce: 1 } }, 'advancedConfigurations'],
    ['an address that runs a script', { name: 'W5', accessUrl: 'javascript:alert(1)' }, 'accessUrl'],
    [
      'a switch that is not supported',
      { name: 'W6', advancedConfigurations: { saas: true } },
      'advancedConfigurations.saas',
    ],
    [
      'a certificate that is none',
      { name: 'W7', advancedConfigurations: { certificate: { type: 'PEM', value: 'x' } } },
      'certificate',
    ],
    [
      'key sets over http',
      { name: 'W8', advancedConfigurations: { certificate: { type: 'JWKS', value: 'http://a.example/k' } } },
      'certificate',
    ],
    [
      'an unknown claim',
      {
        name: 'W9',
        claimConfiguration: { requestedClaims: [{ claim: { uri: 'http://wso2.org/claims/nonsense' } }] },
      },
      'nonsense',
    ],
    [
      'an unmapped claim',
      { name: 'W10', claimConfiguration: { dialect: 'CUSTOM', requestedClaims: [{ claim: { uri: 'mail' } }] } },
      'mail',
    ],
    [
      'a claim mapped twice',
      {
        name: 'W11',
        claimConfiguration: {
          dialect: 'CUSTOM',
          claimMappings: ['emailaddress', 'mobile'].map((name) => ({
            applicationClaim: 'm',
            localClaim: { uri: `http://wso2.org/claims/${name}` },
          })),
        },
      },
      'mapping',
    ],
    [
      'outbound provisioning',
      { name: 'W12', provisioningConfigurations: { outboundProvisioningIdps: [{ idp: 'x' }] } },
      'outboundProvisioningIdps',
    ],
    ['no JSON', '{"name": "W13"', ''],
    ['a template', { name: 'W14', inboundProtocolConfiguration: 3 }, 'inboundProtocolConfiguration'],
    ['prototype games', '{"name": "W15", "__proto__": {"saas": true}}', ''],
  ];
  for (const [title, body, named] of wrong) {
    it(`answers 400 to ${title}`, async () => {
      const answer = await api.post<ApiFailure>('', body);
      expect([answer.status, answer.body.code], JSON.stringify(answer.body)).to.deep.equal([400, 'APP-60001']);
      expect(answer.body.description).to.contain(named);
    });
  }

  it('answers 400 to a role that is not there, and shows those that are by name', async () => {
    const roles = [{ id: '7a5e5a3e-1111-4222-8333-444455556666' }];
    const { status, body } = await api.post<ApiFailure>('', {
      name: 'Roles',
      associatedRoles: { allowedAudience: 'ORGANIZATION', roles },
    });
    expect([status, body.code]).to.deep.equal([400, 'APP-60008']);
  });

  it('answers 400 to more than fits, and writes nothing', async () => {
    const requestedClaims = Array.from({ length: 400 }, () => ({
      claim: { uri: 'http://wso2.org/claims/emailaddress' },
      mandatory: true,
    }));
    const properties = Array.from({ length: 90 }, (_, index) => ({ name: `p${index}`, value: 'ä'.repeat(400) }));
    const more = {
      claimConfiguration: { requestedClaims },
      advancedConfigurations: { additionalSpProperties: properties },
    };
    const { status } = await api.post('', { name: 'Large', ...more });
    expect(status).to.equal(400);
    const { body } = await api.get<{ totalResults: number }>('?filter=name+eq+Large');
    expect(body.totalResults).to.equal(0);
  });

  it('answers 413 to a huge body', async () => {
    const { status } = await api.post('', { name: 'Huge', description: 'x'.repeat(2_000_000) });
    expect(status).to.equal(413);
  });

  it('answers 400 to a template, for there are none', async () => {
    const { status, body } = await api.post<ApiFailure>('?template=spa', { name: 'Templated' });
    expect([status, body.code]).to.deep.equal([400, 'APP-60001']);
  });

  it('answers APP-60501 to a protocol that is not there, and makes no application', async () => {
    const { status, body } = await api.post<ApiFailure>('', {
      name: 'Saml',
      inboundProtocolConfiguration: { saml: {} },
    });
    expect([status, body.code]).to.deep.equal([400, 'APP-60501']);
    expect((await api.get<{ totalResults: number }>('?filter=name+eq+Saml')).body.totalResults).to.equal(0);
  });
});
