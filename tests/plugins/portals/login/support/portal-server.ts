import 'reflect-metadata';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Response } from 'undici';
import { createApplication } from '../../../../support/applications.js';
import { startTestServer, type TestServer } from '../../../../support/test-server.js';
import relyingParty from './relying-party/plugin.js';

/** User name and password, as an option of a step. */
export const password = { idp: 'LOCAL', authenticator: 'BasicAuthenticator' };

/** One option of the server itself. */
export const local = (authenticator: string) => ({ idp: 'LOCAL', authenticator });

type Steps = readonly (readonly { readonly idp: string; readonly authenticator: string }[])[];

/** A real server with the login portal and a stub relying party, and a place on another origin to come back to. */
export class PortalServer {
  private constructor(
    readonly server: TestServer,
    private readonly application: HttpServer,
  ) {}

  /** Starts it. @param toml settings beside the usual ones */
  static async start(toml = ''): Promise<PortalServer> {
    const folders = [fileURLToPath(new URL('./relying-party/', import.meta.url))];
    const server = await startTestServer({ toml, plugins: { folders } });
    const known = server.server.kernel.summaries().map(({ id }) => id);
    if (!known.includes(relyingParty.id)) throw new Error(`the server runs without ${relyingParty.id}`);
    const application = createServer((_request, response) => response.end('<title>Arrived</title>'));
    await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
    return new PortalServer(server, application);
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
    const id = await createApplication(this.server, { name, authenticationSequence });
    return `/stub/authorize?${new URLSearchParams({ application: id, callback: this.callback, ...query })}`;
  }

  /** Sends a request, without following redirects. */
  fetch(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.server.fetch(path, { headers });
  }

  /** Sends a form, without following redirects. */
  post(path: string, body: URLSearchParams, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.server.fetch(path, { method: 'POST', headers, body });
  }

  /** Begins a sign-in; returns the address of the first page and the cookie that belongs to it. */
  async begin(path: string): Promise<{ page: URL; cookie: string }> {
    const response = await this.fetch(path);
    const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0]);
    return { page: new URL(response.headers.get('location') ?? ''), cookie: cookie.join('; ') };
  }

  /** Stops everything and removes the folder. */
  async stop(): Promise<void> {
    await this.server.stop();
    this.application.closeAllConnections();
    this.application.close();
  }
}
