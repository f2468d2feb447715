import { decodeProtectedHeader, type JWTPayload } from 'jose';
import { inject, injectable } from 'tsyringe';
import type { HttpRequest } from '#core/http';
import { token } from '#core/kernel';
import type { AuthorizeRequest, SourcedParameters } from '../authorize/authorize-request.js';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import type { Bound } from '../tokens/records.js';
import { type FapiProfile, fapiProfileOf, SENDER_CONSTRAINTS } from './fapi-profile.js';

/** Injection token of the rules of FAPI. */
export const FapiRulesToken = token<FapiRules>('oauth.fapi-rules');

/** How old a request object may be, and how long it may live, in seconds (FAPI 1.0 Advanced §5.2.2). */
const OBJECT_SECONDS = 3600;
/** Longest life of a code under FAPI 2.0, in milliseconds (Security Profile §5.3.2.1). */
const CODE_MS = 60_000;
/** How far clocks may be off under FAPI 2.0, in milliseconds (Security Profile §5.3.2.1). */
const SKEW_MS = { least: 10_000, most: 60_000 };
/** What has to stand in the request object itself. */
const INSIDE = ['scope', 'redirect_uri', 'nonce'];
/** Response modes whose answer is signed. */
const SIGNED_MODES: readonly string[] = ['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'];

/** What the profiles of the Financial-grade API forbid that OAuth alone allows: asked by the endpoints, for every client. */
@injectable()
export class FapiRules {
  constructor(@inject(OAuthOptionsToken) private readonly options: OAuthOptions) {}

  /** The profile of a client; undefined when it has none. */
  profileOf({ settings, fapi }: Pick<OAuthClient, 'settings' | 'fapi'>): FapiProfile | undefined {
    return fapiProfileOf(settings, this.options, fapi);
  }

  /** Whether authentication requests of a client have to be signed (FAPI-CIBA Security Profile §5.2.2). */
  wantsSignedCiba(client: OAuthClient): boolean {
    return this.#settings.enable_ciba_profile && this.profileOf(client) !== undefined;
  }

  /** Whether a client may authenticate by a method. @param assertion when it does so by one */
  allowsAuthentication(client: OAuthClient, method: string, assertion: string | undefined): boolean {
    if (!this.profileOf(client)) return true;
    const { allowed_client_authentication_methods: methods, allowed_signature_algorithms: algorithms } = this.#settings;
    if (!methods.includes(method)) return false;
    return assertion === undefined || algorithms.includes(String(decodeProtectedHeader(assertion).alg));
  }

  /** Whether an assertion is made for this server in the way that the profile of the client asks for. */
  allowsAudience(client: OAuthClient, { aud }: JWTPayload, issuer: string): boolean {
    return this.profileOf(client) !== 'FAPI2_SECURITY' || aud === issuer;
  }

  /** How far the clock of a client may be off. @param usual in milliseconds, as the result */
  clockSkew(client: OAuthClient, usual: number): number {
    if (this.profileOf(client) !== 'FAPI2_SECURITY') return usual;
    return Math.min(Math.max(usual, SKEW_MS.least), SKEW_MS.most);
  }

  /** Throws OAuthError `invalid_request_object` when a request object does not do for the client. @param now seconds */
  checkObject(client: OAuthClient, claims: JWTPayload, algorithm: string | undefined, now: number): void {
    const profile = this.profileOf(client);
    if (!profile) return;
    if (algorithm === undefined || !this.#settings.allowed_signature_algorithms.includes(algorithm))
      throw badObject(`is not signed by ${this.#settings.allowed_signature_algorithms.join(' or ')}`);
    const { nbf, exp, aud } = claims;
    if (nbf === undefined || exp === undefined || aud === undefined) throw badObject('needs nbf, exp and aud');
    if (nbf < now - OBJECT_SECONDS) throw badObject('is older than 60 minutes');
    if (exp > nbf + OBJECT_SECONDS) throw badObject('is good for longer than 60 minutes');
    const missing = INSIDE.find((name) => claims[name] === undefined);
    if (missing !== undefined && profile === 'FAPI1_ADVANCED') throw badObject(`has no ${missing}`);
  }

  /** Throws OAuthError `invalid_request` when an authorization request does not do for the client. */
  checkRequest(client: OAuthClient, sourced: SourcedParameters, authorize: AuthorizeRequest): void {
    const profile = this.profileOf(client);
    if (profile === 'FAPI1_ADVANCED') checkAdvanced(sourced, authorize);
    if (profile === 'FAPI2_SECURITY') checkSecurity(sourced, authorize);
  }

  /** Throws OAuthError `invalid_request` when tokens of the client must not be issued like this. */
  checkBound(client: OAuthClient, bound: Bound | undefined): void {
    if (this.profileOf(client) && !(bound && SENDER_CONSTRAINTS.includes(bound.type)))
      throw new OAuthError(
        'invalid_request',
        'Tokens of the application have to be bound to a certificate or by DPoP.',
      );
  }

  /** The client as its tokens are to be bound: by what the request shows, when it has chosen nothing. */
  constrained(client: OAuthClient, http: HttpRequest): OAuthClient {
    const { accessToken } = client.settings;
    if (!this.profileOf(client) || accessToken.bindingType !== 'None') return client;
    const bindingType = http.headers['dpop'] === undefined ? 'certificate' : 'DPoP';
    return { ...client, settings: { ...client.settings, accessToken: { ...accessToken, bindingType } } };
  }

  /** How ID tokens of the client are signed. */
  idTokenAlgorithm(client: OAuthClient): string {
    const { idTokenSignedResponseAlg: chosen } = client.settings.idToken;
    const allowed = this.#settings.allowed_signature_algorithms;
    return !this.profileOf(client) || allowed.includes(chosen) ? chosen : (allowed[0] ?? chosen);
  }

  /** How long a code of the client lives. @param usual in milliseconds, as the result */
  codeLifetime(client: OAuthClient, usual: number): number {
    return this.profileOf(client) === 'FAPI2_SECURITY' ? Math.min(usual, CODE_MS) : usual;
  }

  get #settings() {
    return this.options.oidc.fapi;
  }
}

/** FAPI 1.0 Part 2: Advanced, §5.2.2 */
function checkAdvanced({ requestObject, pushed }: SourcedParameters, authorize: AuthorizeRequest): void {
  if (requestObject !== 'signed') throw invalid('Request Object is mandatory for FAPI Conformant Applications.');
  const { responseType, responseMode } = authorize;
  const isSigned = responseType === 'code' && SIGNED_MODES.includes(responseMode);
  if (responseType !== 'code id_token' && responseType !== 'code')
    throw invalid('FAPI applications use the response type code id_token, or code with response_mode jwt.');
  if (responseType === 'code' && !isSigned) throw invalid('Invalid response mode provided.');
  if (pushed) checkChallenge(authorize);
}

/** FAPI 2.0 Security Profile, §5.3.2.2 */
function checkSecurity({ pushed }: SourcedParameters, authorize: AuthorizeRequest): void {
  if (!pushed) throw invalid('PAR request is mandatory for the application.');
  if (authorize.responseType !== 'code') throw invalid('FAPI 2 applications use the response type code.');
  checkChallenge(authorize);
}

function checkChallenge({ codeChallengeMethod }: AuthorizeRequest): void {
  if (codeChallengeMethod !== 'S256') throw invalid('PKCE with S256 is mandatory for FAPI applications.');
}

const invalid = (description: string) => new OAuthError('invalid_request', description);
const badObject = (problem: string) => new OAuthError('invalid_request_object', `The request object ${problem}.`);
