import { createSecretKey } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { inject, injectable } from 'tsyringe';
import { KeySetError } from '#core/connections';
import { sha256Hex } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import { type Clock, ClockToken, type Logger, LoggerToken, type Registry, reasonOf, token } from '#core/kernel';
import { type StateStore, StateStoreToken } from '#core/persistence';
import { type ClientService, ClientServiceToken, type OAuthClient } from '../clients/client.service.js';
import { type ClientKeys, ClientKeysToken } from '../clients/client-keys.js';
import { OAuthError } from '../errors.js';
import { type FapiRules, FapiRulesToken } from '../fapi/fapi-rules.js';
import { issuerOf } from '../issuer.js';
import { mutualTlsAlias } from '../mutual-tls-aliases.js';
import { jwaName, type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { type ClientAuthenticator, type ClientCredential, usable } from './client-authenticator.js';

/** Injection token of the check of client assertions. */
export const ClientAssertionsToken = token<ClientAssertions>('oauth.client-assertions');

/** `client_assertion_type` (RFC 7523 §2.2). */
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Algorithms with the client secret as key. */
const SECRET_ALGORITHMS: readonly string[] = ['HS256', 'HS384', 'HS512'];
/** `typ` that assertions may have; a JWT that was made for something else says so there (RFC 8725 §3.11). */
const TYPES: readonly unknown[] = [undefined, 'jwt', 'client-authentication+jwt'];
/** Longest assertion that is looked at, in characters. */
const MAX_LENGTH = 16_384;
/** Longest `jti`, in characters. */
const MAX_ID_LENGTH = 1024;
const KIND = 'oauth-client-assertion';

/** With what an assertion is signed: a key that the client has registered, or its secret. */
export type AssertionKey = 'registered' | 'secret';

/**
 * Assertions by which clients authenticate (RFC 7523 §2.2 and §3, OpenID Connect Core §9): JWTs about the client by the
 * client, made for this server, good for a short time and once.
 */
@injectable()
export class ClientAssertions {
  constructor(
    @inject(ClientKeysToken) private readonly keys: ClientKeys,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
    @inject(FapiRulesToken) private readonly fapi: FapiRules,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(LoggerToken) private readonly logger: Logger,
  ) {}

  /**
   * The assertion of a request, when it is signed with such a key; nothing of it is checked yet.
   *
   * @throws OAuthError `invalid_client` when it names no client, `invalid_request` when it comes with a secret, or with
   *   the id of another client
   */
  detect(parameters: URLSearchParams, key: AssertionKey): ClientCredential | undefined {
    const assertion = parameters.get('client_assertion');
    if (!assertion || parameters.get('client_assertion_type') !== ASSERTION_TYPE) return undefined;
    const { algorithm, subject } = contentOf(assertion);
    if (SECRET_ALGORITHMS.includes(algorithm) !== (key === 'secret')) return undefined;
    if (parameters.has('client_secret'))
      throw new OAuthError(
        'invalid_request',
        'The client MUST NOT use more than one authentication method in each request.',
      );
    const clientId = parameters.get('client_id');
    if (clientId !== null && clientId !== subject)
      throw new OAuthError('invalid_request', 'The client ids of assertion and body differ.');
    return { clientId: subject, secret: assertion };
  }

  /**
   * Whether an assertion is good; it is used up by that, unless the client may use assertions again.
   *
   * @param maxLifetime how long it may be good from now on, in milliseconds
   */
  async isGood(
    client: OAuthClient,
    assertion: string,
    http: HttpRequest,
    key: AssertionKey,
    maxLifetime: number,
  ): Promise<boolean> {
    try {
      const { typ } = decodeProtectedHeader(assertion);
      if (!TYPES.includes(typ?.toLowerCase().replace(/^application\//, '')))
        throw new errors.JWTInvalid('it was made for something else (typ)');
      const payload = await this.#verified(client, assertion, http, key);
      if (!this.fapi.allowsAudience(client, payload, issuerOf(http, this.options)))
        throw new errors.JWTInvalid('FAPI 2.0 wants the issuer alone in "aud"');
      const skew = this.fapi.clockSkew(client, this.options.timestamp_skew);
      checkTimes(payload, this.clock.now(), maxLifetime, skew);
      await this.#use(client, payload, skew);
      return true;
    } catch (error) {
      if (!(error instanceof errors.JOSEError || error instanceof KeySetError)) throw error;
      const { clientId } = client.entity;
      this.logger.info({ clientId, reason: reasonOf(error) }, 'a client assertion was refused');
      return false;
    }
  }

  #verified(client: OAuthClient, assertion: string, http: HttpRequest, key: AssertionKey): Promise<JWTPayload> {
    const { clientId } = client.entity;
    const options = {
      algorithms: this.#algorithms(client, key),
      issuer: clientId,
      subject: clientId,
      audience: audiencesOf(http, this.options),
      requiredClaims: ['exp', 'jti'],
      clockTolerance: this.fapi.clockSkew(client, this.options.timestamp_skew) / 1000,
      currentDate: new Date(this.clock.now()),
    };
    if (key === 'registered') return this.keys.verify(client, assertion, options).then(({ payload }) => payload);
    const check = (secret: string) => jwtVerify(assertion, createSecretKey(secret, 'utf8'), options);
    return withOneOf(this.clients.readableSecrets(client.entity), check).then(({ payload }) => payload);
  }

  /** What the client has chosen, else what the server takes. A shared secret is no key pair, and the other way round. */
  #algorithms(client: OAuthClient, key: AssertionKey): string[] {
    const chosen = jwaName(client.settings.clientAuthentication.tokenEndpointAuthSigningAlg);
    const usual =
      key === 'secret' ? SECRET_ALGORITHMS : this.options.oidc.token_endpoint.signing_algorithms.map(jwaName);
    return (chosen === '' ? usual : [chosen]).filter((name) => SECRET_ALGORITHMS.includes(name) === (key === 'secret'));
  }

  async #use(client: OAuthClient, { exp, jti }: JWTPayload, skew: number): Promise<void> {
    if (client.settings.clientAuthentication.tokenEndpointAllowReusePvtKeyJwt) return;
    const { orgId, clientId } = client.entity;
    const id = sha256Hex(`${clientId} ${jti}`);
    const expiresAt = (exp as number) * 1000 + skew + 1000;
    const { applied } = await this.state.apply([{ claim: { orgId, kind: KIND, id, value: true, expiresAt } }]);
    if (!applied) throw new errors.JWTInvalid('the assertion has been used before');
  }
}

/** What the check gives with the first secret with which the signature is right. */
async function withOneOf<T>([secret, ...others]: readonly string[], check: (secret: string) => Promise<T>): Promise<T> {
  if (secret === undefined)
    throw new KeySetError('unavailable', 'No secret of the client is kept readable and good; it needs a new one.');
  try {
    return await check(secret);
  } catch (error) {
    if (!(error instanceof errors.JWSSignatureVerificationFailed) || others.length === 0) throw error;
    return withOneOf(others, check);
  }
}

/** Throws JWTInvalid. @param now, maxLifetime, skew in milliseconds */
function checkTimes({ exp, iat, jti }: JWTPayload, now: number, maxLifetime: number, skew: number): void {
  if ((exp as number) * 1000 > now + maxLifetime + skew)
    throw new errors.JWTInvalid(`the assertion is good for longer than ${maxLifetime / 1000} seconds`);
  if (iat !== undefined && iat * 1000 > now + skew) throw new errors.JWTInvalid('the assertion is from the future');
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_ID_LENGTH)
    throw new errors.JWTInvalid(`"jti" has to be a text of at most ${MAX_ID_LENGTH} characters`);
}

/** Every algorithm by which some client may sign its assertions, by the methods that can be used. */
export function assertionAlgorithms(options: OAuthOptions, registry: Registry<ClientAuthenticator>): string[] {
  const methods = usable(registry).map(({ method }) => method);
  const ofKeys = options.oidc.token_endpoint.signing_algorithms
    .map(jwaName)
    .filter((name) => !SECRET_ALGORITHMS.includes(name));
  return [
    ...(methods.includes('private_key_jwt') ? ofKeys : []),
    ...(methods.includes('client_secret_jwt') ? SECRET_ALGORITHMS : []),
  ];
}

/** What an assertion says of itself. */
function contentOf(assertion: string): { readonly algorithm: string; readonly subject: string } {
  try {
    if (assertion.length > MAX_LENGTH) throw new errors.JWTInvalid('too long');
    const { alg } = decodeProtectedHeader(assertion);
    const { sub } = decodeJwt(assertion);
    if (typeof sub !== 'string' || sub === '') throw new errors.JWTInvalid('no sub');
    return { algorithm: String(alg), subject: sub };
  } catch (cause) {
    throw new OAuthError('invalid_client', 'Client credentials are invalid.', { cause });
  }
}

/** By which names an assertion may call this server: its issuer, or an endpoint at which clients authenticate. */
function audiencesOf(http: HttpRequest, options: OAuthOptions): string[] {
  const paths = ['/oauth2/token', '/oauth2/par', '/oauth2/ciba', http.path];
  const addresses = paths.map((path) => http.baseUrl + path);
  const aliases = addresses.flatMap((address) => mutualTlsAlias(options, address) ?? []);
  return [...new Set([issuerOf(http, options), ...addresses, ...aliases])];
}
