import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the peer got it. */
export interface PeerRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the peer answers. */
export interface PeerAnswer {
  readonly status: number;
  readonly json?: unknown;
}

/** Another server that ours calls: a gateway, a token endpoint. */
export class HttpPeer {
  /** What it was asked. */
  readonly requests: PeerRequest[] = [];
  /** What of it has had an answer of success. */
  readonly taken: PeerRequest[] = [];
  readonly #server: Server;

  /** @param answer what it answers; may be changed meanwhile */
  constructor(public answer: (request: PeerRequest) => PeerAnswer) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        const asked = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
        this.requests.push(asked);
        const { status, json } = this.answer(asked);
        if (status < 300) this.taken.push(asked);
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(json === undefined ? '' : JSON.stringify(json));
      });
    });
  }

  /** `http://127.0.0.1:PORT` */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Takes connections on a free port. */
  async start(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
  }

  /** Goes for good. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((done) => this.#server.close(done));
  }
}

/** Starts a peer. Call `stop()` of what it returns when the test is over. */
export async function startHttpPeer(answer: (request: PeerRequest) => PeerAnswer = () => ({ status: 200 })) {
  const peer = new HttpPeer(answer);
  await peer.start();
  return peer;
}
