import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { token } from '#core/kernel';

/** Injection token of the certificates of clients. */
export const ClientCertificatesToken = token<ClientCertificates>('http.client-certificates');

/** Longest header with a certificate, in characters. */
const MAX_LENGTH = 16_384;

/** The certificate of one request. */
export interface ShownCertificate {
  /** Whether a trusted proxy has passed the request on: then it is the proxy that has seen the certificate. */
  readonly throughProxy: boolean;
  /** Parsed only when somebody looks at it. */
  read(): X509Certificate | undefined;
}

/**
 * Certificates that clients show: in the TLS handshake with this server, or with a trusted proxy in front of it, which
 * passes them on in a header (RFC 9440 has the reasons for the care). What stands in that header of anybody else is
 * removed.
 */
export class ClientCertificates {
  readonly #header: string;

  /**
   * @param header name of the header
   * @param trusted addresses of proxies
   * @param asks whether the listener asks for certificates
   */
  constructor(
    header: string,
    private readonly trusted: ReadonlySet<string>,
    private readonly asks: boolean,
  ) {
    this.#header = header.toLowerCase();
  }

  /** Whether a certificate can reach this server at all. */
  get canCome(): boolean {
    return this.asks || this.trusted.size > 0;
  }

  /** The certificate of a message; the header is taken out. */
  takeFrom(message: IncomingMessage): ShownCertificate {
    const throughProxy = this.trusted.size > 0 && this.trusted.has(peerOf(message));
    const header = message.headers[this.#header];
    delete message.headers[this.#header];
    if (throughProxy) return { throughProxy, read: () => (typeof header === 'string' ? parsed(header) : undefined) };
    const socket = message.socket as Partial<TLSSocket>;
    return { throughProxy, read: () => (this.asks ? socket.getPeerX509Certificate?.() : undefined) };
  }
}

const peerOf = (message: IncomingMessage) => (message.socket.remoteAddress ?? '').replace(/^::ffff:/, '');

/**
 * A certificate as proxies write it: PEM (with blanks for the line ends), the same URL-encoded, or base64 of DER. Several
 * in one header are none: somebody in between has let a header of the client through.
 */
function parsed(header: string): X509Certificate | undefined {
  if (header.length > MAX_LENGTH) return undefined;
  try {
    const text = header.includes('%') ? decodeURIComponent(header) : header;
    const body = text.replace(/^\s*-----BEGIN CERTIFICATE-----|-----END CERTIFICATE-----\s*$/g, '').replace(/\s+/g, '');
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) return undefined;
    const der = Buffer.from(body, 'base64');
    const certificate = new X509Certificate(der);
    return certificate.raw.length === der.length ? certificate : undefined;
  } catch {
    return undefined;
  }
}
