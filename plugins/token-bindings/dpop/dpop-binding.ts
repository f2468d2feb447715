import { equalInConstantTime } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import type { BindingRequest, TokenBinding } from '#core/oauth';
import type { DpopConfig } from './config.js';
import type { DpopNonces } from './dpop-nonces.js';
import type { DpopProofs } from './dpop-proofs.js';

/** Ties tokens to a key of the client, which it proves to have with every request (RFC 9449). */
export class DpopBinding implements TokenBinding {
  readonly type = 'DPoP';
  readonly tokenType = 'DPoP';
  /** A token that was stolen can be ended by its client, also when the key is lost. */
  readonly revocableByAnyone = true;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly challenge: string;

  constructor(
    private readonly proofs: DpopProofs,
    private readonly nonces: DpopNonces,
    private readonly config: DpopConfig,
  ) {
    this.metadata = { dpop_signing_alg_values_supported: config.signing_algorithms };
    this.challenge = `algs="${config.signing_algorithms.join(' ')}"`;
  }

  bind({ http }: BindingRequest): Promise<string> {
    return this.proofs.thumbprintOf(http);
  }

  async matches(value: string, http: HttpRequest, _: URLSearchParams, accessToken?: string): Promise<boolean> {
    return equalInConstantTime(await this.proofs.thumbprintOf(http, accessToken), value);
  }

  confirmation(value: string): Readonly<Record<string, string>> {
    return { jkt: value };
  }

  async provenKey(http: HttpRequest): Promise<string | undefined> {
    return this.proofs.isPresent(http) ? this.proofs.thumbprintOf(http) : undefined;
  }

  headers({ organization }: HttpRequest): Readonly<Record<string, string>> {
    return this.config.require_nonce ? { 'DPoP-Nonce': this.nonces.issue(organization.id) } : {};
  }
}
