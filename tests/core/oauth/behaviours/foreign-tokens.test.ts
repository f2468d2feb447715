import { expect } from 'chai';
import { OrganizationServiceToken } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { OrganizationEntity } from '../../../../core/organizations/organization.entity.js';
import {
  createApp,
  createTenant,
  createUser,
  type Place,
  type TestApp,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const INACTIVE = '{"active":false}';
const CHILD = '5b7f3a52-27c4-4d55-9a7d-6c8d4f0e9a11';

describe('introspection of tokens of other tenants', () => {
  for (const allowed of [false, true]) {
    for (const type of ['JWT', 'Default']) {
      it(`with allow_cross_tenant=${allowed}, of ${type} tokens, as long as they are good where they come from`, async function () {
        this.timeout(60_000);
        const server = await startTestServer({ toml: `[oauth.introspect]\nallow_cross_tenant = ${allowed}` });
        try {
          const tenant = await createTenant(server, 'far.example');
          await createUser(server, 'carol', {}, tenant);
          const here = await createApp(server);
          const there: TestApp = await createApp(server, { place: tenant, client: { accessToken: { type } } });
          const { access, refresh, id } = await there.tokens('carol');
          const answer = await here.introspect(access);
          if (allowed) expect(answer.body).to.deep.equal((await there.introspect(access)).body);
          else expect(answer.text).to.equal(INACTIVE);
          expect(await notedHomes(server), 'noted only where it is needed').to.equal(
            allowed && type === 'Default' ? 1 : 0,
          );
          const forged = `${access.slice(0, -4)}AAAA`;
          for (const token of [refresh, id, forged, 'x'.repeat(43)])
            expect((await here.introspect(token)).text).to.equal(INACTIVE);
          await there.revoke(access);
          expect((await here.introspect(access)).text).to.equal(INACTIVE);
        } finally {
          await server.stop();
        }
      });
    }
  }

  it('ends with the tenant, and opens nothing: only the tenant of a token takes it', async function () {
    this.timeout(60_000);
    const server = await startTestServer({ toml: '[oauth.introspect]\nallow_cross_tenant = true' });
    try {
      const tenant = await createTenant(server, 'far.example');
      await createUser(server, 'carol', {}, tenant);
      const here = await createApp(server);
      const there = await createApp(server, { place: tenant });
      const { access } = await there.tokens('carol');
      expect((await here.introspect(access)).body['active']).to.equal(true);
      expect((await here.userinfo(access)).status).to.equal(401);
      expect((await here.introspect(access, { authorization: `Bearer ${access}` })).status).to.equal(401);
      await here.revoke(access);
      expect((await there.introspect(access)).body['active'], 'others cannot end it').to.equal(true);
      const organizations = server.server.container.get(OrganizationServiceToken);
      await organizations.setActive(tenant.orgId, false);
      expect((await here.introspect(access)).text).to.equal(INACTIVE);
    } finally {
      await server.stop();
    }
  });
});

describe('introspection of tokens of organizations below a tenant', () => {
  for (const [allowed, tenants] of [
    [true, false],
    [false, true],
    [false, false],
  ]) {
    it(`with allow_cross_sub_org=${allowed} and allow_cross_tenant=${tenants}`, async function () {
      this.timeout(60_000);
      const server = await startTestServer({
        toml: `[oauth.introspect]\nallow_cross_sub_org = ${allowed}\nallow_cross_tenant = ${tenants}`,
      });
      try {
        const tenant = await createTenant(server, 'acme.example');
        const child = await childOf(server, tenant);
        const [root, elsewhere] = [await createApp(server, { place: tenant }), await createApp(server)];
        const below = await createApp(server, { place: child });
        const { access } = tokensOf(await below.token({ grant_type: 'client_credentials' }));
        const own = (await below.introspect(access)).body;
        expect(own).to.include({ active: true, org_id: CHILD });
        const atRoot = await root.introspect(access);
        if (allowed) expect(atRoot.body).to.deep.equal(own);
        else expect(atRoot.text).to.equal(INACTIVE);
        expect((await elsewhere.introspect(access)).body['active'], 'another tenant').to.equal(tenants);
        const upper = tokensOf(await root.token({ grant_type: 'client_credentials' }));
        expect((await below.introspect(upper.access)).text, 'nobody looks up').to.equal(INACTIVE);
      } finally {
        await server.stop();
      }
    });
  }
});

/** How many tokens the server has noted the organization of. */
async function notedHomes(server: TestServer): Promise<number> {
  const { sql } = server.server.container.get(DatabaseToken);
  return (await sql.all('SELECT id FROM living_state WHERE kind = ?', ['oauth-token-home'])).length;
}

/** Makes an organization below a tenant. */
async function childOf(server: TestServer, { orgId, prefix }: Place): Promise<Place> {
  const database = server.server.container.get(DatabaseToken);
  const parent = await database.manager.findOneByOrFail(OrganizationEntity, { id: orgId });
  const row = { id: CHILD, handle: 'child.acme.example', name: 'Child', parentId: orgId, rootId: orgId };
  await database.run(() => database.manager.insert(OrganizationEntity, { ...parent, ...row }));
  return { orgId: CHILD, prefix: `${prefix}/o/${CHILD}` };
}
