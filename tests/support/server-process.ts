import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Agent, fetch, type RequestInit, type Response } from 'undici';
import { createDatabase, dropDatabase } from '../../tools/services/index.mjs';
import { compiled, type SqlKind } from './databases.js';
import { temporaryFolder } from './kernels.js';
import { ADMIN_PASSWORD } from './test-server.js';

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

/** The server as an operator runs it: a process of its own, which can be killed. */
export class ServerProcess {
  #child: ChildProcess | undefined;
  #agent: Agent | undefined;
  #output = '';

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly database: string | undefined,
  ) {}

  /** Starts one on a database of its own. */
  static async start(kind: SqlKind): Promise<ServerProcess> {
    const url = kind === 'sqlite' ? undefined : await createDatabase(kind);
    const server = new ServerProcess(temporaryFolder(), await freePort(), url);
    const type = kind === 'postgres' ? 'postgresql' : kind;
    const place = url === undefined ? '' : `\nurl = "${url}"`;
    writeFileSync(
      join(server.folder, 'deployment.toml'),
      `[server]\nhostname = "localhost"\nnode_ip = "127.0.0.1"\n[super_admin]\npassword = "${ADMIN_PASSWORD}"
[database.identity_db]\ntype = "${type}"${place}\n[password_hashing]\nargon2_memory = 8192\nargon2_iterations = 1\n`,
    );
    await server.run();
    return server;
  }

  get origin(): string {
    return `https://localhost:${this.port}`;
  }

  /** Sends a request, trusting the server's certificate. Redirects are not followed. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const dispatcher = this.#agent as Agent;
    return fetch(new URL(path, this.origin), { redirect: 'manual', dispatcher, ...init });
  }

  /** Starts the process and waits until it answers. */
  async run(): Promise<void> {
    const options = ['--config', 'deployment.toml', '--data', 'data', '--port', String(this.port)];
    const child = spawn(process.execPath, [compiled('core/cli/main.js'), 'start', ...options], { cwd: this.folder });
    this.#child = child;
    const started = new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          this.#output += text;
          if (text.includes('Gatehouse started')) resolve();
        });
      }
      child.once('exit', (code) => reject(new Error(`the server ended (${code}):\n${this.#output.slice(-3000)}`)));
    });
    await started;
    this.#agent = new Agent({ connect: { ca: readFileSync(join(this.folder, 'data', 'tls', 'ca.pem'), 'utf8') } });
  }

  /** Ends the process as a crash would, and starts it again on the same data. */
  async crash(): Promise<void> {
    await this.#kill();
    await this.run();
  }

  /** Ends the process and removes what it has written. */
  async stop(): Promise<void> {
    await this.#kill();
    rmSync(this.folder, { recursive: true, force: true });
    if (this.database !== undefined) await dropDatabase(this.database);
  }

  async #kill(): Promise<void> {
    const [child, agent] = [this.#child, this.#agent];
    this.#child = undefined;
    this.#agent = undefined;
    await agent?.destroy();
    if (!child || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
