import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify, type TomlTable } from 'smol-toml';
import { Agent, fetch, type Headers, type RequestInit, type Response } from 'undici';
import type { Clock } from '#core/kernel';
import { Server } from '../../core/server.js';
import { createDatabase, dropDatabase } from '../../tools/services/index.mjs';
import { Browser } from './browser.js';
import { keptLog, type LogLine } from './log-lines.js';
import { migratedDatabases } from './migrated-databases.js';
import { usualDatabase } from './services.js';

/** Password of `admin` on every test server. */
export const ADMIN_PASSWORD = 'Admin-pass-1';

/** How a test server differs from the usual one. */
export interface TestServerOptions {
  /** Laid over the usual `deployment.toml`, key by key; lists replace lists. */
  readonly toml?: string;
  /** That of the test run when absent, see {@link usualDatabase}. Others than `sqlite` need the service in this test run. */
  readonly database?: 'sqlite' | 'mariadb' | 'postgres';
  /** `sql` when absent. */
  readonly stateStore?: 'sql' | 'redis';
  /** Time that the test holds, see `heldClock`; that of the machine when absent. */
  readonly clock?: Clock;
  /** Plugins outside the tree, as in `[plugins]`: absolute folders, and packages installed in `installedIn`. */
  readonly plugins?: { readonly folders?: readonly string[]; readonly packages?: readonly string[] };
  /** Folder in which `deployment.toml` is written instead of the server's own: that with the `node_modules` of packages. */
  readonly installedIn?: string;
  /** Environment variables that the server sees. */
  readonly env?: Readonly<Record<string, string>>;
  /** A node beside this one: same database, Redis and master key, but a data folder of its own. */
  readonly beside?: TestServer;
}

/** An answer of an API. */
export interface ApiAnswer<T> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON; the text otherwise. */
  readonly body: T;
}

interface Places {
  readonly kind: NonNullable<TestServerOptions['database']>;
  readonly database: string | undefined;
  readonly redis: string | undefined;
}

/** A real server in a temporary folder, on a free port. */
export class TestServer {
  /** Path of the folder with `deployment.toml` and `data`; removed by {@link stop}. */
  readonly folder = mkdtempSync(join(tmpdir(), 'server-'));
  /** `Authorization` header of the administrator. */
  readonly admin = `Basic ${Buffer.from(`admin:${ADMIN_PASSWORD}`).toString('base64')}`;
  readonly #log = keptLog();
  #server: Server | undefined;
  #agent: Agent | undefined;
  #port = 0;

  constructor(
    private readonly options: TestServerOptions,
    private readonly places: Places,
    private readonly owner: boolean,
  ) {}

  /** Path of the data folder. */
  get data(): string {
    return join(this.folder, 'data');
  }

  /** The running server; its `container` gives what a test wants to look at from inside. */
  get server(): Server {
    if (!this.#server) throw new Error('the test server does not run');
    return this.#server;
  }

  /** `https://localhost:PORT` */
  get origin(): string {
    return this.server.origin;
  }

  /** What the server has logged so far. */
  get logs(): readonly LogLine[] {
    return this.#log.lines;
  }

  /** Forgets what has been logged so far. */
  forgetLogs(): void {
    this.#log.lines.length = 0;
  }

  /** The authority that signed the server's certificate, as PEM. */
  get authority(): string {
    return readFileSync(join(this.data, 'tls', 'ca.pem'), 'utf8');
  }

  /** Certificate and key for `localhost`, as PEM: other servers of a test can use them too. */
  get tls(): { readonly cert: string; readonly key: string } {
    const read = (name: string) => readFileSync(join(this.data, 'tls', name), 'utf8');
    return { cert: read('server.pem'), key: read('server.key') };
  }

  /** Places shared with a node beside this one. */
  get shared(): Places {
    return this.places;
  }

  /** Starts. Called by {@link startTestServer}. */
  async start(): Promise<void> {
    const { clock, env = {}, installedIn = this.folder } = this.options;
    const config = join(installedIn, 'deployment.toml');
    writeFileSync(config, stringify(this.#configuration()));
    this.#server = await Server.start({
      config,
      data: this.data,
      port: this.#port,
      logger: this.#log.logger,
      env,
      ...(clock ? { clock } : {}),
    });
    this.#port = this.#server.ports[0] as number;
    this.#agent = new Agent({ connect: { ca: this.authority } });
  }

  /** Sends a request, trusting the server's certificate. Redirects are not followed. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const dispatcher = this.#agent as Agent;
    return fetch(new URL(path, this.origin), { redirect: 'manual', dispatcher, ...init });
  }

  /** Calls an API as the administrator. */
  async api<T = Record<string, unknown>>(method: string, path: string, json?: unknown): Promise<ApiAnswer<T>> {
    const response = await this.fetch(path, {
      method,
      headers: { authorization: this.admin, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as T };
  }

  /** A fresh browser. */
  browser(): Browser {
    return new Browser(
      () => this.origin,
      (url, init) => this.fetch(url, init),
    );
  }

  /** Stops and starts again on the same port, with the same data and database. */
  async restart(): Promise<void> {
    await this.halt();
    await this.start();
  }

  /** Stops the server; data and database stay for {@link start}. */
  async halt(): Promise<void> {
    const [server, agent] = [this.#server, this.#agent];
    this.#server = undefined;
    this.#agent = undefined;
    await agent?.destroy();
    await server?.stop();
  }

  /** Stops the server and removes its folder and database. */
  async stop(): Promise<void> {
    try {
      await this.halt();
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
      const { database, redis } = this.places;
      if (this.owner) for (const url of [database, redis]) if (url !== undefined) await dropDatabase(url);
    }
  }

  #configuration(): TomlTable {
    const { plugins, toml = '' } = this.options;
    const usual: TomlTable = {
      server: { hostname: 'localhost', node_ip: '127.0.0.1', shutdown_grace: '5s' },
      super_admin: { username: 'admin', password: ADMIN_PASSWORD, create_admin_account: true },
      database: { identity_db: identityDatabase(this.places) },
      password_hashing: { argon2_memory: 8192, argon2_iterations: 1, pbkdf2_iterations: 10_000 },
      rate_limit: { credentials_per_address: 1_000_000, credentials_per_account: 1_000_000 },
      ...(plugins
        ? { plugins: { folders: [...(plugins.folders ?? [])], packages: [...(plugins.packages ?? [])] } }
        : {}),
      ...redisTables(this.places.redis),
    };
    return overlaid(usual, parse(toml));
  }
}

/** Starts a real server. Call `stop()` of what it returns when the test is over. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { beside, stateStore } = options;
  const places = beside?.shared ?? {
    ...(await databaseFor(options.database)),
    redis: stateStore === 'redis' ? await createDatabase('redis') : undefined,
  };
  const env = beside ? { GATEHOUSE_MASTER_KEY: masterKeyOf(beside), ...options.env } : (options.env ?? {});
  const server = new TestServer({ ...options, env }, places, beside === undefined);
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** A database that the test names is empty, so that the server makes all there is. */
async function databaseFor(named: TestServerOptions['database']): Promise<Pick<Places, 'kind' | 'database'>> {
  const kind = named ?? usualDatabase();
  if (kind === 'sqlite') return { kind, database: undefined };
  return { kind, database: await (named ? createDatabase(kind) : migratedDatabases.create(kind)) };
}

function masterKeyOf(server: TestServer): string {
  return readFileSync(join(server.data, 'security', 'master.key'), 'utf8').trim();
}

function identityDatabase({ kind, database: url }: Places): TomlTable {
  const pool_options = { max_active: 10 };
  if (url === undefined) return { type: 'sqlite', pool_options };
  return { type: kind === 'postgres' ? 'postgresql' : 'mariadb', url, pool_options };
}

/** The prefix that `createDatabase` puts into the address is the server's business, not the client's. */
function redisTables(address: string | undefined): TomlTable {
  if (address === undefined) return {};
  const { url, prefix } = redisPlace(address);
  return { redis: { url, key_prefix: prefix }, state_store: { type: 'redis' } };
}

/** Splits what `createDatabase('redis')` gives into the address and the prefix of all keys. */
export function redisPlace(address: string): { readonly url: string; readonly prefix: string } {
  const url = new URL(address);
  const prefix = url.searchParams.get('keyPrefix') ?? '';
  url.search = '';
  return { url: url.href, prefix };
}

function overlaid(below: TomlTable, above: TomlTable): TomlTable {
  const result: TomlTable = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const before = result[key];
    result[key] = isTable(before) && isTable(value) ? overlaid(before, value) : value;
  }
  return result;
}

const isTable = (value: unknown): value is TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
