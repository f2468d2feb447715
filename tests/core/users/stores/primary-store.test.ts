import { expect } from 'chai';
import { RoleServiceToken } from '#core/access';
import { LoggerToken } from '#core/kernel';
import { OrganizationServiceToken, SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { AdministratorsToken, UserServiceToken, UserStoresToken } from '#core/users';
import { SuperAdmin } from '../../../../core/users/super-admin.js';
import { FakeDirectories } from '../../../support/fake-directory.js';
import { ADMIN_PASSWORD, startTestServer, type TestServer } from '../../../support/test-server.js';

const ORG = SUPER_ORGANIZATION.id;
const HEALTH = '/api/health-check/v1.0/health';
const URL_OF = 'ldap://primary-host.test';

interface Fixture {
  readonly toml?: string;
  readonly prepare?: (directories: FakeDirectories) => void;
}

/** Runs a test on a server whose primary store is a directory. */
async function onDirectory(
  { toml = '', prepare }: Fixture,
  test: (server: TestServer, directories: FakeDirectories) => Promise<void>,
) {
  const directories = new FakeDirectories();
  prepare?.(directories);
  const server = await startTestServer({
    plugins: { folders: [directories.plugin()] },
    toml: `[user_store]\ntype = "fixture_directory"\nconnection_url = "${URL_OF}"\n${toml}`,
  });
  try {
    await test(server, directories);
  } finally {
    await server.stop();
  }
}

const ownerOf = async (server: TestServer) =>
  (await server.server.container.get(OrganizationServiceToken).byId(ORG))?.ownerId;
const warnings = (server: TestServer) => server.logs.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
const parts = (server: TestServer) => {
  const { container } = server.server;
  return {
    users: container.get(UserServiceToken),
    stores: container.get(UserStoresToken),
    organizations: container.get(OrganizationServiceToken),
    administrators: container.get(AdministratorsToken),
    database: container.get(DatabaseToken),
    logger: container.get(LoggerToken),
  };
};

describe('a directory as primary store', () => {
  it('gets the super admin at the first start', () =>
    onDirectory({}, async (server, directories) => {
      expect(directories.at(URL_OF).named('admin')?.password).to.equal(ADMIN_PASSWORD);
      expect((await server.api('GET', '/api/server/v1/userstores')).status).to.equal(200);
      expect(await ownerOf(server)).to.equal(directories.at(URL_OF).named('admin')?.id);
      await server.restart();
      expect(directories.at(URL_OF).people.size).to.equal(1);
    }));

  it('has the super admin already: it is promoted, once', () =>
    onDirectory(
      {
        toml: 'read_only = true',
        prepare: (directories) => directories.at(URL_OF).add('admin', ADMIN_PASSWORD),
      },
      async (server, directories) => {
        expect((await server.api('GET', '/api/server/v1/userstores')).status).to.equal(200);
        const { id } = directories.at(URL_OF).named('admin') ?? { id: '' };
        expect(await ownerOf(server)).to.equal(id);
        // Another user of the name, later: the place is taken.
        directories.at(URL_OF).people.clear();
        const other = directories.at(URL_OF).add('admin', ADMIN_PASSWORD);
        await server.restart();
        expect(await ownerOf(server)).to.equal(id);
        const roles = await server.server.container
          .get(RoleServiceToken)
          .rolesOf({ orgId: ORG, id: other.id }, { type: 'organization', id: ORG });
        expect(roles.map(({ name }) => name)).to.deep.equal(['everyone']);
      },
    ));

  it('is read-only and has no such user: a warning names the key', () =>
    onDirectory({ toml: 'read_only = true' }, async (server) => {
      expect(await ownerOf(server)).to.equal(null);
      expect(warnings(server).join()).to.contain('set [super_admin] username to a user whom it has');
    }));

  it('is away at the start: the server goes on, warns, and sees to it later', () =>
    onDirectory(
      {
        prepare: (directories) => {
          directories.at(URL_OF).away = true;
        },
      },
      async (server, directories) => {
        expect(warnings(server).join()).to.contain('the primary user store cannot be reached');
        expect((await server.fetch('/oauth2/jwks')).status).to.equal(200);
        // What the server does every minute, with and without a password of the operator's.
        const config = { username: 'admin', create_admin_account: true };
        const [generating, given] = [
          new SuperAdmin(config, parts(server)),
          new SuperAdmin({ ...config, password: ADMIN_PASSWORD }, parts(server)),
        ];
        for (const admin of [generating, given]) expect(await admin.ensure()).to.equal(undefined);
        directories.at(URL_OF).away = false;
        expect(await generating.ensure(), 'nobody would see the password').to.equal(undefined);
        expect(warnings(server).join()).to.contain('set [super_admin] password');
        expect(await given.ensure()).to.deep.equal({ username: 'admin', generatedPassword: undefined });
        expect((await server.api('GET', '/api/server/v1/userstores')).status).to.equal(200);
        expect(await given.ensure()).to.equal(undefined);
      },
    ));

  it('is shown by the API without secrets', () =>
    onDirectory({ toml: 'connection_password = "very-secret"' }, async (server) => {
      const { body } = await server.api<{ name: string; typeName: string; properties: unknown[] }>(
        'GET',
        '/api/server/v1/userstores/primary',
      );
      expect(body).to.include({ name: 'PRIMARY', typeName: 'FixtureDirectoryManager' });
      expect(body.properties).to.deep.include.members([
        { name: 'DomainName', value: 'PRIMARY' },
        { name: 'ConnectionURL', value: URL_OF },
        { name: 'ConnectionPassword', value: 'ENCRYPTED PROPERTY' },
      ]);
    }));

  it('makes the health degraded while it is away, and tells no host', () =>
    onDirectory({}, async (server, directories) => {
      directories.at(URL_OF).away = true;
      const response = await server.fetch(HEALTH);
      const text = await response.text();
      expect(response.status).to.equal(200);
      expect(text).not.to.contain('primary-host');
      const { health } = JSON.parse(text) as { health: { key: string; value: string }[] };
      expect(health).to.deep.include.members([
        { key: 'user_stores', value: 'degraded' },
        { key: 'user_stores.primary', value: 'away' },
      ]);
    }));
});
