import { expect } from 'chai';
import { consoleIdOf, RoleServiceToken } from '#core/access';
import { ApplicationServiceToken } from '#core/applications';
import { type Database, DatabaseToken } from '#core/persistence';
import type { User } from '#core/users';
import { Roles2026112100550 } from '../../../core/access/migrations/0004-roles.js';
import { OwnRoles2026112100610 } from '../../../core/access/migrations/0005-own-roles.js';
import { Console2026112100611 } from '../../../core/applications/migrations/0002-console.js';
import { ClientServiceToken } from '../../../core/oauth/clients/client.service.js';
import { ConsoleClient2026112100612 } from '../../../core/oauth/migrations/0004-console-client.js';
import { onEachDatabase } from '../../support/databases.js';
import { createApp, createTenant, createUser, type Place } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const migrations = [new OwnRoles2026112100610(), new Console2026112100611(), new ConsoleClient2026112100612()];

onEachDatabase('roles of organizations from before', (kind) => {
  let server: TestServer;
  let plain: Place;
  let taken: Place;
  let kim: User;
  let theirs = '';

  const parts = () => {
    const { container } = server.server;
    return {
      database: container.get(DatabaseToken),
      roles: container.get(RoleServiceToken),
      applications: container.get(ApplicationServiceToken),
      clients: container.get(ClientServiceToken),
    };
  };
  const runnerOf = ({ manager }: Database) => {
    const { queryRunner } = manager;
    if (!queryRunner) throw new Error('there is no unit of work');
    return queryRunner;
  };
  const organization = ({ orgId }: Place) => ({ type: 'organization' as const, id: orgId });
  const ofConsole = ({ orgId }: Place) => ({ type: 'application' as const, id: consoleIdOf(orgId) });

  before(async function () {
    this.timeout(120_000);
    server = await startTestServer({ database: kind });
    plain = await createTenant(server, 'plain.example');
    taken = await createTenant(server, 'taken.example');
    kim = await createUser(server, 'kim', {}, plain);
    const { database, roles } = parts();
    await database.run(async () => {
      for (const migration of [...migrations].reverse()) await migration.down(runnerOf(database));
      await database.sql.run("DELETE FROM access_role WHERE system_role = 'everyone'", []);
      await roles.changed();
    });
    // What nobody kept organizations from having.
    await roles.ensureRole(taken.orgId, 'Everyone', ['internal_user_mgt_view']);
    theirs = (await createApp(server, { place: taken, name: 'Console' })).application.id;
    await database.run(async () => {
      await database.sql.run("UPDATE oauth_client SET client_id = 'CONSOLE' WHERE app_id = ?", [theirs]);
      for (const migration of migrations) await migration.up(runnerOf(database));
      await roles.changed();
    });
    await server.restart();
  });
  after(() => server?.stop());

  it('there is one that every user has', async () => {
    const { roles } = parts();
    expect((await roles.rolesOf(kim, organization(plain))).map(({ name }) => name)).to.deep.equal(['everyone']);
  });

  it('one that somebody had called so is not for everybody', async () => {
    const { roles } = parts();
    const all = await roles.ofAudience(taken.orgId, organization(taken));
    const found = all.map(({ name, system, permissions }) => [name, system, permissions]).sort();
    expect(found).to.deep.equal([
      ['Everyone 2', null, ['internal_user_mgt_view']],
      ['admin', 'admin', ['*']],
      ['everyone', 'everyone', []],
    ]);
  });

  it('the console is there with its roles, and the owner has that of administrators', async () => {
    const { roles, applications, clients, database } = parts();
    for (const place of [plain, taken]) {
      const all = await roles.ofAudience(place.orgId, ofConsole(place));
      expect(all.map(({ system }) => system)).to.deep.equal(Array(7).fill('console'));
      const administrators = all.find(({ name }) => name === 'Administrator');
      expect(administrators?.permissions).to.include('internal_user_mgt_create');
      const sql =
        'SELECT o.owner_id AS owner FROM organization o JOIN access_role_member m ON m.member_id = o.owner_id';
      const owners = await database.sql.all(`${sql} WHERE o.id = ? AND m.role_id = ?`, [
        place.orgId,
        administrators?.id ?? '',
      ]);
      expect(owners).to.have.length(1);
      const console = await applications.find(place.orgId, consoleIdOf(place.orgId));
      expect([console?.name, console?.settings.associatedRoles.allowedAudience]).to.deep.equal([
        'Console',
        'APPLICATION',
      ]);
    }
    expect((await clients.find(plain.orgId, 'CONSOLE'))?.application.name).to.equal('Console');
  });

  it('an application that had its name and client id keeps what it has, under another name', async () => {
    const { applications, clients } = parts();
    expect((await applications.find(taken.orgId, theirs))?.name).to.equal('Console 2');
    expect((await clients.find(taken.orgId, 'CONSOLE'))?.application.id).to.equal(theirs);
  });

  it('names of roles from the first release get their keys', async () => {
    const { database, roles } = parts();
    await database.run(async () => {
      const migration = new Roles2026112100550();
      await migration.down(runnerOf(database));
      await migration.up(runnerOf(database));
      await roles.changed();
    });
    const all = await roles.ofAudience(plain.orgId, organization(plain));
    expect(all.map(({ nameKey, system }) => [nameKey, system]).sort()).to.deep.equal([
      ['admin', 'admin'],
      ['everyone', null],
    ]);
  });
});
