import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const variables = {
  mariadb: 'GATEHOUSE_TEST_MARIADB_URL',
  postgres: 'GATEHOUSE_TEST_POSTGRES_URL',
  redis: 'GATEHOUSE_TEST_REDIS_URL',
  chromium: 'GATEHOUSE_TEST_CHROMIUM',
  apache: 'GATEHOUSE_TEST_APACHE',
  slapd: 'GATEHOUSE_TEST_SLAPD_URL',
  samba: 'GATEHOUSE_TEST_SAMBA_URL',
  scim2: 'GATEHOUSE_TEST_SCIM2',
};

/** The environment variable by which the runner tells the tests where a service is. */
export function variableOf(kind) {
  return variables[kind];
}

/** Which services this test run offers: 'sqlite' always, the others when the runner was asked for them. */
export function availableServices() {
  return ['sqlite', ...Object.keys(variables).filter((kind) => process.env[variables[kind]])];
}

/** The URL (for Chromium, Apache and scim2: the program's path) of a service of this test run. Throws when it does not run. */
export function serviceUrl(kind) {
  const url = process.env[variables[kind]];
  if (!url) throw new Error(`${kind} is not part of this test run: start it with npm test -- --services ${kind}`);
  return url;
}

/**
 * Makes a new, empty database and returns its URL. MariaDB and PostgreSQL: a database with a random name. Redis: the
 * server's URL with a random `keyPrefix`, which ioredis takes from the query. SQLite: the file: URL of a file that
 * does not exist yet, in a folder of its own.
 *
 * With `template`, the URL of one that nobody is connected to: a MariaDB or PostgreSQL database with tables and rows as in
 * that one.
 */
export async function createDatabase(kind, { server, template } = {}) {
  const name = `t_${randomBytes(8).toString('hex')}`;
  if (kind === 'sqlite') return pathToFileURL(join(mkdtempSync(join(tmpdir(), 'sqlite-')), `${name}.db`)).href;
  const url = new URL(server ?? serviceUrl(kind));
  if (kind === 'redis') {
    url.searchParams.set('keyPrefix', `${name}:`);
    return url.href;
  }
  if (template === undefined) await execute(kind, url.href, `CREATE DATABASE ${name}`);
  else await copyDatabase(kind, url.href, new URL(template).pathname.slice(1), name);
  url.pathname = `/${name}`;
  return url.href;
}

/** Drops what createDatabase made, also while connections to it are open. */
export async function dropDatabase(url) {
  const { protocol, pathname, searchParams } = new URL(url);
  if (protocol === 'file:') return rmSync(dirname(fileURLToPath(url)), { recursive: true, force: true });
  if (protocol === 'redis:') return deleteKeys(url, searchParams.get('keyPrefix'));
  const kind = protocol === 'mysql:' ? 'mariadb' : 'postgres';
  const name = pathname.slice(1);
  if (!/^t_[0-9a-f]{16}$/.test(name)) throw new Error(`${name} was not made by createDatabase`);
  const home = new URL(url);
  home.pathname = '/gatehouse';
  await execute(kind, home.href, `DROP DATABASE IF EXISTS ${name}${kind === 'postgres' ? ' WITH (FORCE)' : ''}`);
}

async function copyDatabase(kind, url, from, name) {
  if (kind === 'postgres') return execute(kind, url, `CREATE DATABASE ${name} TEMPLATE ${from}`);
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection(url);
  try {
    const [[{ collation }]] = await connection.query(
      'SELECT default_collation_name AS collation FROM information_schema.schemata WHERE schema_name = ?',
      [from],
    );
    await connection.query(`CREATE DATABASE ${name} COLLATE ${collation}`);
    const [tables] = await connection.query(
      'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ?',
      [from],
    );
    for (const table of tables) {
      await connection.query(`CREATE TABLE ${name}.\`${table.name}\` LIKE ${from}.\`${table.name}\``);
      await connection.query(`INSERT INTO ${name}.\`${table.name}\` SELECT * FROM ${from}.\`${table.name}\``);
    }
  } finally {
    await connection.end();
  }
}

async function execute(kind, url, statement) {
  if (kind === 'mariadb') {
    const { createConnection } = await import('mysql2/promise');
    const connection = await createConnection(url);
    await connection.query(statement).finally(() => connection.end());
    return;
  }
  const { default: pg } = await import('pg');
  const client = new pg.Client(url);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

async function deleteKeys(url, prefix) {
  if (!prefix) throw new Error('the URL has no keyPrefix, so it was not made by createDatabase');
  const { Redis } = await import('ioredis');
  const plain = new URL(url);
  plain.search = '';
  const client = new Redis(plain.href);
  try {
    for await (const keys of client.scanStream({ match: `${prefix}*`, count: 500 })) {
      if (keys.length > 0) await client.unlink(...keys);
    }
  } finally {
    client.disconnect();
  }
}
