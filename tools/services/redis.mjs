import { Redis } from 'ioredis';
import { ServerProcess } from './process.mjs';
import { locate } from './programs.mjs';

/** Prepares a Redis server; the caller starts it. Durable means that every write is synced before its reply. */
export function prepareRedis({ folder, port, durable, secret }) {
  return new ServerProcess({
    name: 'redis',
    program: locate('redis'),
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--requirepass', secret, '--dir', folder],
      ...['--save', '', '--databases', '16', '--maxmemory-policy', 'noeviction'],
      ...(durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']),
    ],
    cwd: folder,
    ready: () => answers(`redis://:${secret}@127.0.0.1:${port}`),
  });
}

/** An open port is not enough: the server answers LOADING while it reads its log after a restart. */
async function answers(url) {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
