import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectSecurely, type TLSSocket } from 'node:tls';
import { Client } from 'ldapts';
import { reasonOf } from '#core/kernel';
import { DirectoryAway } from './failures.js';

const START_TLS = '1.3.6.1.4.1.1466.20037';
/** Bytes that one request is answered by at most: a directory of a tenant must not fill the memory of the server. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Where to connect to, and how. Times in milliseconds. */
export interface ConnectionTarget {
  /** Name of the host, which the certificate must have. */
  readonly host: string;
  readonly port: number;
  /** Address of the host, when it was looked up already. */
  readonly address: string;
  readonly encryption: 'none' | 'tls' | 'start-tls';
  /** PEM texts of the authorities; undefined: those of Node.js. */
  readonly authorities: readonly string[] | undefined;
  readonly connectTimeout: number;
  readonly readTimeout: number;
}

/**
 * One connection. It never connects again by itself, as the client of ldapts would: what was bound once must not go on
 * as nobody.
 */
export class LdapConnection {
  /** When it was last given back, milliseconds since the epoch. */
  idleSince = 0;
  /** Bytes that had come when the request began that is under way. */
  #before = 0;

  private constructor(
    /** For operations; check {@link usable} before. */
    readonly client: Client,
    readonly encrypted: boolean,
    private readonly socket: Socket,
  ) {
    socket.on('data', () => {
      if (socket.bytesRead - this.#before > MOST_BYTES)
        socket.destroy(new DirectoryAway(`an answer has more than ${MOST_BYTES} bytes`));
    });
  }

  /**
   * Connects, encrypts, and lets `prepare` bind, all within the time limit.
   *
   * @throws DirectoryAway when that does not succeed
   * @throws ResultCodeError of ldapts: what `prepare` was answered
   */
  static async open(
    target: ConnectionTarget,
    prepare: (connection: LdapConnection) => Promise<void>,
  ): Promise<LdapConnection> {
    const limit = new TimeLimit(target.connectTimeout);
    let socket: Socket | undefined;
    try {
      socket = await limit.open(target);
      const client = clientOn(socket, target);
      const connection = new LdapConnection(client, target.encryption !== 'none', socket);
      await prepare(connection);
      return connection;
    } catch (error) {
      socket?.destroy();
      throw limit.passed ? new DirectoryAway(`no connection within ${target.connectTimeout} ms`) : error;
    } finally {
      limit.end();
    }
  }

  /** Whether it is still open. */
  get usable(): boolean {
    return !this.socket.destroyed && this.socket.writable;
  }

  /** Whether an operation would be done by whom it was bound as. */
  get bound(): boolean {
    return this.usable && this.client.isBound;
  }

  /** A request begins, of which the answer may have so many bytes. */
  begin(): void {
    this.#before = this.socket.bytesRead;
  }

  /** Ends it; what is still under way fails. */
  close(): void {
    this.client.unbind().catch(() => undefined);
    // A server that reads nothing any more would keep it open.
    setImmediate(() => this.socket.destroy());
  }
}

/** A client of ldapts on a socket that stands. */
function clientOn(socket: Socket, { host, readTimeout }: ConnectionTarget): Client {
  let isTaken = false;
  const createConnection = (): Socket => {
    if (isTaken || socket.destroyed) throw new DirectoryAway('the connection is closed');
    isTaken = true;
    return socket;
  };
  const literal = isIP(host) === 6 ? `[${host}]` : host;
  return new Client({ url: `ldap://${literal}`, timeout: readTimeout, createConnection });
}

/** Destroys what is being opened when it takes too long. */
class TimeLimit {
  passed = false;
  readonly #sockets: Socket[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(milliseconds: number) {
    this.#timer = setTimeout(() => {
      this.passed = true;
      for (const socket of this.#sockets) socket.destroy();
    }, milliseconds);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  async open(target: ConnectionTarget): Promise<Socket> {
    const { address, host, port, encryption } = target;
    const secure: ConnectionOptions = {
      host,
      // A name, never an address (RFC 6066 section 3); with an address the certificate must name that.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ...(target.authorities === undefined ? {} : { ca: [...target.authorities] }),
    };
    const plain = this.#kept(connect({ host: address, port, noDelay: true, keepAlive: true }));
    await opened(plain, 'connect');
    if (encryption === 'none') return plain;
    if (encryption === 'start-tls') await askForTls(plain, target);
    const encrypted = this.#kept(connectSecurely({ ...secure, socket: plain }));
    await opened(encrypted, 'secureConnect');
    return encrypted;
  }

  #kept<T extends Socket | TLSSocket>(socket: T): T {
    // One that is destroyed after somebody has stopped to listen must not end the process.
    socket.on('error', () => undefined);
    this.#sockets.push(socket);
    return socket;
  }
}

function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error?: Error) => reject(new DirectoryAway(error?.message ?? 'closed', { cause: error }));
    socket.once(event, () => {
      socket.removeListener('error', failed);
      socket.removeListener('close', failed);
      resolve();
    });
    socket.once('error', failed);
    socket.once('close', () => failed());
  });
}

/**
 * StartTLS (RFC 4511 section 4.14). The client that asks is thrown away with all that it has read: nothing that came
 * before the encryption can be taken for an answer that came after it.
 */
async function askForTls(socket: Socket, target: ConnectionTarget): Promise<void> {
  const client = clientOn(socket, target);
  try {
    await client.exop(START_TLS);
  } catch (cause) {
    throw new DirectoryAway(`StartTLS is refused: ${reasonOf(cause)}`, { cause });
  }
  socket.removeAllListeners('data');
}
