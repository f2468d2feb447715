import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { BootError } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { UserServiceToken } from '#core/users';
import { Server } from '../../core/server.js';
import { failureOf } from '../support/failures.js';
import { keptLog } from '../support/log-lines.js';
import { onServices } from '../support/services.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const ORG = SUPER_ORGANIZATION.id;
const usersOf = (server: TestServer) => server.server.container.get(UserServiceToken);

describe('two servers in one process', () => {
  it('do not see each other', async () => {
    const servers = await Promise.all([startTestServer(), startTestServer()]);
    const [one, two] = servers;
    try {
      await usersOf(one).create(ORG, { username: 'alice', password: 'Correct-horse-1' });
      expect(await usersOf(two).findByUsername(ORG, 'alice')).to.equal(undefined);
      expect(one.origin).not.to.equal(two.origin);
      expect(one.authority).not.to.equal(two.authority);
      await one.halt();
      expect((await two.api('GET', '/api/health-check/v1.0/health')).status, 'one stops, the other goes on').to.equal(
        200,
      );
    } finally {
      for (const server of servers) await server.stop();
    }
  });

  it('cannot have one data folder; a lock of a process that is gone does not count', async () => {
    const server = await startTestServer();
    const lock = join(server.data, 'gatehouse.pid');
    const options = {
      config: join(server.folder, 'deployment.toml'),
      data: server.data,
      port: 0,
      env: {},
      logger: keptLog().logger,
    };
    try {
      const error = await failureOf(() => Server.start(options));
      expect(error).to.be.instanceOf(BootError);
      expect(error.message).to.contain(`is in use by process ${process.pid}`);
      expect(readFileSync(lock, 'utf8'), 'the one who was refused leaves the lock alone').to.match(
        new RegExp(`^${process.pid}( |$)`),
      );
      expect((await server.api('GET', '/api/health-check/v1.0/health')).status).to.equal(200);
      await server.halt();
      expect(existsSync(lock)).to.equal(false);
      for (const stale of ['4194305', '', 'garbage', '-1']) {
        writeFileSync(lock, stale);
        const again = await Server.start(options);
        await again.stop();
      }
    } finally {
      await server.stop();
    }
  });

  for (const database of ['mariadb', 'postgres'] as const) {
    onServices(database)(`are two nodes on one ${database}: what one writes the other sees`, async () => {
      const one = await startTestServer({ database });
      try {
        const two = await startTestServer({ database, beside: one });
        try {
          const user = await usersOf(one).create(ORG, { username: 'alice', password: 'Correct-horse-1' });
          expect(await usersOf(two).findById(ORG, user.id)).to.deep.equal(user);
        } finally {
          await two.stop();
        }
      } finally {
        await one.stop();
      }
    });
  }
});
