import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { OutboundHttp } from '#core/http';
import { type Clock, GatehouseError, reasonOf, token } from '#core/kernel';
import { tryKeys } from './trial.js';

/** Injection token of the key sets of others, fetched within the limits of `[oauth.jwks_endpoint]`. */
export const RemoteKeySetsToken = token<RemoteKeySets>('connections.remote-key-sets');

/** Limits of fetching. */
export interface RemoteKeySetOptions {
  /** Milliseconds for the connection; they are added to `timeout`, which bounds the whole exchange. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds for the answer. */
  readonly timeout: number;
  /** Largest key set in bytes. */
  readonly maxBytes: number;
}

/** There are no keys to check with. The message is for operators: it says why, and names the address. */
export class KeySetError extends GatehouseError {
  override readonly name = 'KeySetError';

  /** @param reason `unavailable`: the address does not answer as it should; `invalid`: what it answers is no key set */
  constructor(
    readonly reason: 'unavailable' | 'invalid',
    message: string,
    options?: ErrorOptions,
  ) {
    super(`key_set_${reason}`, message, options);
  }
}

/** How long keys are used before they are fetched again, in milliseconds. */
const FRESH_MS = 600_000;
/** How long keys are used when they cannot be fetched again, in milliseconds since they were. */
const GRACE_MS = 3_600_000;
/** How long a key that is not there makes nobody look again, in milliseconds. */
const COOL_DOWN_MS = 30_000;
/** How long an address that failed is left alone, in milliseconds. */
const RETRY_MS = 5_000;
const MAX_ADDRESSES = 500;
const MAX_KEYS = 100;

const asymmetric = ['RSA', 'EC', 'OKP'];
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(MAX_KEYS) });

interface Known {
  readonly keys: JSONWebKeySet;
  readonly getKey: JWTVerifyGetKey;
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number;
}

/** What is known of one address. */
interface Entry {
  known: Known | undefined;
  /** When it was last asked, in milliseconds since the epoch. */
  askedAt: number;
  failure: KeySetError | undefined;
  pending: Promise<void> | undefined;
}

/**
 * Public keys of others, by the address of their JWKS (RFC 7517). They are fetched by `OutboundHttp`, kept for ten
 * minutes, and fetched again once when a signature needs a key that is not among them; not more often than every 30
 * seconds, so that nobody can make this server hammer another one. When an address does not answer, the keys that are
 * known go on for an hour.
 */
export class RemoteKeySets {
  readonly #entries = new LRUCache<string, Entry>({ max: MAX_ADDRESSES });

  constructor(
    private readonly http: Pick<OutboundHttp, 'send'>,
    private readonly clock: Clock,
    private readonly options: RemoteKeySetOptions,
  ) {}

  /**
   * All public keys of an address, those for encryption too.
   *
   * @throws KeySetError when there are none to be had
   */
  async read(url: string): Promise<JSONWebKeySet> {
    return (await this.#current(this.#entry(url), url)).keys;
  }

  /**
   * Checks something that was signed with one of the keys of an address.
   *
   * @param check verifies with the key it is given: `(key) => jwtVerify(jwt, key, { algorithms, ... })`. It is called
   *   again with other keys that fit, and once more after the keys were fetched again; so it does nothing but check.
   * @throws KeySetError when there are no keys to be had; otherwise what `check` throws
   */
  async verify<T>(url: string, check: (key: JWTVerifyGetKey) => Promise<T>): Promise<T> {
    const entry = this.#entry(url);
    const before = await this.#current(entry, url);
    try {
      return await tryKeys(before.getKey, check);
    } catch (error) {
      if (!isOfWrongKey(error)) throw error;
      const after = await this.#renewed(entry, url, before);
      if (after === before) throw error;
      return await tryKeys(after.getKey, check);
    }
  }

  #entry(url: string): Entry {
    let entry = this.#entries.get(url);
    if (!entry) {
      entry = { known: undefined, askedAt: Number.NEGATIVE_INFINITY, failure: undefined, pending: undefined };
      this.#entries.set(url, entry);
    }
    return entry;
  }

  async #current(entry: Entry, url: string): Promise<Known> {
    const now = this.clock.now();
    const { known } = entry;
    if (known && now - known.fetchedAt < FRESH_MS) return known;
    const leftAlone = entry.failure !== undefined && now - entry.askedAt < RETRY_MS;
    if (!leftAlone) await this.#fetch(entry, url);
    if (entry.known && this.clock.now() - entry.known.fetchedAt < GRACE_MS) return entry.known;
    throw entry.failure ?? new KeySetError('unavailable', `There are no keys of ${url}.`);
  }

  /** The keys after another look at the address; the same ones when it is too early for that or nothing came of it. */
  async #renewed(entry: Entry, url: string, before: Known): Promise<Known> {
    if (entry.pending) await entry.pending;
    else if (entry.known === before && this.clock.now() - entry.askedAt >= COOL_DOWN_MS) await this.#fetch(entry, url);
    return entry.known ?? before;
  }

  /** Asks the address; whoever comes meanwhile waits for the same answer. Never throws. */
  #fetch(entry: Entry, url: string): Promise<void> {
    entry.pending ??= this.#ask(entry, url).finally(() => {
      entry.pending = undefined;
    });
    return entry.pending;
  }

  async #ask(entry: Entry, url: string): Promise<void> {
    entry.askedAt = this.clock.now();
    try {
      const keys = await this.#answerOf(url);
      entry.known = { keys, getKey: createLocalJWKSet(keys), fetchedAt: this.clock.now() };
      entry.failure = undefined;
    } catch (error) {
      entry.failure = error instanceof KeySetError ? error : unavailable(url, reasonOf(error), error);
    }
  }

  async #answerOf(url: string): Promise<JSONWebKeySet> {
    const { connectTimeout = 0, timeout, maxBytes } = this.options;
    const headers = { accept: 'application/jwk-set+json, application/json' };
    const { status, text } = await this.http.send({ url, headers, timeout: connectTimeout + timeout, maxBytes });
    if (status !== 200) throw unavailable(url, `the answer has the status ${status}`);
    const parsed = keySet.safeParse(jsonOf(text));
    if (!parsed.success) throw new KeySetError('invalid', `What ${url} answers is no JSON Web Key Set.`);
    // Nobody's secret or private key has a place in a public set, and one of them must not spoil the others.
    return { keys: parsed.data.keys.filter((key) => asymmetric.includes(key.kty) && key['d'] === undefined) };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const unavailable = (url: string, why: string, cause?: unknown) =>
  new KeySetError('unavailable', `The keys of ${url} cannot be fetched: ${why}.`, { cause });

const isOfWrongKey = (error: unknown) =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
