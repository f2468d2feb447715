import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { equalInConstantTime, randomName, type SecretBox, SecretBoxToken, sha256Hex } from '#core/crypto';
import { type Clock, ClockToken, token } from '#core/kernel';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import type { ClientEntity } from './client.entity.js';
import { FOREVER_SECONDS } from './client-model.js';
import { clientSecretErrors } from './client-secret-errors.js';
import type { StoredClientSecret } from './client-secret-model.js';
import { invalidConfiguration } from './oidc-inbound-rules.js';

/** Injection token of the rules of client secrets. */
export const ClientSecretsToken = token<ClientSecrets>('oauth.client-secrets');

/** How many characters a generated client id or secret has. */
export const NAME_LENGTH = 28;

const PURPOSE = 'client-secret';

/** A secret that has just been made: the only time that it is known for certain. */
export interface MadeSecret {
  readonly plain: string;
  readonly stored: StoredClientSecret;
}

/**
 * The secrets of clients: how they are kept, which of them are good, how many there may be. They lie in the row of their
 * client, in the order in which they were made, so that whoever has the client has them too.
 */
@injectable()
export class ClientSecrets {
  constructor(
    @inject(SecretBoxToken) private readonly box: SecretBox,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** Makes a secret. @param given of the caller's choice @param expiresAt seconds since the epoch; 0: never */
  make(given?: string, expiresAt = 0): MadeSecret {
    const plain = given ?? randomName(NAME_LENGTH);
    const value = this.options.hashClientSecret
      ? `sha256:${sha256Hex(plain)}`
      : `sealed:${this.box.seal(PURPOSE, plain)}`;
    return { plain, stored: { id: uuid(), value, createdAt: Math.floor(this.clock.now() / 1000), expiresAt } };
  }

  /** Whether a secret has not expired. */
  isActive({ expiresAt }: StoredClientSecret): boolean {
    return expiresAt === 0 || expiresAt * 1000 > this.clock.now();
  }

  /**
   * Whether a secret is one of the client's that have not expired. That the client is revoked is not looked at: only who
   * knows a secret is told so.
   */
  verify({ clientSecrets }: ClientEntity, secret: string): boolean {
    let isOne = false;
    // To the end, so that the time does not tell which one it was.
    for (const stored of clientSecrets) if (this.isActive(stored) && this.#isSame(stored, secret)) isOne = true;
    return isOne;
  }

  /** A secret, when it is kept readable (`oauth.hash_client_secret = false`). */
  readable({ value }: StoredClientSecret): string | undefined {
    return value.startsWith('sealed:') ? this.box.open(PURPOSE, value.slice('sealed:'.length)) : undefined;
  }

  /** Those that have not expired, as far as they are kept readable; the newest first. */
  readableOnes({ clientSecrets }: ClientEntity): string[] {
    const active = clientSecrets.filter((stored) => this.isActive(stored)).reverse();
    return active.flatMap((stored) => this.readable(stored) ?? []);
  }

  /** What the client has, the oldest first, expired ones too. A public or revoked client has none. */
  of({ clientSecrets, state, settings }: ClientEntity): readonly StoredClientSecret[] {
    return state === 'ACTIVE' && !settings.publicClient ? clientSecrets : [];
  }

  /** The newest that has not expired; undefined when there is none. */
  latest(client: ClientEntity): StoredClientSecret | undefined {
    return this.of(client).findLast((stored) => this.isActive(stored));
  }

  /** When the latest expires, or has expired if all have: seconds since the epoch; 0: never. */
  expiry(client: ClientEntity): number {
    return (this.latest(client) ?? this.of(client).at(-1))?.expiresAt ?? 0;
  }

  /**
   * A further secret for a client, and all that it has then. What has expired does not count, and makes room.
   *
   * @param expiresAt seconds since the epoch; 0: never
   * @throws ApiError OAUTH-60001 for an impossible time or a public client, OAUTH-60010 when there are as many as may be,
   *   OAUTH-60012 when the client is revoked
   */
  withOneMore(
    client: ClientEntity,
    expiresAt: number,
  ): { readonly made: MadeSecret; readonly all: StoredClientSecret[] } {
    if (client.settings.publicClient) throw invalidConfiguration('publicClient: a public client has no secrets.');
    if (client.state !== 'ACTIVE') throw clientSecretErrors.revoked();
    this.checkExpiry('expiresAt', expiresAt);
    const limit = this.options.multiple_client_secrets.max_secret_count;
    const active = client.clientSecrets.filter((stored) => this.isActive(stored));
    if (active.length >= limit) throw clientSecretErrors.limit(active.length, limit);
    const expired = client.clientSecrets.filter((stored) => !this.isActive(stored));
    const gone = new Set(expired.slice(0, Math.max(0, client.clientSecrets.length + 1 - limit)));
    const made = this.make(undefined, expiresAt);
    return { made, all: [...client.clientSecrets.filter((stored) => !gone.has(stored)), made.stored] };
  }

  /** What a client has without one. Throws ApiError: OAUTH-60009 when it has no such, OAUTH-60011 for the latest. */
  without(client: ClientEntity, id: string): StoredClientSecret[] {
    const all = this.of(client);
    if (!all.some((stored) => stored.id === id)) throw clientSecretErrors.notFound(id);
    if (this.latest(client)?.id === id) throw clientSecretErrors.latest(id);
    return all.filter((stored) => stored.id !== id);
  }

  /**
   * Refuses a time at which no secret can expire.
   *
   * @param member what the request calls it @param expiresAt seconds since the epoch; 0: never
   * @throws ApiError OAUTH-60001
   */
  checkExpiry(member: string, expiresAt: number): void {
    if (expiresAt === 0) return;
    const now = this.clock.now() / 1000;
    const usual = 'it is a time in seconds since 1970, or 0 for a secret that never expires.';
    if (expiresAt <= now) throw invalidConfiguration(`${member}: ${expiresAt} is not in the future; ${usual}`);
    if (expiresAt > now + FOREVER_SECONDS)
      throw invalidConfiguration(`${member}: ${expiresAt} is more than a hundred years away; ${usual}`);
  }

  #isSame({ value }: StoredClientSecret, secret: string): boolean {
    if (value.startsWith('sha256:')) return equalInConstantTime(`sha256:${sha256Hex(secret)}`, value);
    const plain = this.box.open(PURPOSE, value.slice('sealed:'.length));
    return plain !== undefined && equalInConstantTime(plain, secret);
  }
}
