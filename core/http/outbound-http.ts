import { type LookupAddress, lookup as resolveName } from 'node:dns';
import { readFileSync } from 'node:fs';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel';
import { LRUCache } from 'lru-cache';
import { Agent, request } from 'undici';
import { type z } from 'zod';
import { GatehouseError, reasonOf, token } from '#core/kernel';
import type { OutboundHttpSettings } from './settings.js';

/** Injection token of the client for requests to other servers. */
export const OutboundHttpToken = token<OutboundHttp>('http.outbound');

/** A request to another server. */
export interface OutboundRequest {
  readonly url: string;
  /** `GET` when absent. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds for the whole answer; that of `[outbound_http]` when absent. */
  readonly timeout?: number;
  /** Largest answer in bytes; that of `[outbound_http]` when absent. */
  readonly maxBytes?: number;
}

/** What another server has answered: any status, redirects too, which are never followed. */
export interface OutboundResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** There is no answer: refused, unreachable, too late, too large. The message is for operators. */
export class OutboundError extends GatehouseError {
  override readonly name = 'OutboundError';

  constructor(
    readonly reason: 'refused' | 'unreachable' | 'timeout' | 'too_large' | 'broken',
    message: string,
    options?: ErrorOptions,
  ) {
    super(`outbound_${reason}`, message, options);
  }
}

/** Addresses of this machine and of private networks: never what a URL of somebody else should lead to. */
const inner = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  inner.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  inner.addSubnet(net, bits, 'ipv6');

/** Whether an IP address is one of this machine, of a private network, or of nobody. */
export const isInnerAddress = (address: string): boolean => inner.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** How many failures in a row open the circuit of an origin, and for how long (milliseconds). */
const FAILURES = 5;
const OPEN_MS = 10_000;

type Options = z.output<(typeof OutboundHttpSettings)['schema']>;

/**
 * The only way out: requests to servers of others. HTTPS with certificate checks, no addresses of private networks
 * unless `[outbound_http]` names their host, no redirects, with limits of time and size, and a circuit breaker for each
 * origin.
 */
export class OutboundHttp {
  /** PEM texts that TLS connections to other servers trust; undefined: those that come with Node.js. */
  readonly authorities: readonly string[] | undefined;
  readonly #agent: Agent;
  readonly #breakers = new LRUCache<string, CircuitBreakerPolicy>({ max: 500 });

  constructor(private readonly options: Options) {
    const further = options.ca_files.map((file) => readFileSync(file, 'utf8'));
    this.authorities = further.length > 0 ? [...rootCertificates, ...further] : undefined;
    this.#agent = new Agent({
      connect: {
        lookup: this.#lookup,
        timeout: options.connect_timeout,
        ...(this.authorities ? { ca: [...this.authorities] } : {}),
      },
    });
  }

  /**
   * An address of a host for a connection that is not HTTP, checked as those of requests are. To be connected to as it
   * is: looked up again, the name could lead elsewhere.
   *
   * @throws OutboundError when the name leads nowhere or into a private network
   */
  addressOf(host: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#lookup(host, { all: true }, (error, addresses) => {
        const first = (addresses as LookupAddress[])[0];
        if (first) return resolve(first.address);
        const reason = `${host} cannot be found: ${reasonOf(error)}`;
        reject(error instanceof OutboundError ? error : new OutboundError('unreachable', reason, { cause: error }));
      });
    });
  }

  /** Sends a request. Throws OutboundError when there is no answer; an answer of any status is returned. */
  async send(outbound: OutboundRequest): Promise<OutboundResponse> {
    const url = this.#checked(outbound.url);
    try {
      return await this.#breaker(url.origin).execute(() => this.#exchange(url, outbound));
    } catch (error) {
      if (error instanceof BrokenCircuitError)
        throw new OutboundError(
          'broken',
          `${url.origin} has failed ${FAILURES} times in a row and is left alone for a while`,
          { cause: error },
        );
      throw error;
    }
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #exchange(url: URL, outbound: OutboundRequest): Promise<OutboundResponse> {
    const { method = 'GET', headers = {}, body = null, timeout = this.options.timeout } = outbound;
    const maxBytes = outbound.maxBytes ?? this.options.response_limit;
    const signal = AbortSignal.timeout(timeout);
    try {
      const answer = await request(url, { method, headers, body, signal, dispatcher: this.#agent });
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > maxBytes)
          throw new OutboundError('too_large', `the answer of ${url.origin} is larger than ${maxBytes} bytes`);
        chunks.push(chunk);
      }
      const plain = Object.entries(answer.headers).map(([name, value]) => [name, String(value ?? '')]);
      return {
        status: answer.statusCode,
        headers: Object.fromEntries(plain) as Record<string, string>,
        text: Buffer.concat(chunks).toString('utf8'),
      };
    } catch (error) {
      if (error instanceof OutboundError) throw error;
      if (signal.aborted)
        throw new OutboundError('timeout', `${url.origin} has not answered within ${timeout} ms`, { cause: error });
      const refusal = refusalIn(error);
      if (refusal) throw refusal;
      throw new OutboundError('unreachable', `${url.origin} cannot be reached: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** What can be told from the URL alone. */
  #checked(text: string): URL {
    if (!URL.canParse(text)) throw new OutboundError('refused', 'the address is no URL');
    const url = new URL(text);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const known = this.#isNamed(host);
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (known || this.options.allow_http)))
      throw new OutboundError('refused', `${url.origin} is not https`);
    if (url.username !== '' || url.password !== '') throw new OutboundError('refused', 'the address has credentials');
    if (isIP(host) !== 0 && isInnerAddress(host) && !known) throw privateAddress(host);
    return url;
  }

  #isNamed(host: string): boolean {
    return this.options.private_hosts.includes(host.toLowerCase());
  }

  /** Checked at the time of the connection, so that a name cannot point elsewhere in between (DNS rebinding). */
  readonly #lookup: LookupFunction = (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [], 0);
      const open = this.#isNamed(hostname) ? addresses : addresses.filter(({ address }) => !isInnerAddress(address));
      const first = open[0];
      if (!first) return callback(privateAddress(hostname) as NodeJS.ErrnoException, [], 0);
      return options.all ? callback(null, open) : callback(null, first.address, first.family);
    });
  };

  #breaker(origin: string): CircuitBreakerPolicy {
    let breaker = this.#breakers.get(origin);
    if (!breaker) {
      const counts = handleWhen(
        (error) => error instanceof OutboundError && ['unreachable', 'timeout'].includes(error.reason),
      );
      breaker = circuitBreaker(counts, { halfOpenAfter: OPEN_MS, breaker: new ConsecutiveBreaker(FAILURES) });
      this.#breakers.set(origin, breaker);
    }
    return breaker;
  }
}

const privateAddress = (host: string) =>
  new OutboundError(
    'refused',
    `${host} is in a private network; if it is meant to be reached, name it in private_hosts of [outbound_http]`,
  );

function refusalIn(error: unknown): OutboundError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof OutboundError) return at;
  return undefined;
}
