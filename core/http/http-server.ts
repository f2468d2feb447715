import { readFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttps, Server as HttpsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { ensureTlsMaterial } from '#core/crypto';
import { BootError, reasonOf } from '#core/kernel';
import type { Addresses } from './addresses.js';
import type { ErrorRenderer } from './messages.js';
import type { MountedRoute, Pipeline } from './pipeline.js';
import type { Exchange } from './request-reader.js';
import type { RouteTable } from './route.js';

/** Where and how to listen. */
export interface ListenOptions {
  readonly hostname: string;
  readonly address: string;
  readonly https:
    | {
        readonly port: number;
        readonly proxyPort: number | undefined;
        readonly protocols: string;
        readonly ciphers: string;
        /** Whether clients are asked for a certificate. */
        readonly clientCertificates: 'none' | 'optional' | 'want' | 'required';
      }
    | undefined;
  readonly http: { readonly port: number } | undefined;
  readonly keystore: { readonly file_name?: string | undefined; readonly password?: string | undefined };
  readonly dataFolder: string;
  readonly graceMs: number;
}

type Carrier = IncomingMessage & { gatehouse?: Exchange };

/** The listeners, the hot routes in front, Express behind. */
export class HttpServer {
  readonly #hot = new Map<string, MountedRoute>();
  readonly #methods = new Map<string, Set<string>>();
  readonly #express: Express = express();
  readonly #servers: Server[] = [];
  /** Connections without a request so far. Node does not count them among the idle ones. */
  readonly #fresh = new Set<Socket>();

  constructor(
    private readonly pipeline: Pipeline,
    private readonly addresses: Addresses,
    private readonly options: ListenOptions,
  ) {
    this.#express.disable('x-powered-by');
    this.#express.disable('etag');
    this.#express.set('case sensitive routing', true);
  }

  /** Mounts every route; where a path has parameters, exact ones of others come first. */
  mount(tables: readonly RouteTable[]): void {
    const all = tables.flatMap((table) =>
      table.routes.map((route) => ({ table, route, path: table.base + route.path })),
    );
    const exactFirst = all.sort((a, b) => Number(a.path.includes(':')) - Number(b.path.includes(':')));
    for (const { table, route, path } of exactFirst) {
      const methods = this.#methods.get(path) ?? new Set();
      methods.add(route.method.toUpperCase());
      this.#methods.set(path, methods);
      if (route.hot === true) this.#hot.set(`${route.method.toUpperCase()} ${path}`, { table, route });
      // Hot ones too: for HEAD, and for what Express takes for the same path.
      this.#mountExpress(path, { table, route });
    }
    for (const [path, methods] of this.#methods) {
      this.#express.all(path, (request, response) =>
        this.pipeline.unknown(exchangeIn(request), response, [...methods], familyOf(tables, path)),
      );
    }
    this.#express.use((request: Request, response: Response) => {
      const exchange = exchangeIn(request);
      this.pipeline.unknown(exchange, response, [], familyOf(tables, exchange.request.path));
    });
    // Express knows an error handler by its four parameters. Its own would show a stack.
    this.#express.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
      this.pipeline.unroutable(exchangeIn(request), response, error),
    );
  }

  /** Opens the ports. Throws BootError naming the port that cannot be had. */
  async listen(now: number): Promise<void> {
    const { https, http, hostname } = this.options;
    const handler = (message: IncomingMessage, response: ServerResponse) => this.#receive(message, response);
    if (https) {
      const server = createHttps({ ...(await this.#tls(now)), ...limits }, handler);
      const port = await this.#open(server, https.port);
      this.addresses.listening(hostname, https.proxyPort ?? port, 'https');
    }
    if (http) {
      const server = createHttp(limits, handler);
      const port = await this.#open(server, http.port);
      if (!https) this.addresses.listening(hostname, port, 'http');
    }
  }

  /** Ports on which the server listens, HTTPS first. */
  get ports(): number[] {
    return this.#servers.map((server) => (server.address() as AddressInfo).port);
  }

  /** Stops taking requests, waits for those in progress, then closes. */
  async close(): Promise<void> {
    this.pipeline.drain();
    const closing = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const server of this.#servers) server.closeIdleConnections();
    for (const socket of this.#fresh) socket.destroy();
    const hard = setTimeout(() => {
      for (const server of this.#servers) server.closeAllConnections();
    }, this.options.graceMs);
    await Promise.all(closing);
    clearTimeout(hard);
    this.#servers.length = 0;
  }

  #receive(message: Carrier, response: ServerResponse): void {
    this.#fresh.delete(message.socket);
    this.pipeline.receive(message, response, (exchange) => {
      const { path } = exchange.request;
      if (message.method === 'OPTIONS' && message.headers['access-control-request-method'])
        return void this.pipeline.preflight(exchange, response);
      const hot = this.#hot.get(`${message.method} ${path}`);
      if (hot) return void this.pipeline.run(hot, exchange, message, response);
      message.gatehouse = exchange;
      const search = message.url?.indexOf('?') ?? -1;
      message.url = path + (search < 0 ? '' : (message.url as string).slice(search));
      this.#express(message, response);
    });
  }

  #mountExpress(path: string, mounted: MountedRoute): void {
    this.#express[mounted.route.method](path, (request: Request, response: Response) => {
      const exchange = exchangeIn(request);
      exchange.setParams(request.params as Record<string, string>);
      return this.pipeline.run(mounted, exchange, request, response);
    });
  }

  async #tls(now: number): Promise<ServerOptions> {
    const { keystore, https, hostname, dataFolder } = this.options;
    const versions = (https?.protocols ?? '').split('+').filter((name) => name === 'TLSv1.2' || name === 'TLSv1.3');
    if (versions.length === 0)
      throw new BootError('[transport.https.sslHostConfig.properties] protocols names none of TLSv1.2 and TLSv1.3');
    const range = {
      minVersion: versions.includes('TLSv1.2') ? ('TLSv1.2' as const) : ('TLSv1.3' as const),
      maxVersion: versions.includes('TLSv1.3') ? ('TLSv1.3' as const) : ('TLSv1.2' as const),
      ...(https?.ciphers ? { ciphers: https.ciphers } : {}),
      // Who is trusted is decided by those who look at certificates: one that is registered needs no authority.
      ...(https && https.clientCertificates !== 'none' ? { requestCert: true, rejectUnauthorized: false } : {}),
    };
    if (keystore.file_name === undefined) {
      const { privateKey, certificate, authority } = await ensureTlsMaterial(dataFolder, hostname, now);
      return { ...range, key: privateKey, cert: `${certificate}\n${authority}` };
    }
    try {
      const file = readFileSync(keystore.file_name);
      const passphrase = keystore.password === undefined ? {} : { passphrase: keystore.password };
      return file.includes('-----BEGIN')
        ? { ...range, key: file, cert: file, ...passphrase }
        : { ...range, pfx: file, ...passphrase };
    } catch (cause) {
      throw new BootError(`[keystore.tls] file_name cannot be read: ${reasonOf(cause)}`, { cause });
    }
  }

  #open(server: Server, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      server.once('error', (cause) =>
        reject(new BootError(`cannot listen on port ${port}: ${reasonOf(cause)}`, { cause })),
      );
      server.on(server instanceof HttpsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
        if (this.options.https?.clientCertificates === 'required' && isWithoutCertificate(socket)) socket.destroy();
        this.#fresh.add(socket);
        socket.once('close', () => this.#fresh.delete(socket));
      });
      server.listen(port, this.options.address, () => {
        this.#servers.push(server);
        server.on('clientError', (_, socket) => {
          if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        });
        resolve((server.address() as AddressInfo).port);
      });
    });
  }
}

/** Against slow and oversized requests. */
const limits = { headersTimeout: 15_000, requestTimeout: 30_000, keepAliveTimeout: 65_000, maxHeaderSize: 32_768 };

/** How errors are told at an address that no route answers. */
function familyOf(tables: readonly RouteTable[], path: string): ErrorRenderer | undefined {
  return tables.find(({ base, wholeBase }) => wholeBase === true && `${path}/`.startsWith(`${base}/`))?.errors;
}

const isWithoutCertificate = (socket: Socket) =>
  socket instanceof TLSSocket && socket.getPeerX509Certificate() === undefined;

function exchangeIn(request: Request): Exchange {
  const exchange = (request as unknown as Carrier).gatehouse;
  if (!exchange) throw new Error('the request did not come through the pipeline');
  return exchange;
}
