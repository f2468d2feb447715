import { expect } from 'chai';
import { AuthorizedApiServiceToken, ConsentServiceToken, RoleServiceToken } from '#core/access';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { OrganizationOAuthSettingsToken } from '../../core/oauth/organization-settings/organization-oauth-settings.js';
import { IdentityDataRepository } from '../../core/users/identity-data.repository.js';
import { onEachDatabase } from '../support/databases.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const ORG = SUPER_ORGANIZATION.id;
const MANY = 8;

onEachDatabase('what many write at once', (kind) => {
  let server: TestServer;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ database: kind });
  });
  after(() => server?.stop());

  const times = (work: (index: number) => Promise<unknown>) =>
    Promise.all(Array.from({ length: MANY }, (_, index) => work(index)));

  it('is, for the values of a user, the whole of what one of them wrote', async () => {
    const data = new IdentityDataRepository(server.server.container.get(DatabaseToken));
    for (const round of ['a', 'b', 'c']) {
      const user = `user-${round}`;
      const listOf = (index: number) =>
        Array.from({ length: 1 + (index % 4) }, (_, place) => `${round}${index}.${place}`);
      await times((index) => data.write(ORG, user, { alone: String(index), many: listOf(index) }));
      const left = (await data.readAll(ORG, [user], ['alone', 'many'])).get(user);
      expect(left?.['alone']).to.have.length(1);
      const writer = Number(/^.(\d+)\./.exec(left?.['many']?.[0] ?? '')?.[1]);
      expect(left?.['many']).to.deep.equal(listOf(writer));
      await data.write(ORG, user, { alone: undefined, many: ['last'] });
      expect((await data.readAll(ORG, [user], ['alone', 'many'])).get(user)).to.deep.equal({ many: ['last'] });
    }
  });

  it('is there once: consents, members of roles, APIs of applications', async () => {
    const { container } = server.server;
    const roles = container.get(RoleServiceToken);
    const { id: role } = await roles.ensureRole(ORG, 'Many', ['internal_login']);
    await times(() => container.get(ConsentServiceToken).give(ORG, 'u', 'a', { scopes: ['openid'], claims: [] }));
    expect(await container.get(ConsentServiceToken).listOf(ORG, 'u')).to.deep.equal([
      { appId: 'a', scopes: ['openid'] },
    ]);
    await times(() => roles.assign(ORG, role, 'u', 'user'));
    const api = { apiId: 'api', policyId: 'RBAC', scopes: ['one'] } as const;
    await times(() => container.get(AuthorizedApiServiceToken).authorize(ORG, 'a', api));
    expect(await container.get(AuthorizedApiServiceToken).of(ORG, 'a')).to.have.length(1);
  });

  it('loses nothing of settings that others set', async () => {
    const settings = server.server.container.get(OrganizationOAuthSettingsToken);
    await times((index) => settings.note(ORG, { name: 'kept' }, { [`member${index}`]: index }));
    const rows = await server.server.container
      .get(DatabaseToken)
      .sql.all<{ content: string }>('SELECT content FROM oauth_organization_setting WHERE name = ?', ['kept']);
    expect(Object.keys(JSON.parse(rows[0]?.content ?? '{}') as object)).to.have.length(MANY);
  });
});
