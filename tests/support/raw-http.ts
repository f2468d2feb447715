import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';

/** A connection on which a test writes what no HTTP client would. */
export class RawConnection {
  #received = '';

  private constructor(private readonly socket: TLSSocket) {
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.#received += text;
    });
    socket.on('error', () => undefined);
  }

  /** Connects to a port of this machine, trusting `ca`. */
  static async open(port: number, ca: string): Promise<RawConnection> {
    const socket = connect({ host: '127.0.0.1', servername: 'localhost', port, ca });
    await once(socket, 'secureConnect');
    return new RawConnection(socket);
  }

  /** Sends text or bytes as they are, each in a TLS record of its own. */
  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /** What came back so far. */
  get received(): string {
    return this.#received;
  }

  /** Waits until the server closes the connection; returns all that came. */
  async ended(): Promise<string> {
    if (!this.socket.closed) await once(this.socket, 'close');
    return this.#received;
  }

  /** Drops the connection. */
  abort(): void {
    this.socket.destroy();
  }
}
