import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent, fetch, type Response } from 'undici';
import { ApplicationServiceToken } from '#core/applications';
import { createLogger } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { Server } from '../../../../../core/server.js';

/** Password of `admin`. */
export const PASSWORD = 'Admin-pass-1';

/** User name and password, as an option of a step. */
export const password = { idp: 'LOCAL', authenticator: 'BasicAuthenticator' };

/** One option of the server itself. */
export const local = (authenticator: string) => ({ idp: 'LOCAL', authenticator });

type Steps = readonly (readonly { readonly idp: string; readonly authenticator: string }[])[];

/** A real server with the login portal and a stub relying party, and a place on another origin to come back to. */
export class PortalServer {
  private constructor(
    private readonly folder: string,
    readonly server: Server,
    private readonly agent: Agent,
    private readonly application: HttpServer,
  ) {}

  /** Starts it in a temporary folder. */
  static async start(toml = ''): Promise<PortalServer> {
    const folder = mkdtempSync(join(tmpdir(), 'portal-'));
    const config = join(folder, 'deployment.toml');
    const plugin = fileURLToPath(new URL('./relying-party/', import.meta.url));
    writeFileSync(config, `${settings(plugin)}\n${toml}`);
    const logger = createLogger('debug', { write: () => undefined });
    const server = await Server.start({ config, data: join(folder, 'data'), port: 0, logger });
    const ca = readFileSync(join(folder, 'data', 'tls', 'ca.pem'), 'utf8');
    const application = createServer((_request, response) => response.end('<title>Arrived</title>'));
    await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
    return new PortalServer(folder, server, new Agent({ connect: { ca } }), application);
  }

  /** Address of the application's own page. */
  get callback(): string {
    return `http://127.0.0.1:${(this.application.address() as AddressInfo).port}/callback`;
  }

  /** Makes an application; returns the address that begins a sign-in to it. */
  async signIn(name: string, steps: Steps, query: Readonly<Record<string, string>> = {}): Promise<string> {
    const authenticationSequence = {
      type: 'USER_DEFINED',
      steps: steps.map((options, at) => ({ id: at + 1, options })),
    };
    const service = this.server.container.get(ApplicationServiceToken);
    const { id } = await service.create(SUPER_ORGANIZATION.id, name, { authenticationSequence });
    return `/stub/authorize?${new URLSearchParams({ application: id, callback: this.callback, ...query })}`;
  }

  /** Sends a request, without following redirects. */
  fetch(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(new URL(path, this.server.origin), { redirect: 'manual', dispatcher: this.agent, headers });
  }

  /** Sends a form, without following redirects. */
  post(path: string, body: URLSearchParams, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const options = { method: 'POST', redirect: 'manual', dispatcher: this.agent, headers, body } as const;
    return fetch(new URL(path, this.server.origin), options);
  }

  /** Begins a sign-in; returns the address of the first page and the cookie that belongs to it. */
  async begin(path: string): Promise<{ page: URL; cookie: string }> {
    const response = await this.fetch(path);
    const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0]);
    return { page: new URL(response.headers.get('location') ?? ''), cookie: cookie.join('; ') };
  }

  /** Stops everything and removes the folder. */
  async stop(): Promise<void> {
    await this.agent.destroy();
    await this.server.stop();
    this.application.closeAllConnections();
    this.application.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const settings = (plugin: string) => `
[server]
hostname = "localhost"
node_ip = "127.0.0.1"

[super_admin]
username = "admin"
password = "${PASSWORD}"
create_admin_account = true

[database.identity_db]
type = "sqlite"

[password_hashing]
argon2_memory = 8192
argon2_iterations = 1

[plugins]
folders = [${JSON.stringify(plugin)}]
`;
