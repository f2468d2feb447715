import { sha256Hex } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import {
  type ClientKeys,
  type FapiRules,
  issuerOf,
  jwaName,
  type OAuthClient,
  OAuthError,
  type OAuthOptions,
} from '#core/oauth';
import { claim, type StateStore } from '#core/persistence';
import type { CibaParameters } from './ciba-request.js';

const KIND = 'oauth-ciba-jti';
const MAX_LENGTH = 16_384;
/** Longest time between `nbf` and `exp`, in seconds: an hour, as FAPI CIBA has it. */
const MAX_LIFETIME = 3600;
/** How far clocks may differ, in seconds. */
const SKEW = 30;
const NAMES = [
  'scope',
  'login_hint',
  'id_token_hint',
  'login_hint_token',
  'binding_message',
  'requested_expiry',
  'notification_channel',
  'actor_token',
];

/** Signed authentication requests (CIBA Core §7.1.1): JWTs by the client, made for this server, good once. */
export class SignedRequests {
  constructor(
    private readonly keys: ClientKeys,
    private readonly state: StateStore,
    private readonly fapi: FapiRules,
    private readonly options: OAuthOptions,
    private readonly now: () => number,
  ) {}

  /** Algorithms that are taken; RSA with PKCS #1 v1.5 is not among them. */
  get algorithms(): string[] {
    return this.options.oidc.request_object.signing_algorithms.map(jwaName).filter((name) => !name.startsWith('RS'));
  }

  /** Whether a client has to sign its requests. */
  isRequired(client: OAuthClient): boolean {
    return this.fapi.wantsSignedCiba(client);
  }

  /** The parameters of a signed request, which is used up. Throws OAuthError `invalid_request`. */
  async read(jwt: string, client: OAuthClient, http: HttpRequest): Promise<CibaParameters> {
    if (NAMES.some((name) => http.form.has(name)))
      throw new OAuthError('invalid_request', 'With a signed request all parameters have to stand in it.');
    const { payload } = await this.#verified(jwt, client, http);
    const { exp = 0, nbf = 0, iat = 0, jti } = payload;
    const now = this.now() / 1000;
    if (exp - nbf > MAX_LIFETIME || iat > now + SKEW)
      throw invalid('it is good for more than an hour, or not yet made');
    // A client assertion says who the client is, and nothing else: the one must not pass for the other (RFC 9101 §10.8).
    if (payload.sub === client.entity.clientId) throw invalid('sub must not be the client');
    if (typeof jti !== 'string' || jti === '') throw invalid('jti is not a text');
    const orgId = http.organization.id;
    const id = sha256Hex(`${client.entity.clientId}\n${jti}`);
    const expiresAt = (exp + SKEW) * 1000;
    if (!(await claim(this.state, { orgId, kind: KIND, id, value: true, expiresAt })))
      throw invalid('it has been used before');
    return Object.fromEntries(
      NAMES.flatMap((name) => {
        const value = payload[name];
        return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [];
      }),
    );
  }

  async #verified(jwt: string, client: OAuthClient, http: HttpRequest) {
    if (jwt.length > MAX_LENGTH) throw invalid(`it is longer than ${MAX_LENGTH}`);
    const issuer = issuerOf(http, this.options);
    try {
      return await this.keys.verify(client, jwt, {
        algorithms: this.algorithms,
        issuer: client.entity.clientId,
        audience: [...new Set([issuer, `${http.baseUrl}/oauth2/token`, `${http.baseUrl}/oauth2/ciba`])],
        requiredClaims: ['iss', 'aud', 'exp', 'iat', 'nbf', 'jti'],
        clockTolerance: SKEW,
      });
    } catch (cause) {
      throw new OAuthError(
        'invalid_request',
        "The 'request' JWT is not valid: it has to be signed by a registered key of the client with an algorithm that is not RS*, with iss, aud, exp, iat, nbf and jti.",
        { cause },
      );
    }
  }
}

const invalid = (why: string) => new OAuthError('invalid_request', `The 'request' JWT is not valid: ${why}.`);
