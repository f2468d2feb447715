import { decodeProtectedHeader, errors, type JWTPayload, UnsecuredJWT } from 'jose';
import { inject, injectable } from 'tsyringe';
import { KeySetError } from '#core/connections';
import { type KeySets, KeySetsToken } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import { type Clock, ClockToken, reasonOf, token } from '#core/kernel';
import type { OAuthClient } from '../clients/client.service.js';
import { type ClientKeys, ClientKeysToken } from '../clients/client-keys.js';
import { OAuthError } from '../errors.js';
import { issuerOf } from '../issuer.js';
import { jwaName, type OAuthOptions, OAuthOptionsToken } from '../options.js';

/** Injection token of the verifier of request objects. */
export const RequestObjectVerifierToken = token<RequestObjectVerifier>('oauth.request-object-verifier');

/** A request object that has been found good. */
export interface RequestObject {
  readonly signed: boolean;
  /** Algorithm of the signature; undefined without one. */
  readonly algorithm: string | undefined;
  readonly claims: JWTPayload;
}

/** `typ` that a request object can have (RFC 9101 §10.8); no other JWT may be taken for one. */
const TYPES: readonly unknown[] = [undefined, 'JWT', 'jwt', 'oauth-authz-req+jwt', 'application/oauth-authz-req+jwt'];

/** Opens and verifies request objects (RFC 9101, OpenID Connect Core §6). */
@injectable()
export class RequestObjectVerifier {
  constructor(
    @inject(KeySetsToken) private readonly keys: KeySets,
    @inject(ClientKeysToken) private readonly clientKeys: ClientKeys,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /**
   * The content of a request object of the client.
   *
   * @param mustBeSigned whether it has to be, even if the client has not chosen so
   * @throws OAuthError `invalid_request_object` when it is not good
   */
  async open(text: string, client: OAuthClient, http: HttpRequest, mustBeSigned: boolean): Promise<RequestObject> {
    try {
      const jwt = await this.#decrypted(text, client, http.organization.id);
      const object = await this.#verified(jwt, client, mustBeSigned);
      checkParties(object.claims, client, [issuerOf(http, this.options), `${http.baseUrl}/oauth2/token`]);
      return object;
    } catch (error) {
      if (error instanceof OAuthError) throw error;
      if (error instanceof errors.JOSEError || error instanceof KeySetError || error instanceof TypeError)
        throw invalidObject(`The request object is not good: ${reasonOf(error)}.`, error);
      throw error;
    }
  }

  /** The JWT within a JWE; the text itself when it is none and need not be one. */
  async #decrypted(text: string, client: OAuthClient, orgId: string): Promise<string> {
    const { algorithm, method } = client.settings.requestObject.encryption;
    if (text.split('.').length !== 5) {
      if (algorithm !== '' || method !== '') throw invalidObject('The request object has to be encrypted.');
      return text;
    }
    const { supported_encryption_algorithms: algorithms, supported_encryption_methods: methods } =
      this.options.oidc.request_object;
    const header = decodeProtectedHeader(text);
    const allowed = (wanted: string, known: readonly string[], given: unknown) =>
      typeof given === 'string' && (wanted === '' ? known.includes(given) : wanted.replace('+', '-') === given);
    const named = algorithm === header.alg || allowed('', algorithm === '' ? algorithms : [], header.alg);
    if (!named || !allowed(method, methods, header['enc']))
      throw invalidObject('The request object is not encrypted by the algorithms that it has to be encrypted by.');
    return this.keys.decrypt(orgId, text);
  }

  async #verified(jwt: string, client: OAuthClient, mustBeSigned: boolean): Promise<RequestObject> {
    const { alg, typ } = decodeProtectedHeader(jwt);
    if (!TYPES.includes(typ)) throw invalidObject('The JWT is no request object, its typ says something else.');
    const times = { clockTolerance: this.options.timestamp_skew / 1000, currentDate: new Date(this.clock.now()) };
    const { validateRequestObjectSignature, requestObject } = client.settings;
    const chosen = jwaName(requestObject.requestObjectSigningAlg);
    if (alg === 'none') {
      if (mustBeSigned || validateRequestObjectSignature || chosen !== '')
        throw invalidObject('The request object has to be signed.');
      return { signed: false, algorithm: undefined, claims: UnsecuredJWT.decode(jwt, times).payload };
    }
    const algorithms = chosen === '' ? this.options.oidc.request_object.signing_algorithms.map(jwaName) : [chosen];
    const { payload, header } = await this.clientKeys.verify(client, jwt, { ...times, algorithms });
    return { signed: true, algorithm: header.alg, claims: payload };
  }
}

/** Who made it, for whom; and that it is not an assertion that authenticates the client (RFC 9101 §10.8). */
function checkParties({ iss, sub, aud }: JWTPayload, client: OAuthClient, ours: readonly string[]): void {
  const { clientId } = client.entity;
  if (iss !== undefined && iss !== clientId) throw invalidObject('The request object is of another client (iss).');
  if (sub === clientId) throw invalidObject('The JWT authenticates the client; it is no request object (sub).');
  const audiences = typeof aud === 'string' ? [aud] : aud;
  if (audiences && !audiences.some((audience) => ours.includes(audience)))
    throw invalidObject('The request object is not for this server (aud).');
}

/** A request object that is not good. */
export const invalidObject = (description: string, cause?: unknown) =>
  new OAuthError('invalid_request_object', description, { cause });
