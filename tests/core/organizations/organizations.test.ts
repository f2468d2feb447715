import { expect } from 'chai';
import { KeySetsToken } from '#core/crypto';
import { type OrganizationService, OrganizationServiceToken, SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { OrganizationEntity } from '../../../core/organizations/organization.entity.js';
import { failureOf } from '../../support/failures.js';
import { routePlugin } from '../../support/route-plugin.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const owner = {
  username: 'owner',
  password: 'Correct-horse-1',
  email: 'owner@acme.example',
  firstname: 'Ann',
  lastname: 'Lee',
};
const CHILD = '0a0a0a0a-0000-4000-8000-000000000001';

describe('organizations', () => {
  let server: TestServer;
  let organizations: OrganizationService;
  let acme: OrganizationEntity;
  before(async function () {
    this.timeout(30_000);
    server = await startTestServer({ plugins: { folders: [routePlugin()] } });
    organizations = server.server.container.get(OrganizationServiceToken);
    acme = await organizations.createTenant('Acme.example', 'Acme', owner);
    const database = server.server.container.get(DatabaseToken);
    const child = { ...acme, id: CHILD, handle: 'child.example', name: 'Child', parentId: acme.id, rootId: acme.id };
    await database.run(() => database.manager.insert(OrganizationEntity, child));
  });
  after(() => server.stop());

  const at = async (path: string) => {
    const response = await server.fetch(path);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('are named by the path', async () => {
    const { origin } = server;
    const places: Record<string, object> = {
      '/fixture/hello': { org: 'carbon.super', base: origin },
      '/t/carbon.super/fixture/hello': { org: 'carbon.super', base: origin },
      '/t/acme.example/fixture/hello': { org: 'acme.example', base: `${origin}/t/acme.example` },
      '/t/ACME.example/fixture/hello': { org: 'acme.example', base: `${origin}/t/acme.example` },
      [`/t/acme.example/o/${CHILD}/fixture/hello`]: {
        org: 'child.example',
        base: `${origin}/t/acme.example/o/${CHILD}`,
      },
    };
    for (const [path, expected] of Object.entries(places)) {
      const { status, body } = await at(path);
      expect(status, path).to.equal(200);
      expect(body, path).to.include({ ...expected, path: '/fixture/hello' });
    }
    expect(await (await server.fetch('/t/acme.example/fixture/hot')).text(), 'hot routes too').to.equal('hot');
  });

  it('that are not there are answered with 404, in the shape of all errors', async () => {
    const unknown = [
      '/t/nobody.example/fixture/hello',
      '/t//fixture/hello',
      '/t/acme.example',
      '/t/',
      '/o/',
      `/o/${CHILD}/fixture/hello`,
      `/t/carbon.super/o/${CHILD}/fixture/hello`,
      `/o/${SUPER_ORGANIZATION.id}/fixture/hello`,
      `/t/acme.example/o/${acme.id}/fixture/hello`,
      '/t/acme.example/t/acme.example/fixture/hello',
      '/t/acme.example%00/fixture/hello',
      '/t/%61cme.example/fixture/hello',
    ];
    for (const path of unknown) {
      const { status, body } = await at(path);
      expect(status, path).to.equal(404);
      expect(body, path).to.have.all.keys('code', 'message', 'description', 'traceId');
    }
  });

  it('that are switched off answer 404 until they are on again', async () => {
    await organizations.setActive(acme.id, false);
    for (const path of ['/t/acme.example/fixture/hello', `/t/acme.example/o/${CHILD}/fixture/hello`]) {
      expect((await at(path)).status, path).to.equal(404);
    }
    await organizations.setActive(acme.id, true);
    expect((await at('/t/acme.example/fixture/hello')).status).to.equal(200);
  });

  it('set cookies and refuse credentials of one another', async () => {
    const page = await server.fetch('/t/acme.example/fixture/page');
    expect(page.headers.get('set-cookie')).to.contain('Path=/t/acme.example/');
    const basic = `Basic ${Buffer.from('owner:Correct-horse-1').toString('base64')}`;
    const ask = async (path: string, authorization: string) =>
      (await server.fetch(path, { headers: { authorization } })).status;
    expect(await ask('/t/acme.example/fixture/admin', basic)).to.equal(200);
    expect(await ask('/fixture/admin', basic)).to.equal(401);
    expect(await ask('/t/acme.example/fixture/admin', server.admin)).to.equal(401);
  });

  it('refuse whoever belongs to another, however authenticated', async () => {
    const ask = async (path: string, org: string) =>
      (await server.fetch(path, { headers: { 'x-fixture-org': org } })).status;
    expect(await ask('/t/acme.example/fixture/admin', acme.id)).to.equal(200);
    expect(await ask('/t/acme.example/fixture/admin', SUPER_ORGANIZATION.id)).to.equal(403);
    expect(await ask(`/t/acme.example/o/${CHILD}/fixture/mine`, acme.id)).to.equal(403);
    expect(await ask('/fixture/mine', acme.id)).to.equal(403);
  });

  it('take only domains that are some, once', async () => {
    for (const bad of [
      '',
      'a b',
      '../x',
      'a/b',
      '-a',
      'a-',
      '.a',
      'a..b',
      'ä.example',
      'x'.repeat(101),
      'a\n',
      '%00',
    ]) {
      expect(await failureOf(() => organizations.createTenant(bad, undefined, owner)), bad).to.include({
        status: 400,
      });
    }
    for (const taken of ['acme.example', 'ACME.EXAMPLE', 'carbon.super']) {
      expect(await failureOf(() => organizations.createTenant(taken, undefined, owner))).to.include({ status: 409 });
    }
  });

  it('are made wholly or not at all', async () => {
    await failureOf(() => organizations.createTenant('half.example', undefined, { ...owner, password: 'x' }));
    expect(await organizations.byHandle('half.example')).to.equal(undefined);
    const made = await organizations.createTenant('half.example', undefined, owner);
    expect(made).to.include({ ownerName: 'owner', status: 'ACTIVE', parentId: null, rootId: made.id });
    expect((await server.server.container.get(KeySetsToken).jwks(made.id)).keys).to.have.length(3);
  });

  it('let one of several win who want the same domain at once', async () => {
    const results = await Promise.allSettled(
      [1, 2, 3].map(() => organizations.createTenant('race.example', undefined, owner)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
  });
});
