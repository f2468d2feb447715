import { expect } from 'chai';
import { DatabaseToken } from '#core/persistence';
import { claimUri, type User, UserServiceToken } from '#core/users';
import { Accounts2026112100560 } from '../../../../core/users/migrations/0006-accounts.js';
import { onEachDatabase } from '../../../support/databases.js';
import { eventually } from '../../../support/eventually.js';
import { CONNECTORS, govern, lockOn } from '../../../support/governance.js';
import { createUser, USER_PASSWORD } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const of = (name: string) => claimUri(`identity/${name}`);

onEachDatabase('accounts', (kind) => {
  let server: TestServer;
  let other: TestServer | undefined;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ database: kind });
    // A second process cannot open the embedded database.
    other = kind === 'sqlite' ? undefined : await startTestServer({ database: kind, beside: server });
  });
  after(async () => {
    await other?.stop();
    await server?.stop();
  });
  const usersOf = (node: TestServer) => node.server.container.get(UserServiceToken);
  const attempt = async (node: TestServer, { orgId, username }: User, password: string) => {
    const result = await usersOf(node).authenticate(orgId, username, password);
    return result.outcome === 'rejected' ? result.reason : result.outcome;
  };

  it('no more wrong passwords are looked at than are allowed, on all nodes together', async function () {
    this.timeout(30_000);
    await lockOn(server);
    const nodes = [server, other ?? server];
    const probe = await createUser(server, 'probe');
    await eventually('the other node knows', async () => {
      for (let n = 0; n < 5; n++) await attempt(other ?? server, probe, 'wrong');
      return (await attempt(other ?? server, probe, USER_PASSWORD)) === 'locked';
    });
    const user = await createUser(server, 'many-tries');
    const tries = await Promise.all(
      Array.from({ length: 24 }, (_, n) => attempt(nodes[n % 2] as TestServer, user, `wrong-${n}`)),
    );
    expect(tries.filter((reason) => reason === 'bad_credential')).to.have.length(5);
    const claims = await usersOf(server).readClaims(user.orgId, user.id, [of('failedLoginLockoutCount')]);
    expect(claims[of('failedLoginLockoutCount')]).to.deep.equal(['1']);
  });

  it('passwords of the past are kept in order, and times are found', async function () {
    this.timeout(30_000);
    await govern(server, CONNECTORS.history, { 'passwordHistory.enable': 'true', 'passwordHistory.count': '2' });
    const { orgId, id } = await createUser(server, 'has-a-past');
    for (const n of [1, 2, 1 + 2]) await usersOf(server).setPassword(orgId, id, `Pass-number-${n}`, 'user');
    const rows = await server.server.container
      .get(DatabaseToken)
      .sql.all('SELECT id FROM password_history WHERE user_id = ?', [id]);
    expect(rows).to.have.length(2);
    const time = String(Date.parse('2020-01-01T12:00:00Z'));
    await usersOf(server).writeClaims(orgId, id, { [of('lastLogonTime')]: [time] });
    const path = '/api/idle-account-identification/v1/inactive-users?inactiveAfter=2020-01-02&excludeBefore=2020-01-01';
    const { body } = await server.api<{ userId: string }[]>('GET', path);
    expect(body.map(({ userId }) => userId)).to.deep.equal([id]);
  });

  it('users from before have a state after the migration', async () => {
    const database = server.server.container.get(DatabaseToken);
    const made = await Promise.all(['plain', 'locked', 'disabled'].map((name) => createUser(server, `old-${name}`)));
    const [plain, locked, disabled] = made as [User, User, User];
    await usersOf(server).writeClaims(locked.orgId, locked.id, { [of('accountLocked')]: ['true'] });
    await usersOf(server).writeClaims(disabled.orgId, disabled.id, { [of('accountDisabled')]: ['true'] });
    await database.run(async () => database.sql.run("DELETE FROM identity_data WHERE name = 'accountState'", []));
    const queries: string[] = [];
    const runner = { createTable: async () => undefined, query: async (sql: string) => void queries.push(sql) };
    await new Accounts2026112100560().up(runner as never);
    await database.run(async () => {
      for (const sql of queries) await database.sql.run(sql, []);
    });
    const state = async ({ orgId, id }: User) =>
      (await usersOf(server).readClaims(orgId, id, [of('accountState')]))[of('accountState')]?.[0];
    expect([await state(plain), await state(locked), await state(disabled)]).to.deep.equal([
      'UNLOCKED',
      'LOCKED',
      'DISABLED',
    ]);
  });
});
