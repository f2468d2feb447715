import type { KeyObject, X509Certificate } from 'node:crypto';
import {
  type CryptoKey,
  importJWK,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { LRUCache } from 'lru-cache';
import { inject, injectable } from 'tsyringe';
import { KeySetError, type RemoteKeySets, RemoteKeySetsToken, tryKeys } from '#core/connections';
import { type Clock, ClockToken, type Logger, LoggerToken, reasonOf, token } from '#core/kernel';
import type { OAuthClient } from './client.service.js';
import {
  certificatesOf,
  encryptionKeyOf,
  keysOfCertificate,
  keysOfSet,
  type LocalKeys,
  thumbprintOf,
} from './client-key-material.js';

/** Injection token of the keys of clients. */
export const ClientKeysToken = token<ClientKeys>('oauth.client-keys');
/** Injection token: whether key sets of clients are fetched from their addresses (`oauth.jwks_endpoint.enable`). */
export const FetchesClientKeysToken = token<boolean>('oauth.fetches-client-keys');

/** What is checked of a JWT beside its signature. */
export interface ClientJwtOptions extends JWTVerifyOptions {
  /** Algorithms that count. Those with a shared secret, and `none`, never do: they have no public key (RFC 8725 §3.1). */
  readonly algorithms: string[];
}

/** A key to encrypt with, and its name. */
export interface ClientEncryptionKey {
  readonly key: CryptoKey | Uint8Array | KeyObject;
  /** `kid`; undefined when the key has none. */
  readonly kid: string | undefined;
}

/** Where the keys of a client are: registered by value, or at an address. */
type KeySource = { readonly local: LocalKeys } | { readonly url: string };

const MAX_SOURCES = 500;
const symmetric = /^(?:HS\d+|none)$/i;

/**
 * The public keys of clients: the certificate or key set of the application (`advancedConfigurations.certificate`), else
 * what dynamic registration has brought (`jwks`, `jwks_uri`; RFC 7591 §2).
 */
@injectable()
export class ClientKeys {
  readonly #parsed = new LRUCache<string, LocalKeys>({ max: MAX_SOURCES });

  constructor(
    @inject(RemoteKeySetsToken) private readonly remote: RemoteKeySets,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(FetchesClientKeysToken) private readonly fetches: boolean,
    @inject(LoggerToken) private readonly logger: Logger,
  ) {}

  /** Whether the client has registered keys, by value or by address. */
  has(client: OAuthClient): boolean {
    return this.#find(client) !== undefined;
  }

  /**
   * Claims and header of a JWT that the client has signed.
   *
   * @throws KeySetError when the client has no keys or they cannot be fetched; a jose error when the JWT is no good
   */
  async verify(
    client: OAuthClient,
    jwt: string,
    options: ClientJwtOptions,
  ): Promise<{ readonly payload: JWTPayload; readonly header: JWTHeaderParameters }> {
    const algorithms = options.algorithms.filter((name) => !symmetric.test(name));
    const checks = { currentDate: new Date(this.clock.now()), ...options, algorithms };
    const { payload, protectedHeader } = await this.#verify(client, (key) => jwtVerify(jwt, key, checks));
    return { payload, header: protectedHeader };
  }

  /**
   * The key with which to encrypt for the client; undefined when it has none that fits.
   *
   * @param algorithm key management (RFC 7518 §4.1): `RSA-OAEP-256`, `ECDH-ES+A256KW`
   * @throws KeySetError when its keys cannot be fetched
   */
  async encryptionKey(client: OAuthClient, algorithm: string): Promise<ClientEncryptionKey | undefined> {
    const jwk = encryptionKeyOf(await this.#keys(client), algorithm);
    return jwk && { key: await importJWK(jwk, algorithm), kid: jwk.kid };
  }

  /** Certificates that the client has registered, alone or as `x5c` of its keys. Throws KeySetError when they cannot be fetched. */
  async certificates(client: OAuthClient): Promise<X509Certificate[]> {
    return certificatesOf(await this.#keys(client));
  }

  /** `x5t#S256` of each of these certificates. Throws KeySetError when they cannot be fetched. */
  async thumbprints(client: OAuthClient): Promise<string[]> {
    return (await this.certificates(client)).map(thumbprintOf);
  }

  /** {@link thumbprints}; none when they cannot be fetched, which is logged. */
  async registeredThumbprints(client: OAuthClient): Promise<string[]> {
    try {
      return await this.thumbprints(client);
    } catch (error) {
      if (!(error instanceof KeySetError)) throw error;
      this.logger.warn({ clientId: client.entity.clientId, reason: reasonOf(error) }, 'no certificates of a client');
      return [];
    }
  }

  async #verify<T>(client: OAuthClient, check: (key: JWTVerifyGetKey) => Promise<T>): Promise<T> {
    const source = this.#find(client);
    if (!source) throw new KeySetError('unavailable', `The client ${client.entity.clientId} has registered no keys.`);
    return 'local' in source
      ? tryKeys(source.local.getKey, check)
      : this.remote.verify(this.#allowed(source.url), check);
  }

  async #keys(client: OAuthClient): Promise<readonly JWK[]> {
    const source = this.#find(client);
    if (!source) return [];
    return 'local' in source ? source.local.keys : (await this.remote.read(this.#allowed(source.url))).keys;
  }

  #allowed(url: string): string {
    if (!this.fetches)
      throw new KeySetError('unavailable', `The keys of ${url} are not fetched, see enable of [oauth.jwks_endpoint].`);
    return url;
  }

  #find({ application, settings }: OAuthClient): KeySource | undefined {
    const { certificate } = application.settings.advancedConfigurations;
    if (certificate?.type === 'PEM') return this.#local(certificate.value, () => keysOfCertificate(certificate.value));
    if (certificate) return this.#set(certificate.value);
    const { jwks, jwks_uri: address } = settings.registration ?? {};
    if (jwks !== undefined) return this.#set(JSON.stringify(jwks));
    return typeof address === 'string' && address !== '' ? { url: address } : undefined;
  }

  /** A key set, by its address or by value. */
  #set(value: string): KeySource | undefined {
    if (!value.trimStart().startsWith('{')) return { url: value };
    return this.#local(value, () => keysOfSet(JSON.parse(value)));
  }

  #local(text: string, parse: () => LocalKeys | undefined): KeySource | undefined {
    const local = this.#parsed.get(text) ?? parse();
    if (!local) return undefined;
    this.#parsed.set(text, local);
    return { local };
  }
}
