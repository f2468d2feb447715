import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { APPLICATIONS, apiAs, callerWith } from './application-api.js';

interface Operation {
  readonly operationId: string;
  readonly security: readonly Record<string, string[]>[];
  readonly responses: Readonly<Record<string, unknown>>;
}

const view = 'internal_application_mgt_view';
const create = 'internal_application_mgt_create';
const update = 'internal_application_mgt_update';
const remove = 'internal_application_mgt_delete';
const createSecret = 'internal_application_mgt_client_secret_create';
const viewSecret = 'internal_application_mgt_client_secret_view';
const removeSecret = 'internal_application_mgt_client_secret_delete';
const updateScript = 'internal_application_script_update';

/** What the published description says of each operation that there is: method, path, scope, id, statuses of success. */
const published = [
  ['get', '', view, 'getAllApplications', '200'],
  ['post', '', create, 'createApplication', '201'],
  ['get', '/{applicationId}', view, 'getApplication', '200'],
  ['patch', '/{applicationId}', update, 'patchApplication', '200'],
  ['delete', '/{applicationId}', remove, 'deleteApplication', '204'],
  ['get', '/{applicationId}/authenticators', view, 'getConfiguredAuthenticators', '200'],
  ['put', '/{applicationId}/authenticationSequence/script', updateScript, 'updateAuthenticationScript', '200'],
  ['get', '/{applicationId}/authorized-apis', view, 'getAuthorizedAPIs', '200'],
  ['post', '/{applicationId}/authorized-apis', update, 'addAuthorizedAPI', '201'],
  ['patch', '/{applicationId}/authorized-apis/{apiId}', update, 'patchAuthorizedAPI', '200'],
  ['delete', '/{applicationId}/authorized-apis/{apiId}', update, 'deleteAuthorizedAPI', '204'],
  ['get', '/{applicationId}/inbound-protocols/', view, 'getInboundAuthenticationConfigurations', '200'],
  ['get', '/{applicationId}/inbound-protocols/oidc', view, 'getInboundOAuthConfiguration', '200'],
  ['put', '/{applicationId}/inbound-protocols/oidc', update, 'updateInboundOAuthConfiguration', '200 201'],
  ['delete', '/{applicationId}/inbound-protocols/oidc', remove, 'deleteInboundOAuthConfiguration', '204'],
  [
    'post',
    '/{applicationId}/inbound-protocols/oidc/regenerate-secret',
    createSecret,
    'regenerateOAuthClientSecret',
    '200',
  ],
  ['post', '/{applicationId}/inbound-protocols/oidc/secrets', createSecret, 'createOAuthClientSecret', '201'],
  ['get', '/{applicationId}/inbound-protocols/oidc/secrets', viewSecret, 'getOAuthClientSecrets', '200'],
  ['get', '/{applicationId}/inbound-protocols/oidc/secrets/{secretId}', viewSecret, 'getOAuthClientSecret', '200'],
  [
    'delete',
    '/{applicationId}/inbound-protocols/oidc/secrets/{secretId}',
    removeSecret,
    'deleteOAuthClientSecret',
    '204',
  ],
  ['post', '/{applicationId}/inbound-protocols/oidc/revoke', create, 'revokeOAuthClient', '200'],
  ['get', '/meta/inbound-protocols', view, 'getInboundProtocols', '200'],
  ['get', '/meta/inbound-protocols/oidc', view, 'getOIDCMetadata', '200'],
] as const;

describe('the contract of the application management API', () => {
  let server: TestServer;
  let operations: Map<string, Operation>;
  let everything: Operation[];

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    type Document = { paths: Record<string, Record<string, Operation>> };
    const { body } = await server.api<Document>('GET', '/api/docs/openapi.json');
    everything = Object.values(body.paths).flatMap((methods) => Object.values(methods));
    const own = Object.entries(body.paths).filter(([path]) => path.startsWith(APPLICATIONS));
    operations = new Map(
      own.flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => [
          `${method} ${path.slice(APPLICATIONS.length)}`,
          operation,
        ]),
      ),
    );
  });
  after(() => server.stop());

  it('is described as published, and nothing beyond it is there', () => {
    expect([...operations.keys()].sort()).to.deep.equal(published.map(([method, path]) => `${method} ${path}`).sort());
    for (const [method, path, scope, operationId, statuses] of published) {
      const operation = operations.get(`${method} ${path}`) as Operation;
      expect(operation.operationId).to.equal(operationId);
      expect(operation.security).to.deep.equal([{ oauth2: [scope] }, { basic: [] }]);
      expect(
        Object.keys(operation.responses)
          .filter((status) => status !== 'default')
          .join(' '),
      ).to.equal(statuses);
    }
  });

  it('has every scope of this server in the shipped API resources, and no other there', () => {
    const file = JSON.parse(readFileSync('config/api-resources.json', 'utf8')) as { scopes: { name: string }[] }[];
    const shipped = file.flatMap(({ scopes }) => scopes.map(({ name }) => name));
    const used = everything.flatMap(({ security }) => security[0]?.['oauth2'] ?? []);
    // What the authorization endpoint asks for, of those who act for others.
    used.push('internal_user_impersonate', 'internal_org_user_impersonate');
    // What only tokens need: with a password the user may change it anyway.
    used.push('internal_user_password_update');
    expect([...new Set(used)].sort()).to.deep.equal(shipped.sort());
  });

  const address = (path: string) => path.replace(/\{\w+\}/g, '7a5e5a3e-1111-4222-8333-444455556666');
  const scopes = [view, create, update, remove, createSecret, viewSecret, removeSecret, updateScript];

  for (const [method, path] of published) {
    it(`refuses ${method} ${path} without credentials, and with wrong ones`, async () => {
      for (const authorization of [undefined, 'Basic YWRtaW46d3Jvbmc=', 'Bearer nonsense', 'Basic !']) {
        const response = await server.fetch(`${APPLICATIONS}${address(path)}`, {
          method: method.toUpperCase(),
          ...(authorization ? { headers: { authorization } } : {}),
        });
        expect(response.status).to.equal(401);
        expect(response.headers.get('www-authenticate')).to.be.a('string').that.is.not.empty;
        expect(await response.json()).to.have.all.keys('code', 'message', 'description', 'traceId');
      }
    });
  }

  for (const scope of scopes) {
    it(`lets ${scope} do what it is for, and nothing else`, async function () {
      this.timeout(60_000);
      const api = apiAs(server, await callerWith(server, `only-${scope}`, [scope]));
      for (const [method, path, needed] of published) {
        const body = method === 'get' || method === 'delete' ? undefined : {};
        const send = api[method] as (path: string, json?: unknown) => Promise<{ status: number }>;
        const { status } = await send(address(path), body);
        if (needed === scope) expect(status, `${method} ${path}`).to.not.be.oneOf([401, 403, 500]);
        else expect(status, `${method} ${path}`).to.equal(403);
      }
    });
  }

  it('shows an application as READ to who cannot change it', async () => {
    const id = await apiAs(server).make('Shown');
    const reader = apiAs(server, await callerWith(server, 'reader', [view]));
    expect((await reader.get(`/${id}`)).body).to.include({ access: 'READ' });
    expect((await apiAs(server).get(`/${id}`)).body).to.include({ access: 'WRITE' });
  });

  it('answers 405 with what there is to a method that is not', async () => {
    const { status, headers } = await apiAs(server).put('', {});
    expect([status, headers.get('allow')]).to.deep.equal([405, 'GET, POST']);
  });
});
