import { connect, type Socket } from 'node:net';

/** An answer as the load client sees it. */
export interface Answer {
  readonly status: number;
  /** Status line and headers, as they came. */
  readonly head: string;
  readonly body: string;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: Error) => void;
}

const END_OF_HEAD = '\r\n\r\n';
const END_OF_CHUNKS = '0\r\n\r\n';

/**
 * One keep-alive HTTP/1.1 connection with one request at a time. It reads no more than a benchmark needs, so that the
 * client costs little beside the server that is measured.
 */
export class Connection {
  #text = '';
  #waiting: Waiting | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  /** Opens a connection to a port of this machine. */
  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
    });
  }

  /** Sends a whole request, as {@link requestText} makes it, and waits for its answer. */
  send(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.socket.write(request, 'latin1');
    });
  }

  /** Closes it. */
  close(): void {
    this.#waiting = undefined;
    this.socket.destroy();
  }

  #take(chunk: string): void {
    this.#text = this.#text === '' ? chunk : this.#text + chunk;
    const end = this.#text.indexOf(END_OF_HEAD);
    if (end < 0) return;
    const head = this.#text.slice(0, end);
    const body = bodyOf(head, this.#text, end + END_OF_HEAD.length);
    if (body === undefined) return;
    const waiting = this.#waiting;
    this.#text = '';
    this.#waiting = undefined;
    waiting?.resolve({ status: Number(head.slice(9, 12)), head, body });
  }

  #fail(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }
}

/** The body, or undefined when it has not come whole yet. */
function bodyOf(head: string, text: string, from: number): string | undefined {
  const length = /\ncontent-length: *(\d+)/i.exec(head);
  if (length) return text.length - from >= Number(length[1]) ? text.slice(from) : undefined;
  if (!/\ntransfer-encoding: *chunked/i.test(head)) return '';
  if (!text.endsWith(END_OF_CHUNKS)) return undefined;
  let body = '';
  for (let at = from; ; ) {
    const line = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, line), 16);
    if (size === 0) return body;
    body += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
}

/** Value of an answer's header; of several with one name the first. */
export function headerOf({ head }: Answer, name: string): string | undefined {
  return new RegExp(`\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1];
}

/** Cookies that an answer sets, as name and value. */
export function cookiesOf({ head }: Answer): [string, string][] {
  return [...head.matchAll(/\nset-cookie: *([^=]+)=([^;\r]*)/gi)].map(([, name, value]) => [name ?? '', value ?? '']);
}

/** The text of a request. */
export function requestText(
  method: 'GET' | 'POST',
  path: string,
  headers: Readonly<Record<string, string>> = {},
  form?: Readonly<Record<string, string>>,
): string {
  const body = form === undefined ? '' : new URLSearchParams(form).toString();
  const all: Record<string, string> = { host: 'localhost', accept: '*/*', 'user-agent': 'bench', ...headers };
  if (form !== undefined) {
    all['content-type'] = 'application/x-www-form-urlencoded';
    all['content-length'] = String(body.length);
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
