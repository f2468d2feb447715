import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request that came to a {@link Receiver}. */
export interface Received {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What {@link Receiver} answers; 200 without a body when undefined. */
export type Responder = (
  request: Received,
) =>
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | undefined;

/** Certificate and key as PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** Lets a test server ask hosts of this machine. */
export const REACHES_RECEIVERS = '[outbound_http]\nprivate_hosts = ["127.0.0.1", "localhost"]\n';

/** A real HTTP server of somebody else: keeps what it is sent. */
export class Receiver {
  readonly received: Received[] = [];
  readonly #server: Server;
  #respond: Responder = () => undefined;

  private constructor(private readonly tls: TlsPair | undefined) {
    const take = (request: IncomingMessage, response: ServerResponse) => void this.#take(request, response);
    this.#server = tls ? createSecureServer(tls, take) : createServer(take);
  }

  /** Starts one on a free port. Call `stop()` when the test is over. */
  static async start(respond?: Responder, tls?: TlsPair): Promise<Receiver> {
    const receiver = new Receiver(tls);
    if (respond) receiver.answers(respond);
    await new Promise<void>((done) => receiver.#server.listen(0, '127.0.0.1', done));
    return receiver;
  }

  /** `http://localhost:PORT`, or https. */
  get origin(): string {
    return `${this.tls ? 'https' : 'http'}://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sets what is answered from now on. */
  answers(respond: Responder): void {
    this.#respond = respond;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = '', headers } = request;
    const received = {
      method,
      headers,
      url: new URL(request.url ?? '/', this.origin),
      body: Buffer.concat(chunks).toString('utf8'),
    };
    this.received.push(received);
    const { status = 200, headers: extra = {}, body = '' } = this.#respond(received) ?? {};
    response.writeHead(status, extra).end(body);
  }
}
