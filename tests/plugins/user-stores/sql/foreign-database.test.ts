import { createServer } from 'node:net';
import { expect } from 'chai';
import { PasswordHashing } from '#core/crypto';
import { systemClock, UnavailableError } from '#core/kernel';
import type { UserStore } from '#core/users';
import { WorkQueue } from '../../../../core/crypto/work-queue.js';
import { sqlUserStoreSettings } from '../../../../plugins/user-stores/sql/config.js';
import { openSqlStore } from '../../../../plugins/user-stores/sql/store-opening.js';
import { userStoreContract } from '../../../contract/user-store.js';
import { userStoreGroupsContract } from '../../../contract/user-store-groups.js';
import { userStoreSearchContract } from '../../../contract/user-store-search.js';
import { type DatabasePlace, databasePlace, onEachDatabase, openNode } from '../../../support/databases.js';
import { failureOf } from '../../../support/failures.js';
import { keptLog } from '../../../support/log-lines.js';
import { searchUnderTest } from '../../../support/sql-store.js';
import { storeUrl } from '../../../support/um-tables.js';

const ORGS = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;

/** A queue that counts what goes through it. */
class CountingQueue extends WorkQueue {
  count = 0;

  override run<T>(work: () => Promise<T>): Promise<T> {
    this.count++;
    return super.run(work);
  }
}

const queue = new CountingQueue(2, 100);

/** Opens a store with settings as they are written. */
function open(settings: object, { domain = 'PRIMARY', addressOf = async (host: string) => host } = {}): UserStore {
  const costs = { argon2_memory: 8192, argon2_iterations: 1, pbkdf2_iterations: 1000 };
  const database = {
    dialect: 'sqlite' as const,
    get sql(): never {
      throw new Error("the server's own database is not asked");
    },
    run: () => Promise.reject(new Error("the server's own database is not asked")),
  };
  const parts = { database, hashing: new PasswordHashing(costs, queue), clock: systemClock };
  const { logger } = keptLog();
  return openSqlStore(sqlUserStoreSettings.parse(settings), { domain, orgId: ORGS[0], logger, addressOf }, parts);
}

onEachDatabase('a user store in another database, with tables of ours', (kind) => {
  let place: DatabasePlace;
  let store: UserStore;
  const settings = () => ({
    url: storeUrl(place),
    table_schema: 'gatehouse',
    create_tables: 'true',
    password_hash_method: 'PBKDF2',
    hash_algorithm_properties: '{pbkdf2.iteration.count:1500, pbkdf2.dkLength:256, pbkdf2.prf:PBKDF2WithHmacSHA512}',
  });

  before(async () => {
    place = await databasePlace(kind);
    // SQLite makes no files for a store.
    if (kind === 'sqlite') await (await openNode(place, { entities: [], migrations: [] })).close();
    store = open(settings());
    await store.ping();
  });
  after(async () => {
    await store?.close();
    await place?.drop();
  });

  describe('the contract', () =>
    userStoreContract(() => ({
      store,
      orgs: ORGS,
      password: 'Correct-horse-1',
      attributes: ['mail', 'title'],
      caseInsensitive: true,
      hashesChecked: () => queue.count,
    })));
  describe('groups', () => userStoreGroupsContract(() => ({ store, orgs: ORGS, password: 'Correct-horse-1' })));
  describe('searches', () => userStoreSearchContract(() => searchUnderTest(store, ORGS[0])));

  it('is no part of the unit of work of the server, and finds its tables again', async () => {
    expect(store).to.include({ inUnit: false }).and.to.have.nested.property('search.identityData', false);
    const user = await store.writer?.create(ORGS[0], {
      id: crypto.randomUUID(),
      username: 'again',
      password: 'Correct-horse-1',
      attributes: {},
    });
    const second = open({ ...settings(), create_tables: 'false' });
    expect(await second.lookup.byUsername(ORGS[0], 'AGAIN')).to.deep.equal(user);
    await second.close();
  });
});

describe('the database of a user store', () => {
  it('is away when nobody listens, and is let alone after some tries', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    await new Promise((resolve) => server.close(resolve));
    for (const scheme of ['mysql', 'mariadb', 'postgresql']) {
      const asked: string[] = [];
      const addressOf = async (host: string) => {
        asked.push(host);
        return '127.0.0.1';
      };
      const store = open(
        { url: `jdbc:${scheme}://db.example:${port}/users`, user_name: 'x' },
        { domain: 'SECOND', addressOf },
      );
      for (let attempt = 0; attempt < 8; attempt++)
        expect(await failureOf(() => store.lookup.byId(ORGS[0], 'x')), scheme).to.be.instanceOf(UnavailableError);
      expect(asked, 'the breaker opens after five').to.have.length(5);
      expect(await failureOf(() => store.ping())).to.be.instanceOf(UnavailableError);
      await store.close();
    }
  });

  it('is away when it does not answer in time', async () => {
    const sockets = new Set<import('node:net').Socket>();
    const server = createServer((socket) => sockets.add(socket));
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    const store = open({ url: `jdbc:mysql://127.0.0.1:${port}/users`, max_wait: '100' });
    expect(await failureOf(() => store.ping())).to.be.instanceOf(UnavailableError);
    await store.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('is no file of the server, unless the operator names it', () => {
    expect(() => open({ url: 'jdbc:sqlite:/etc/passwd' }, { domain: 'SECOND' })).to.throw(/only be the primary/);
  });

  it('is not connected to where connections may not go', async () => {
    const addressOf = () => Promise.reject(new Error('in a private network'));
    const store = open({ url: 'jdbc:postgresql://inner.example/users' }, { domain: 'SECOND', addressOf });
    expect(await failureOf(() => store.ping())).to.be.instanceOf(UnavailableError);
  });
});
