import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { variableOf } from './databases.mjs';
import { prepareMariadb } from './mariadb.mjs';
import { preparePostgres } from './postgres.mjs';
import { freePorts, makeFolder, removeFolder } from './process.mjs';
import { ensurePrograms, locate } from './programs.mjs';
import { prepareRedis } from './redis.mjs';
import { placeSamba, prepareSamba, sambaUrl } from './samba.mjs';
import { placeSlapd, prepareSlapd, slapdUrl } from './slapd.mjs';

export { availableServices, createDatabase, dropDatabase, serviceUrl } from './databases.mjs';
export { canHaveScim2 } from './programs.mjs';

/** Every name `--services` knows. SQLite needs no server; Chromium, Apache and scim2 are programs that tests start themselves. */
export const serviceNames = ['sqlite', 'mariadb', 'postgres', 'redis', 'chromium', 'apache', 'slapd', 'samba', 'scim2'];

/** Those of them that can be the database of a server. */
export const sqlServices = ['sqlite', 'mariadb', 'postgres'];

/** What a run starts that was not told: all, but for Samba where it cannot run, as it does as root on Linux only. */
export function defaultServices() {
  const hasSamba = process.platform === 'linux' && process.getuid() === 0;
  return serviceNames.filter((name) => name !== 'samba' || hasSamba);
}

const onePort = async () => ({ port: (await freePorts(1))[0] });

/** Of each server: where it can listen, how it is prepared, and its URL. */
const servers = {
  mariadb: {
    place: onePort,
    prepare: prepareMariadb,
    url: ({ port, secret }) => `mysql://gatehouse:${secret}@127.0.0.1:${port}/gatehouse`,
  },
  postgres: {
    place: onePort,
    prepare: preparePostgres,
    url: ({ port, secret }) => `postgres://gatehouse:${secret}@127.0.0.1:${port}/gatehouse`,
  },
  redis: {
    place: onePort,
    prepare: prepareRedis,
    url: ({ port, secret }) => `redis://:${secret}@127.0.0.1:${port}/0`,
  },
  slapd: { place: placeSlapd, prepare: prepareSlapd, url: slapdUrl },
  samba: { place: placeSamba, prepare: prepareSamba, url: sambaUrl },
};

/**
 * Starts one real server on a free port with its data in a new temporary folder. With `durable` an acknowledged write
 * survives `kill()`; without it the server skips every sync to disk, for speed.
 */
export async function startService(kind, { durable = false } = {}) {
  ensurePrograms([kind]);
  const folder = makeFolder(kind);
  try {
    return await launchServer({ kind, durable, home: folder, attempts: 3 });
  } catch (error) {
    removeFolder(folder);
    throw error;
  }
}

/** A port is found free and then let go, so another program may take it in between: then try another. */
async function launchServer({ kind, durable, home, attempts }) {
  const folder = join(home, `try-${attempts}`);
  mkdirSync(folder);
  const secret = randomBytes(12).toString('hex');
  const setup = { folder, durable, secret, ...(await servers[kind].place()) };
  const server = await servers[kind].prepare(setup);
  try {
    await server.start();
  } catch (error) {
    if (attempts <= 1 || !/in use|bind/i.test(error.message)) throw error;
    return launchServer({ kind, durable, home, attempts: attempts - 1 });
  }
  return handleOf({ kind, durable, home, port: setup.port, server, url: servers[kind].url(setup) });
}

function handleOf({ kind, durable, home, port, server, url }) {
  return {
    kind,
    url,
    port,
    durable,
    folder: home,
    get pid() {
      return server.pid;
    },
    kill: () => server.end('SIGKILL'),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async restart() {
      await server.end(server.stopSignal);
      await server.start();
    },
    async stop() {
      await server.end(`SIG${server.deathSignal}`);
      removeFolder(home);
    },
    stopNow() {
      server.endNow();
      removeFolder(home);
    },
    log: () => server.log(),
  };
}

/**
 * Starts the named services together. A service whose environment variable is already set is taken from there instead,
 * so that a run can use a server that somebody else keeps. Returns the variables to give to the tests, and the handles.
 */
export async function startServices(kinds, options = {}) {
  const unknown = kinds.filter((kind) => !serviceNames.includes(kind));
  if (unknown.length > 0)
    throw new Error(`Unknown service ${unknown.join(', ')}: known are ${serviceNames.join(', ')}.`);
  const own = kinds.filter((kind) => kind !== 'sqlite' && !process.env[variableOf(kind)]);
  ensurePrograms(own);
  const started = [];
  const stopNow = () => {
    for (const handle of started) handle.stopNow();
  };
  const stop = () => Promise.all(started.map((handle) => handle.stop())).then(() => undefined);
  const results = await Promise.allSettled(
    own.filter((kind) => kind in servers).map(async (kind) => started.push(await startService(kind, options))),
  );
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  const environment = Object.fromEntries([
    ...started.map(({ kind, url }) => [variableOf(kind), url]),
    ...own.filter((kind) => !(kind in servers)).map((kind) => [variableOf(kind), locate(kind)]),
  ]);
  return { environment, handles: started, stop, stopNow };
}
