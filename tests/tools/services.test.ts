import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { atDirectory, type Branch, type DirectoryAccess } from '../support/directory-client.js';
import { failureOf } from '../support/failures.js';
import { type PrivateSamba, privateSamba } from '../support/samba.js';
import { type PrivateSlapd, privateSlapd } from '../support/slapd.js';
import {
  availableServices,
  createDatabase,
  dropDatabase,
  type ServiceHandle,
  serviceUrl,
  startService,
} from '../../tools/services/index.mjs';

/** The least that a test needs of a database: write a value, read it back. */
interface Probe {
  write(value: string): Promise<void>;
  read(): Promise<string | null>;
}

const probes: Record<'mariadb' | 'postgres' | 'redis', (url: string) => Probe> = {
  mariadb: (url) => sqlProbe((text) => queryMariadb(url, text)),
  postgres: (url) => sqlProbe((text) => queryPostgres(url, text)),
  redis: (url) => ({
    write: (value) => withRedis(url, async (client) => void (await client.set('probe', value))),
    read: () => withRedis(url, (client) => client.get('probe')),
  }),
};

function sqlProbe(query: (text: string) => Promise<Record<string, unknown>[]>): Probe {
  return {
    async write(value) {
      await query('CREATE TABLE IF NOT EXISTS probe (value VARCHAR(100))');
      await query(`INSERT INTO probe VALUES ('${value}')`);
    },
    read: async () => String((await query('SELECT value FROM probe'))[0]?.value),
  };
}

async function queryMariadb(url: string, text: string): Promise<Record<string, unknown>[]> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query(text);
    return rows as Record<string, unknown>[];
  } finally {
    await connection.end();
  }
}

async function queryPostgres(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function withRedis<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

for (const kind of ['mariadb', 'postgres', 'redis'] as const) {
  describe(`test service ${kind}`, () => {
    before(function () {
      if (!availableServices().includes(kind)) this.skip();
    });

    it('gives each caller an empty database of its own that keeps every character', async () => {
      const [first, second] = await Promise.all([createDatabase(kind), createDatabase(kind)]);
      await probes[kind](first).write('первый 🦀 ẞ');
      await probes[kind](second).write('second');
      expect(await probes[kind](first).read()).to.equal('первый 🦀 ẞ');
      await Promise.all([dropDatabase(first), dropDatabase(second)]);
    });

    it('refuses a wrong password', async () => {
      const url = new URL(serviceUrl(kind));
      url.password = 'wrong';
      let refused = false;
      if (kind === 'redis') {
        refused = await withRedis(`${url.href}`, async (client) => {
          client.on('error', () => undefined);
          return client.ping().then(
            () => false,
            () => true,
          );
        });
      } else {
        refused = await probes[kind](url.href)
          .read()
          .then(
            () => false,
            () => true,
          );
      }
      expect(refused).to.equal(true);
    });
  });

  describe(`durable test service ${kind}`, () => {
    let service: ServiceHandle | undefined;
    before(async function () {
      if (!availableServices().includes(kind)) return this.skip();
      this.timeout(30_000);
      service = await startService(kind, { durable: true });
    });
    after(() => service?.stop());

    it('keeps an acknowledged write over kill and restart', async function () {
      this.timeout(30_000);
      if (service === undefined) throw new Error('not started');
      await probes[kind](service.url).write('acknowledged');
      await service.kill();
      expect(service.pid).to.equal(undefined);
      await service.restart();
      expect(await probes[kind](service.url).read()).to.equal('acknowledged');
    });
  });
}

const directories: Record<'slapd' | 'samba', () => Promise<(PrivateSlapd | PrivateSamba) & DirectoryAccess>> = {
  slapd: async () => {
    const tree = await privateSlapd({ durable: true });
    return { ...tree, dn: tree.adminDn, password: tree.adminPassword };
  },
  samba: async () => {
    const domain = await privateSamba({ durable: true });
    return { ...domain, dn: domain.adminDn, password: domain.adminPassword };
  },
};

const describeBranch = (directory: Branch & DirectoryAccess) =>
  atDirectory(directory, async (client) => {
    const { searchEntries } = await client.search(directory.base, { filter: '(ou=*)', attributes: ['ou'] });
    return searchEntries.map(({ ou }) => ou).slice(1);
  });

for (const kind of ['slapd', 'samba'] as const) {
  describe(`durable test service ${kind}`, () => {
    let directory: Awaited<ReturnType<(typeof directories)[typeof kind]>> | undefined;
    before(async function () {
      if (!availableServices().includes(kind)) return this.skip();
      this.timeout(60_000);
      directory = await directories[kind]();
    });
    after(() => directory?.stop());

    it('is not the server that is shared, keeps its entries over kill and restart, and its address', async function () {
      this.timeout(60_000);
      if (directory === undefined) throw new Error('not started');
      expect(directory.url).not.to.contain(new URL(serviceUrl(kind)).host);
      await directory.kill();
      const gone = await failureOf(() => describeBranch(directory as Branch & DirectoryAccess));
      expect(gone).to.have.property('code', 'ECONNREFUSED');
      await directory.restart();
      expect(await describeBranch(directory)).to.have.members(['Users', 'Groups']);
    });

    it('is silent while it is paused, and answers when it goes on', async () => {
      if (directory === undefined) throw new Error('not started');
      directory.pause();
      let answered = false;
      const answer = describeBranch(directory).finally(() => (answered = true));
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(answered).to.equal(false);
      directory.resume();
      expect(await answer).to.have.members(['Users', 'Groups']);
    });
  });
}
