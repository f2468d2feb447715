import { expect } from 'chai';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { callerWith, PROVIDERS, providersAs, TOKEN_ISSUERS } from './provider-api.js';

interface Operation {
  readonly operationId: string;
  readonly security: readonly Record<string, string[]>[];
  readonly responses: Readonly<Record<string, unknown>>;
}

const view = 'internal_idp_view';
const create = 'internal_idp_create';
const update = 'internal_idp_update';
const remove = 'internal_idp_delete';
const one = `${PROVIDERS}/{id}`;

/** What the published description says of each operation that there is: method, path, scope, id, status of success. */
const published = [
  ['get', PROVIDERS, view, 'getIDPs', '200'],
  ['post', PROVIDERS, create, 'addIDP', '201'],
  ['get', one, view, 'getIDP', '200'],
  ['patch', one, update, 'patchIDP', '200'],
  ['delete', one, remove, 'deleteIDP', '204'],
  ['get', `${one}/claims`, view, 'getClaimConfig', '200'],
  ['put', `${one}/claims`, update, 'updateClaimConfig', '200'],
  ['get', `${one}/roles`, view, 'getRoleConfig', '200'],
  ['put', `${one}/roles`, update, 'updateRoleConfig', '200'],
  ['get', `${one}/groups`, view, 'getGroupConfig', '200'],
  ['put', `${one}/groups`, update, 'updateGroupConfig', '200'],
  ['get', `${one}/implicit-association`, view, 'getFederatedAssociationConfig', '200'],
  ['put', `${one}/implicit-association`, update, 'updateFederatedAssociationConfig', '200'],
  ['get', `${one}/provisioning`, view, 'getProvisioningConfig', '200'],
  ['get', `${one}/provisioning/jit`, view, 'getJITConfig', '200'],
  ['put', `${one}/provisioning/jit`, update, 'updateJITConfig', '200'],
  ['get', `${one}/provisioning/outbound-connectors`, view, 'getOutboundConnectors', '200'],
  ['put', `${one}/provisioning/outbound-connectors`, update, 'updateOutboundConnectors', '200'],
  ['get', `${one}/federated-authenticators`, view, 'getFederatedAuthenticators', '200'],
  ['put', `${one}/federated-authenticators`, update, 'updateFederatedAuthenticators', '200'],
  ['get', `${one}/federated-authenticators/{authenticatorId}`, view, 'getFederatedAuthenticator', '200'],
  ['get', `${one}/connected-apps`, view, 'getConnectedApps', '200'],
  ['get', `${PROVIDERS}/meta/federated-authenticators`, view, 'getMetaFederatedAuthenticators', '200'],
  ['get', `${PROVIDERS}/meta/outbound-provisioning-connectors`, view, 'getMetaOutboundConnectors', '200'],
  ['get', TOKEN_ISSUERS, view, 'getTrustedTokenIssuers', '200'],
  ['post', TOKEN_ISSUERS, create, 'addTrustedTokenIssuer', '201'],
  ['get', `${TOKEN_ISSUERS}/{id}`, view, 'getTrustedTokenIssuer', '200'],
  ['patch', `${TOKEN_ISSUERS}/{id}`, update, 'patchTrustedTokenIssuer', '200'],
  ['delete', `${TOKEN_ISSUERS}/{id}`, remove, 'deleteTrustedTokenIssuer', '204'],
] as const;

describe('the contract of the identity provider API', () => {
  let server: TestServer;
  let operations: Map<string, Operation>;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    type Document = { paths: Record<string, Record<string, Operation>> };
    const { body } = await server.api<Document>('GET', '/api/docs/openapi.json');
    const own = Object.entries(body.paths).filter(([path]) =>
      [PROVIDERS, TOKEN_ISSUERS].some((base) => path.startsWith(base)),
    );
    operations = new Map(
      own.flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
      ),
    );
  });
  after(() => server.stop());

  const address = (path: string) => path.replace(/\{\w+\}/g, '7a5e5a3e-1111-4222-8333-444455556666');

  it('is described as published, and nothing beyond it is there', () => {
    expect([...operations.keys()].sort()).to.deep.equal(published.map(([method, path]) => `${method} ${path}`).sort());
    for (const [method, path, scope, operationId, status] of published) {
      const operation = operations.get(`${method} ${path}`) as Operation;
      const { default: _, ...statuses } = operation.responses;
      expect([operation.operationId, Object.keys(statuses).join(' ')]).to.deep.equal([operationId, status]);
      expect(operation.security).to.deep.equal([{ oauth2: [scope] }, { basic: [] }]);
    }
  });

  it('refuses everything without credentials, and with wrong ones', async () => {
    for (const [method, path] of published)
      for (const authorization of [undefined, 'Basic YWRtaW46d3Jvbmc=', 'Bearer nonsense']) {
        const response = await server.fetch(address(path), {
          method: method.toUpperCase(),
          ...(authorization ? { headers: { authorization } } : {}),
        });
        expect(response.status, `${method} ${path}`).to.equal(401);
        expect(await response.json()).to.have.all.keys('code', 'message', 'description', 'traceId');
      }
  });

  for (const scope of [view, create, update, remove]) {
    it(`lets ${scope} do what it is for, and nothing else`, async function () {
      this.timeout(60_000);
      const { send } = providersAs(server, await callerWith(server, `only-${scope}`, [scope]), '');
      for (const [method, path, needed] of published) {
        const body = method === 'get' || method === 'delete' ? undefined : {};
        const { status } = await send(method.toUpperCase(), address(path), body);
        if (needed === scope) expect(status, `${method} ${path}`).to.not.be.oneOf([401, 403, 500]);
        else expect(status, `${method} ${path}`).to.equal(403);
      }
    });
  }
});
