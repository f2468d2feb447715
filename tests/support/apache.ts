import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RequestInit, Response, request } from 'undici';
import { serviceUrl } from '../../tools/services/index.mjs';
import { eventually } from './eventually.js';

/** Modules beyond those that Debian's Apache has built in. */
const MODULES = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'proxy', 'proxy_http', 'auth_openidc'];

/** Debian's Apache with `mod_auth_openidc`, in the foreground, with a configuration of the test's own. */
export class Apache {
  readonly #folder = mkdtempSync(join(tmpdir(), 'apache-'));
  readonly #logFile = join(this.#folder, 'error.log');
  #child: ChildProcess | undefined;

  private constructor(private readonly port: number) {
    // Its workers run under another account, and need to pass.
    chmodSync(this.#folder, 0o755);
  }

  /**
   * Starts one on a free port.
   *
   * @param configure directives of the site, made with its origin and with a way to write files that they name
   */
  static async start(configure: (site: ApacheSite) => string): Promise<Apache> {
    const apache = new Apache(await freePort());
    try {
      await apache.#run(configure);
    } catch (error) {
      await apache.stop();
      throw error;
    }
    return apache;
  }

  /** `http://localhost:PORT` */
  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  /** Sends a request as somebody who opens a page: the module would not send the `fetch` of a script to sign in. */
  async fetch(path: string, { method = 'GET', headers = {}, body }: RequestInit = {}): Promise<Response> {
    const sent = {
      headers: { accept: 'text/html', ...(headers as Record<string, string>) },
      body: (body ?? null) as string | null,
    };
    const answer = await request(new URL(path, this.origin), { method: method as 'GET' | 'POST', ...sent });
    const pairs = Object.entries(answer.headers).flatMap(([name, values]) =>
      [values ?? []].flat().map((value): [string, string] => [name, value]),
    );
    return new Response(await answer.body.text(), { status: answer.statusCode, headers: pairs });
  }

  /** What it has logged. */
  get log(): string {
    return readFileSync(this.#logFile, 'utf8');
  }

  /** Ends it, and removes its folder. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child && child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(configure: (site: ApacheSite) => string): Promise<void> {
    const file = (name: string, content: string) => {
      const path = join(this.#folder, name);
      writeFileSync(path, content);
      return path;
    };
    const site = configure({ origin: this.origin, file });
    const configuration = file('apache.conf', `${frameOf(this.#folder, this.port)}\n${site}\n`);
    const child = spawn(serviceUrl('apache'), ['-f', configuration, '-E', this.#logFile, '-D', 'FOREGROUND'], {
      stdio: 'ignore',
    });
    this.#child = child;
    await eventually('Apache answers', async () => {
      if (child.exitCode !== null) throw new Error(`Apache has ended:\n${this.log}`);
      return accepts(this.port);
    });
  }
}

/** What a site's directives are made with. */
export interface ApacheSite {
  readonly origin: string;
  /** Writes a file that the workers can read. Returns its path. */
  readonly file: (name: string, content: string) => string;
}

function frameOf(folder: string, port: number): string {
  const account = process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : [];
  return [
    `ServerRoot ${folder}`,
    `DefaultRuntimeDir ${folder}`,
    `PidFile ${folder}/apache.pid`,
    `ErrorLog ${folder}/error.log`,
    'ServerName localhost',
    `Listen 127.0.0.1:${port}`,
    ...MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
    ...account,
    'StartServers 1',
    'ThreadsPerChild 8',
    'MaxRequestWorkers 32',
  ].join('\n');
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}
