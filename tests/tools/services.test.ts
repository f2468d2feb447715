import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import {
  availableServices,
  createDatabase,
  dropDatabase,
  type ServiceHandle,
  serviceUrl,
  startService,
} from '../../tools/services/index.mjs';
import { atDirectory, type DirectoryAccess, type VisitOptions } from '../support/directory-client.js';
import { failureOf } from '../support/failures.js';
import { type PrivateSamba, privateSamba } from '../support/samba.js';
import { type PrivateSlapd, privateSlapd } from '../support/slapd.js';

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

/** A directory of the test's own, and the credentials of its administrator. */
type OwnDirectory = (PrivateSlapd | PrivateSamba) & DirectoryAccess;

async function openDirectory(kind: 'slapd' | 'samba'): Promise<OwnDirectory> {
  const directory = await (kind === 'slapd' ? privateSlapd : privateSamba)({ durable: true });
  return { ...directory, dn: directory.adminDn, password: directory.adminPassword };
}

function unitsOf(directory: OwnDirectory, options: VisitOptions = {}): Promise<unknown[]> {
  const search = { scope: 'one', filter: '(objectClass=organizationalUnit)' } as const;
  return atDirectory(
    directory,
    async (client) => (await client.search(directory.base, search)).searchEntries.map(({ ou }) => ou),
    options,
  );
}

for (const kind of ['slapd', 'samba'] as const) {
  describe(`durable test service ${kind}`, () => {
    let directory: OwnDirectory;
    before(async function () {
      if (!availableServices().includes(kind)) return this.skip();
      this.timeout(60_000);
      directory = await openDirectory(kind);
    });
    after(() => directory?.stop());

    it('keeps its entries and its address over kill and restart', async () => {
      expect(directory.url).not.to.contain(new URL(serviceUrl(kind)).host);
      await directory.kill();
      expect(await failureOf(() => unitsOf(directory))).to.have.property('code', 'ECONNREFUSED');
      await directory.restart();
      expect(await unitsOf(directory)).to.have.members(['Users', 'Groups']);
    });

    it('is silent while it is paused, and answers when it goes on', async () => {
      directory.pause();
      const silence = await failureOf(() => unitsOf(directory, { limitMs: 300 }));
      expect(silence.message).to.match(/timeout|timed out/i);
      directory.resume();
      expect(await unitsOf(directory)).to.have.members(['Users', 'Groups']);
    });
  });
}
