import { expect } from 'chai';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { callerWith, providersAs } from '../connections/provider-api.js';

interface Operation {
  readonly operationId: string;
  readonly security: readonly Record<string, string[]>[];
  readonly responses: Readonly<Record<string, unknown>>;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
}

const view = 'internal_email_mgt_view';
const create = 'internal_email_mgt_create';
const update = 'internal_email_mgt_update';
const remove = 'internal_email_mgt_delete';
const part = ['limit', 'offset', 'sortBy', 'sortOrder'];

const V1 = '/api/server/v1/email/template-types';
const V2 = '/api/server/v2/email/template-types';
const typeV1 = `${V1}/{typeId}`;
const templateV1 = `${typeV1}/templates/{locale}`;
const typeV2 = `${V2}/{typeId}`;
const ofOrganization = `${typeV2}/org-templates`;
const ofApplication = `${typeV2}/app-templates/{appId}`;

/** What the published descriptions say of each operation: method, path, scope, status of success, query. */
const published = [
  ['get', V1, view, '200', [...part, 'requiredAttributes']],
  ['post', V1, create, '201', []],
  ['get', typeV1, view, '200', part],
  ['post', typeV1, create, '201', []],
  ['put', typeV1, update, '200', []],
  ['delete', typeV1, remove, '204', []],
  ['get', `${typeV1}/templates`, view, '200', part],
  ['get', templateV1, view, '200', part],
  ['put', templateV1, update, '200', []],
  ['delete', templateV1, remove, '204', []],
  ['get', V2, view, '200', part],
  ['post', V2, create, '201', []],
  ['get', typeV2, view, '200', []],
  ['delete', typeV2, remove, '204', []],
  ['get', ofOrganization, view, '200', part],
  ['post', ofOrganization, create, '201', []],
  ['get', `${ofOrganization}/{locale}`, view, '200', []],
  ['put', `${ofOrganization}/{locale}`, update, '200', []],
  ['delete', `${ofOrganization}/{locale}`, remove, '204', []],
  ['get', ofApplication, view, '200', [...part, 'resolve']],
  ['post', ofApplication, create, '201', []],
  ['get', `${ofApplication}/{locale}`, view, '200', ['resolve']],
  ['put', `${ofApplication}/{locale}`, update, '200', []],
  ['delete', `${ofApplication}/{locale}`, remove, '204', []],
] as const;

describe('the contract of the APIs of e-mail templates', () => {
  let server: TestServer;
  let operations: Map<string, Operation>;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    type Document = { paths: Record<string, Record<string, Operation>> };
    const { body } = await server.api<Document>('GET', '/api/docs/openapi.json');
    const own = Object.entries(body.paths).filter(([path]) => [V1, V2].some((base) => path.startsWith(base)));
    operations = new Map(
      own.flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
      ),
    );
  });
  after(() => server?.stop());

  const address = (path: string) =>
    path
      .replace('{typeId}', Buffer.from('NoSuchType').toString('base64url'))
      .replace('{appId}', '7a5e5a3e-1111-4222-8333-444455556666')
      .replace('{locale}', 'en_US');

  it('is described as published, and nothing beyond it is there', () => {
    expect([...operations.keys()].sort()).to.deep.equal(published.map(([method, path]) => `${method} ${path}`).sort());
    for (const [method, path, scope, status, query] of published) {
      const operation = operations.get(`${method} ${path}`) as Operation;
      const { default: _, ...statuses } = operation.responses;
      expect(Object.keys(statuses), `${method} ${path}`).to.deep.equal([status]);
      expect(operation.security, `${method} ${path}`).to.deep.equal([{ oauth2: [scope] }, { basic: [] }]);
      const names = operation.parameters.filter((one) => one.in === 'query').map(({ name }) => name);
      expect(names, `${method} ${path}`).to.include.members([...query]);
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
