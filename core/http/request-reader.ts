import { randomBytes, randomUUID, type X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ShownCertificate } from './client-certificate.js';
import { BodyTooLargeError } from './errors.js';
import type { HttpRequest, OrganizationContext, Principal } from './messages.js';

/** The mutable inside of a request while the pipeline fills it. */
export interface Exchange {
  readonly request: HttpRequest;
  setBody(body: string): void;
  setParams(params: Readonly<Record<string, string>>): void;
  setPrincipal(principal: Principal): void;
}

const empty = new URLSearchParams();
const correlationPattern = /^[\w.:-]{1,100}$/;

/** The correlation id that the client gave, when it is a decent one, else a new one. */
export function correlationIdOf(message: IncomingMessage, header: string): string {
  const given = message.headers[header.toLowerCase()];
  return typeof given === 'string' && correlationPattern.test(given) ? given : randomUUID();
}

/** Address of the client; `X-Forwarded-For` counts only when the peer is a trusted proxy. */
export function clientAddress(message: IncomingMessage, trusted: ReadonlySet<string>): string {
  let address = (message.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const forwarded = message.headers['x-forwarded-for'];
  if (trusted.size === 0 || typeof forwarded !== 'string') return address;
  const hops = forwarded.split(',').map((hop) => hop.trim());
  while (trusted.has(address) && hops.length > 0) address = hops.pop() as string;
  return address;
}

/** What the pipeline knows of a message before its body is read. */
interface Facts {
  readonly path: string;
  readonly search: string;
  readonly organization: OrganizationContext;
  readonly origin: string;
  readonly ip: string;
  readonly certificate: ShownCertificate;
  readonly correlationId: string;
}

/** A request whose costly parts are made only when somebody looks at them. */
class LazyRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly organization: OrganizationContext;
  readonly headers: IncomingMessage['headers'];
  readonly ip: string;
  readonly correlationId: string;
  readonly origin: string;
  body = '';
  params: Readonly<Record<string, string>> = {};
  principal: Principal | undefined;
  #query: URLSearchParams | undefined;
  #form: URLSearchParams | undefined;
  #cookies: Readonly<Record<string, string>> | undefined;
  #nonce: string | undefined;
  #certificate: { readonly value: X509Certificate | undefined } | undefined;

  constructor(
    private readonly message: IncomingMessage,
    private readonly facts: Facts,
  ) {
    this.method = message.method ?? 'GET';
    this.headers = message.headers;
    this.path = facts.path;
    this.organization = facts.organization;
    this.ip = facts.ip;
    this.correlationId = facts.correlationId;
    this.origin = facts.origin;
  }

  get baseUrl(): string {
    return this.origin + this.organization.prefix;
  }

  get query(): URLSearchParams {
    this.#query ??= this.facts.search === '' ? empty : new URLSearchParams(this.facts.search);
    return this.#query;
  }

  get cookies(): Readonly<Record<string, string>> {
    this.#cookies ??= parseCookies(this.message.headers.cookie ?? '');
    return this.#cookies;
  }

  get form(): URLSearchParams {
    this.#form ??= isForm(this.message) ? new URLSearchParams(this.body) : empty;
    return this.#form;
  }

  get clientCertificate(): X509Certificate | undefined {
    this.#certificate ??= { value: this.facts.certificate.read() };
    return this.#certificate.value;
  }

  get throughProxy(): boolean {
    return this.facts.certificate.throughProxy;
  }

  get nonce(): string {
    this.#nonce ??= randomBytes(16).toString('base64');
    return this.#nonce;
  }
}

/** Builds the request that handlers see. */
export function exchangeOf(message: IncomingMessage, facts: Facts): Exchange {
  const request = new LazyRequest(message, facts);
  return {
    request,
    setBody: (body) => {
      request.body = body;
    },
    setParams: (params) => {
      request.params = params;
    },
    setPrincipal: (principal) => {
      request.principal = principal;
    },
  };
}

const isForm = (message: IncomingMessage) =>
  /^application\/x-www-form-urlencoded\s*(;|$)/i.test(message.headers['content-type'] ?? '');

function parseCookies(header: string): Record<string, string> {
  const cookies: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const part of header.split(';')) {
    const equals = part.indexOf('=');
    if (equals < 1) continue;
    const name = part.slice(0, equals).trim();
    if (!(name in cookies)) cookies[name] = part.slice(equals + 1).trim();
  }
  return cookies;
}

/** Reads the whole body as UTF-8. Throws BodyTooLargeError beyond `limit` bytes, without reading the rest. */
export function readBody(message: IncomingMessage, limit: number): Promise<string> {
  if (Number(message.headers['content-length'] ?? 0) > limit) return Promise.reject(new BodyTooLargeError(limit));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        message.pause();
        reject(new BodyTooLargeError(limit));
      } else chunks.push(chunk);
    });
    message.on('end', () =>
      resolve(chunks.length === 1 ? (chunks[0] as Buffer).toString('utf8') : Buffer.concat(chunks).toString('utf8')),
    );
    message.on('error', reject);
    message.on('aborted', () => reject(new Error('the client went away')));
  });
}
