import { calculateJwkThumbprint, EmbeddedJWK, errors, type JWK, type JWTPayload, jwtVerify } from 'jose';
import { equalInConstantTime, sha256Base64Url, sha256Hex } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import type { Clock } from '#core/kernel';
import { OAuthError } from '#core/oauth';
import { claim, type StateStore } from '#core/persistence';
import type { DpopConfig } from './config.js';
import type { DpopNonces } from './dpop-nonces.js';
import { isAddressOf } from './request-url.js';

/** What a good proof says. */
interface Proof {
  /** Thumbprint of its key (RFC 7638). */
  readonly thumbprint: string;
  readonly accessTokenHash: unknown;
}

const MAX_LENGTH = 8192;
const USED = 'dpop-proof';
/** Members of a JWK that only its owner may know (RFC 7518 §6). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** Checks DPoP proofs (RFC 9449 §4.3). */
export class DpopProofs {
  /** Proofs of requests that are under way: one is looked at by several, but used up once. */
  readonly #checked = new WeakMap<HttpRequest, Promise<Proof>>();

  constructor(
    private readonly state: StateStore,
    private readonly clock: Clock,
    private readonly nonces: DpopNonces,
    private readonly config: DpopConfig,
  ) {}

  /** Whether a request carries a proof, good or bad. */
  isPresent({ headers }: HttpRequest): boolean {
    return headers['dpop'] !== undefined;
  }

  /**
   * Thumbprint of the key that made the proof of a request.
   *
   * @param accessToken the token that the proof has to name, of an API call
   * @throws OAuthError `invalid_dpop_proof`, `use_dpop_nonce`
   */
  async thumbprintOf(http: HttpRequest, accessToken?: string): Promise<string> {
    let checking = this.#checked.get(http);
    if (!checking) {
      checking = this.#check(http, accessToken);
      this.#checked.set(http, checking);
    }
    const { thumbprint, accessTokenHash } = await checking;
    if (accessToken !== undefined && !isHashOf(accessTokenHash, accessToken)) throw invalid('ath');
    return thumbprint;
  }

  async #check(http: HttpRequest, accessToken: string | undefined): Promise<Proof> {
    const header = http.headers['dpop'];
    if (header === undefined || header === '') throw new OAuthError('invalid_dpop_proof', 'DPoP header is required.');
    // Several headers come as one, with commas in between.
    if (typeof header !== 'string' || header.includes(',')) throw invalid('several headers');
    if (header.length > MAX_LENGTH) throw invalid('length');
    const { payload, jwk } = await this.#verify(header);
    const { jti, iat, nonce } = payload;
    const [method, address] = [payload['htm'], payload['htu']];
    if (typeof jti !== 'string' || jti === '') throw invalid('jti');
    if (typeof method !== 'string' || method.toUpperCase() !== http.method) throw invalid('htm');
    if (typeof address !== 'string' || !isAddressOf(address, http)) throw invalid('htu');
    if (accessToken !== undefined && !isHashOf(payload['ath'], accessToken)) throw invalid('ath');
    this.#checkTime(iat as number);
    if (this.config.require_nonce && !this.nonces.isGood(http.organization.id, nonce)) throw this.#nonceWanted(http);
    const thumbprint = await calculateJwkThumbprint(jwk);
    await this.#useUp(http.organization.id, thumbprint, jti, iat as number);
    return { thumbprint, accessTokenHash: payload['ath'] };
  }

  async #verify(header: string): Promise<{ payload: JWTPayload; jwk: JWK }> {
    try {
      const { payload, protectedHeader } = await jwtVerify(header, EmbeddedJWK, {
        typ: 'dpop+jwt',
        algorithms: [...this.config.signing_algorithms],
        requiredClaims: ['jti', 'htm', 'htu', 'iat'],
        currentDate: new Date(this.clock.now()),
      });
      const { jwk } = protectedHeader;
      if (!jwk || privateMembers.some((member) => member in jwk)) throw new Error('the header has no public key');
      return { payload, jwk };
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) throw expired(cause);
      throw invalid('not a good proof', cause);
    }
  }

  #checkTime(iat: number): void {
    const age = this.clock.now() - iat * 1000;
    const { header_validity_period: period } = this.config;
    if (age > period) throw expired();
    if (age < -period) throw invalid('iat');
  }

  /** A proof counts once. It is remembered until its time is over anyway. */
  async #useUp(orgId: string, thumbprint: string, jti: string, iat: number): Promise<void> {
    const expiresAt = Math.ceil(iat * 1000) + this.config.header_validity_period + 1000;
    const id = sha256Hex(`${thumbprint} ${jti}`);
    if (!(await claim(this.state, { orgId, kind: USED, id, value: true, expiresAt }))) throw invalid('replay');
  }

  #nonceWanted({ organization }: HttpRequest): OAuthError {
    const headers = { 'DPoP-Nonce': this.nonces.issue(organization.id) };
    return new OAuthError('use_dpop_nonce', 'Authorization server requires nonce in DPoP proof', { headers });
  }
}

const isHashOf = (hash: unknown, accessToken: string): boolean =>
  typeof hash === 'string' && equalInConstantTime(hash, sha256Base64Url(accessToken));

/** One text for whatever is wrong; what it is goes to the log. */
const invalid = (reason: string, cause?: unknown) =>
  new OAuthError('invalid_dpop_proof', 'Invalid DPoP Proof', { cause: cause ?? new Error(reason) });

const expired = (cause?: unknown) => new OAuthError('invalid_dpop_proof', 'Expired DPoP Proof', { cause });
