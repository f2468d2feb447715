import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { accountForRoot, giveTo, runToEnd, ServerProcess } from './process.mjs';
import { locate } from './programs.mjs';

/** Prepares a PostgreSQL server; the caller starts it and then makes the database `gatehouse`. */
export async function preparePostgres({ folder, port, durable, secret }) {
  const { server, install } = locate('postgres');
  const account = accountForRoot('postgres');
  giveTo(folder, account);
  const data = join(folder, 'data');
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, secret, { mode: 0o600 });
  giveTo(secretFile, account);
  await runToEnd(
    install,
    [
      ...['-D', data, '-U', 'gatehouse', `--pwfile=${secretFile}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--locale=C.UTF-8', '--no-instructions', '--no-sync'],
    ],
    { cwd: folder, account },
  );
  rmSync(secretFile);
  return new ServerProcess({
    name: 'postgres',
    program: server,
    args: ['-D', data, '-p', String(port), ...settings(durable).flatMap((setting) => ['-c', setting])],
    cwd: folder,
    account,
    // An immediate shutdown: as quick as a kill, but it takes its helpers and shared memory along.
    deathSignal: 'QUIT',
    stopSignal: 'SIGINT',
    ready: () => answers({ port, secret }),
  });
}

function settings(durable) {
  return [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'dynamic_shared_memory_type=mmap',
    'shared_buffers=64MB',
    'max_connections=200',
    'timezone=UTC',
    'log_timezone=UTC',
    'autovacuum_naptime=10s',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
}

/** An open port is not enough: the server refuses queries while it recovers after a crash. */
async function answers({ port, secret }) {
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port, user: 'gatehouse', password: secret, database: 'postgres' },
    connectionTimeoutMillis: 5000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = 'gatehouse'");
    if (rowCount === 0) await client.query('CREATE DATABASE gatehouse');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
