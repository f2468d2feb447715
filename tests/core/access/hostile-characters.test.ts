import { expect } from 'chai';
import { onEachDatabase } from '../../support/databases.js';
import { createUser } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const IDPS = '/api/server/v1/identity-providers';
const V1 = '/api/identity/consent-mgt/v1.0';
const V2 = '/api/identity/consent-mgt/v2.0';
const NUL = '\u0000';

/** What the columns of configuration are written from. */
const texts = (): [method: string, path: string, json?: unknown][] => [
  ['POST', '/api/server/v1/applications', { name: 'app', description: NUL, accessUrl: `https://a/${NUL}` }],
  ['POST', '/api/server/v1/api-resources', { name: NUL, identifier: 'urn:nul', scopes: [] }],
  ['POST', '/api/server/v1/api-resources', { name: 'nul', identifier: `urn:${NUL}`, scopes: [] }],
  ['POST', '/api/server/v1/api-resources', { name: 'nul', identifier: 'urn:nul1', description: NUL }],
  [
    'POST',
    '/api/server/v1/api-resources',
    { name: 'nul', identifier: 'urn:nul2', scopes: [{ name: 'n2', displayName: NUL }] },
  ],
  [
    'POST',
    '/api/server/v1/api-resources',
    { name: 'nul', identifier: 'urn:nul3', scopes: [{ name: 'n3', displayName: 'n', description: NUL }] },
  ],
  ['POST', '/api/server/v1/oidc/scopes', { name: NUL, displayName: 'n', claims: [] }],
  ['POST', '/api/server/v1/oidc/scopes', { name: 'nul1', displayName: `a${NUL}`, claims: [] }],
  ['POST', '/api/server/v1/oidc/scopes', { name: 'nul2', displayName: 'n', description: NUL, claims: [] }],
  ['POST', '/api/server/v1/oidc/scopes', { name: 'nul3', displayName: 'n', claims: [NUL] }],
  ['GET', '/api/server/v1/oidc/scopes/a%00b'],
  ['GET', '/api/server/v1/userstores/a%00b'],
  ['GET', '/api/server/v1/claim-dialects/a%00b/claims'],
  ['POST', '/api/server/v1/claim-dialects', { dialectURI: `urn:${NUL}` }],
  ['POST', '/scim2/v2/Roles', { displayName: `a${NUL}` }],
  ['GET', '/scim2/v2/Roles/a%00b'],
  ['POST', '/scim2/Groups', { displayName: `a${NUL}` }],
  ['GET', '/scim2/Groups/a%00b'],
  ['GET', '/scim2/Users/a%00b'],
  ['GET', `/scim2/Users?filter=${encodeURIComponent(`userName eq "a${NUL}"`)}`],
  ['GET', `/scim2/Roles?filter=${encodeURIComponent(`displayName eq "a${NUL}"`)}`],
  ['GET', '/api/server/v1/tenants/domain/a%00b'],
  ['GET', '/api/server/v1/tenants/a%00b'],
  ['GET', '/api/server/v1/notification/email/template-types/a%00b'],
  ['GET', '/api/server/v1/notification-senders/email/a%00b'],
  ['POST', '/api/server/v1/notification/email/template-types', { displayName: `a${NUL}` }],
  ['GET', '/api/server/v1/identity-governance/a%00b'],
  ['GET', '/api/server/v1/applications/a%00b'],
  ['GET', '/api/users/v1/a%00b/sessions'],
];

onEachDatabase('characters that a database cannot keep', (kind) => {
  let server: TestServer;
  let user = '';

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ database: kind });
    user = (await createUser(server, 'kim')).id;
  });
  after(() => server?.stop());

  it('are an error of whoever sends them', async () => {
    const associations = `/api/users/v1/${user}/federated-associations`;
    const filter = encodeURIComponent(`name eq a${NUL}b`);
    const calls: [method: string, path: string, json?: unknown][] = [
      ['GET', `${IDPS}?filter=${filter}`],
      ['GET', `${IDPS}/a%00b`],
      ['GET', `${IDPS}/a%00b/groups`],
      ['POST', IDPS, { name: `a${NUL}b` }],
      ['POST', IDPS, { name: 'described', description: NUL, homeRealmIdentifier: NUL }],
      ['POST', associations, { idp: `a${NUL}`, federatedUserId: 'x' }],
      ['DELETE', `${associations}/a%00b`],
      ['GET', '/api/users/v1/a%00b/associations'],
      [
        'POST',
        '/api/users/v1/federated-associations/bulk',
        {
          operations: [{ method: 'DELETE', bulkId: 'b', path: `/${NUL}/federated-associations` }],
        },
      ],
      ['GET', `${V1}/consents?service=a%00b`],
      ['GET', `${V1}/consents?piiPrincipalId=a%00b`],
      ['GET', `${V1}/consents?spTenantDomain=a%00b`],
      ['GET', `${V1}/consents/receipts/a%00b`],
      ['GET', `${V1}/purposes?group=a%00b`],
      ['POST', `${V1}/pii-categories`, { piiCategory: `a${NUL}` }],
      ['POST', `${V1}/purpose-categories`, { purposeCategory: `a${NUL}` }],
      ['GET', `${V2}/elements?filter=${filter}`],
      ['GET', `${V2}/elements/a%00b`],
      ['GET', `${V2}/purposes?filter=${filter}`],
      ['GET', `${V2}/purposes/a%00b/versions/a%00b`],
      ['GET', `${V2}/consents?serviceId=a%00b&purposeId=a%00b`],
      ['GET', `${V2}/consents?after=${Buffer.from(NUL).toString('base64')}`],
      ['GET', `${V2}/consents/a%00b`],
      ['POST', `${V2}/elements`, { name: 'e', properties: { [`a${NUL}`]: NUL } }],
      ['GET', `/api/server/v1/api-resources?filter=${filter}`],
      ['GET', '/api/server/v1/api-resources/a%00b'],
      ['GET', `/api/server/v1/applications?filter=${filter}`],
      ...texts(),
    ];
    const failed: string[] = [];
    for (const [method, path, json] of calls) {
      const { status } = await server.api(method, path, json);
      if (status >= 500) failed.push(`${status} ${method} ${path} ${JSON.stringify(json)}`);
    }
    expect(failed).to.deep.equal([]);
  });
});
