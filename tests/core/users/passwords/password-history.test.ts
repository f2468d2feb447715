import { expect } from 'chai';
import { DatabaseToken } from '#core/persistence';
import { type User, type UserService, UserServiceToken } from '#core/users';
import { failureOf } from '../../../support/failures.js';
import { CONNECTORS, govern } from '../../../support/governance.js';
import { createUser } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const word = (n: number) => `Pass-number-${n}`;

describe('password history', () => {
  let server: TestServer;
  let users: UserService;
  let count = 0;
  before(async () => {
    server = await startTestServer();
    users = server.server.container.get(UserServiceToken);
  });
  after(() => server?.stop());

  const set = ({ orgId, id }: User, password: string, by: 'user' | 'administrator' = 'user') =>
    users.setPassword(orgId, id, password, by);
  const rows = (user: User) =>
    server.server.container
      .get(DatabaseToken)
      .sql.all<{ password_hash: string }>('SELECT password_hash FROM password_history WHERE user_id = ?', [user.id]);
  const on = (value: string, n = '3') =>
    govern(server, CONNECTORS.history, { 'passwordHistory.enable': value, 'passwordHistory.count': n });

  it('remembers nothing while it is off', async () => {
    const user = await createUser(server, `history-${++count}`);
    for (const n of [1, 2, 1]) await set(user, word(n));
    expect(await rows(user)).to.deep.equal([]);
  });

  it('[A23] refuses the last passwords with 22001, also when an administrator sets them, and takes older ones', async () => {
    await on('true');
    const user = await createUser(server, `history-${++count}`);
    for (const n of [1, 2, 3]) await set(user, word(n));
    for (const n of [1, 2, 3])
      for (const by of ['user', 'administrator'] as const)
        expect(await failureOf(() => set(user, word(n), by)), `${n}`).to.include({ code: '22001', status: 400 });
    expect((await users.authenticate(user.orgId, user.username, word(3))).outcome, 'nothing was changed').to.equal(
      'authenticated',
    );
    await set(user, word(4));
    await set(user, word(1));
    const kept = await rows(user);
    expect(kept).to.have.length(3);
    expect(JSON.stringify(kept)).to.contain('$argon2id$').and.not.to.contain('Pass-number');
  });

  it('counts the first password too', async () => {
    const user = await createUser(server, `history-${++count}`);
    expect(await failureOf(() => set(user, 'Correct-horse-1'))).to.include({ code: '22001' });
  });

  it('goes with the user', async () => {
    const user = await createUser(server, `history-${++count}`);
    expect(await rows(user)).to.have.length(1);
    await users.delete(user.orgId, user.id);
    expect(await rows(user)).to.deep.equal([]);
  });
});
