import { LRUCache } from 'lru-cache';
import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { sha256Hex } from '#core/crypto';
import { type OutboundHttp, OutboundHttpToken } from '#core/http';
import { type Clock, ClockToken, GatehouseError, token } from '#core/kernel';
import type { SenderAuthentication } from './provider.js';

/** Injection token of {@link ClientCredentialTokens}. */
export const ClientCredentialTokensToken = token<ClientCredentialTokens>('notifications.client-credential-tokens');

type ClientCredential = Extract<SenderAuthentication, { type: 'CLIENT_CREDENTIAL' }>;

const answerSchema = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z.coerce.number().positive().optional(),
});

/** A token is not used in its last seconds, for it has a way to go. */
const MARGIN_MS = 30_000;
/** RFC 6749 §5.1 leaves `expires_in` out when the life of a token is known otherwise; here it is not. */
const UNKNOWN_LIFE_S = 300;

/** Tokens by which senders authenticate (RFC 6749 §4.4), kept until shortly before they expire. */
@injectable()
export class ClientCredentialTokens {
  readonly #tokens = new LRUCache<string, { readonly token: string; readonly until: number }>({ max: 1000 });

  constructor(
    @inject(OutboundHttpToken) private readonly http: OutboundHttp,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** A token of a client. Throws OutboundError or GatehouseError when there is none to be had. */
  async get(client: ClientCredential): Promise<string> {
    const key = keyOf(client);
    const known = this.#tokens.get(key);
    if (known && known.until > this.clock.now()) return known.token;
    const { access_token, expires_in = UNKNOWN_LIFE_S } = await this.#fetch(client);
    this.#tokens.set(key, { token: access_token, until: this.clock.now() + expires_in * 1000 - MARGIN_MS });
    return access_token;
  }

  /** Forgets the token of a client: the other side has not taken it. */
  forget(client: ClientCredential): void {
    this.#tokens.delete(keyOf(client));
  }

  async #fetch({ clientId, clientSecret, tokenEndpoint, scopes }: ClientCredential) {
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scopes === '' ? {} : { scope: scopes }) });
    const { status, text } = await this.http.send({
      url: tokenEndpoint,
      method: 'POST',
      headers: {
        authorization: basicCredentials(formEncoded(clientId), formEncoded(clientSecret)),
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: form.toString(),
    });
    const { success, data } = answerSchema.safeParse(status === 200 ? parsed(text) : undefined);
    if (!success)
      throw new GatehouseError(
        'no_token',
        `the token endpoint ${new URL(tokenEndpoint).origin} gave no token (status ${status})`,
      );
    return data;
  }
}

/** Secrets are not kept as keys. */
const keyOf = (client: ClientCredential) =>
  sha256Hex(JSON.stringify([client.tokenEndpoint, client.clientId, client.clientSecret, client.scopes]));

/** RFC 6749 §2.3.1: both halves are encoded as in a form before they are joined. */
const formEncoded = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);

/** Value of an `Authorization` header (RFC 7617). */
export const basicCredentials = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
