import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import {
  availableServices,
  createDatabase,
  dropDatabase,
  type ServerKind,
  type ServiceHandle,
  serviceUrl,
  startService,
} from '../../tools/services/index.mjs';

/** The least that a test needs of a database: write a value, read it back. */
interface Probe {
  write(value: string): Promise<void>;
  read(): Promise<string | null>;
}

const probes: Record<ServerKind, (url: string) => Probe> = {
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
