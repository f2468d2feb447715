import type { HttpRequest } from '#core/http';
import type { Registry } from '#core/kernel';
import { splitScopes } from '../claims/scope-policy.js';
import type { ClientService, OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import type { OAuthOptions } from '../options.js';
import type { AuthorizeRequest } from './authorize-request.js';
import { claimsParameter } from './claims-parameter.js';
import { isRegistered, isUsable } from './redirect-uri.js';
import { checkGrants, checkHybrid, chosenMode } from './response-type-rules.js';
import type { ResponseTypeCombination, ResponseTypeSet } from './response-type-set.js';
import type { ResponseMode } from './responses.js';
import { RepeatedParametersError, UntrustedRequestError } from './untrusted-request.js';

/** Where the parts of a request are looked up. */
export interface ValidationParts {
  readonly clients: ClientService;
  readonly responseTypes: ResponseTypeSet;
  readonly responseModes: Registry<ResponseMode>;
  readonly options: OAuthOptions;
}

const prompts = new Set(['none', 'login', 'consent', 'select_account']);
/** What a request may come to. It travels in addresses until the user has signed in, and those have an end. */
const MAX_BYTES = 12_000;
/** A SHA-256, base64url: what RFC 7638 makes of a key. */
const thumbprintPattern = /^[\w-]{43}$/;
const challengePattern = /^[A-Za-z0-9._~-]{43,128}$/;

/** A request as far as errors can be sent to its client. */
export interface Addressed {
  readonly client: OAuthClient;
  readonly redirectUri: string;
  readonly responseType: ResponseTypeCombination;
  readonly responseMode: string;
  readonly state: string | undefined;
}

/** Throws RepeatedParametersError when a parameter is there twice (RFC 6749 §3.1); `resource` may be (RFC 8707 §2). */
export function refuseRepeated(parameters: URLSearchParams): void {
  const names = [...parameters.keys()].filter((name) => name !== 'resource');
  if (new Set(names).size !== names.length) throw new RepeatedParametersError();
}

/** First half: who asks, and where the answer goes. Throws UntrustedRequestError. */
export async function addressOf(
  parameters: URLSearchParams,
  http: HttpRequest,
  parts: ValidationParts,
): Promise<Addressed> {
  refuseRepeated(parameters);
  if (Buffer.byteLength(parameters.toString()) > MAX_BYTES)
    throw new UntrustedRequestError('invalid_request', 'The authorization request is too long.');
  const clientId = parameters.get('client_id');
  if (!clientId)
    throw new UntrustedRequestError('invalid_request', 'Client Id is not present in the authorization request');
  const redirectUri = parameters.get('redirect_uri');
  if (!redirectUri)
    throw new UntrustedRequestError('invalid_request', 'Redirect URI is not present in the authorization request');
  const client = await parts.clients.find(http.organization.id, clientId);
  if (!client)
    throw new UntrustedRequestError(
      'invalid_client',
      'A valid OAuth client could not be found for client_id: it is not registered here.',
    );
  if (client.entity.state !== 'ACTIVE')
    throw new UntrustedRequestError('invalid_client', 'Oauth application is not in active state.');
  if (!client.application.settings.applicationEnabled)
    throw new UntrustedRequestError('invalid_client', 'Application is disabled.');
  const responseType = parts.responseTypes.find(parameters.get('response_type') ?? '');
  if (!responseType || responseType.isDetached)
    throw new UntrustedRequestError(
      parameters.has('response_type') ? 'unsupported_response_type' : 'invalid_request',
      'Invalid response_type parameter value',
    );
  checkGrants(responseType, client);
  if (!isUsable(redirectUri) || !isRegistered(client.settings.callbackURLs, redirectUri, parts.options))
    throw new UntrustedRequestError('invalid_callback', 'callback.not.match');
  checkHybrid(responseType, client, parts.options);
  const responseMode = chosenMode(parameters.get('response_mode'), responseType, parts.responseModes);
  return { client, redirectUri, responseType, responseMode, state: parameters.get('state') ?? undefined };
}

/** Second half: what is asked. Throws OAuthError, which goes to the client. */
export function authorizeRequestOf(parameters: URLSearchParams, address: Addressed): AuthorizeRequest {
  const maxAge = parameters.get('max_age');
  if (maxAge !== null && !/^\d{1,9}$/.test(maxAge)) throw new OAuthError('invalid_request', 'max_age is not a number');
  const optional = (name: string) => parameters.get(name) ?? undefined;
  const { client, responseType } = address;
  const challenge = responseType.hasCode ? challengeOf(parameters, client) : {};
  const authorize: AuthorizeRequest = {
    clientId: client.entity.clientId,
    redirectUri: address.redirectUri,
    responseType: responseType.name,
    responseMode: address.responseMode,
    scopes: splitScopes(optional('scope')),
    state: address.state,
    nonce: optional('nonce'),
    prompts: promptsOf(parameters),
    maxAge: maxAge === null ? undefined : Number(maxAge),
    loginHint: optional('login_hint')?.slice(0, 255),
    uiLocales: optional('ui_locales')?.slice(0, 100),
    requestedSubject: optional('requested_subject')?.slice(0, 255),
    requestedActor: optional('requested_actor')?.slice(0, 255),
    claims: claimsParameter(optional('claims')),
    acrValues: splitScopes(optional('acr_values')),
    dpopJkt: thumbprintOf(optional('dpop_jkt')),
    ...challenge,
  };
  for (const part of responseType.parts) part.check?.(authorize, client);
  return authorize;
}

/** RFC 9449 §10 */
function thumbprintOf(dpopJkt: string | undefined): string | undefined {
  if (dpopJkt === undefined || thumbprintPattern.test(dpopJkt)) return dpopJkt;
  throw new OAuthError('invalid_request', 'dpop_jkt is not the SHA-256 thumbprint of a key in base64url.');
}

function promptsOf(parameters: URLSearchParams): string[] {
  const values = splitScopes(parameters.get('prompt') ?? undefined);
  if (values.some((value) => !prompts.has(value))) throw new OAuthError('invalid_request', 'Invalid prompt value.');
  if (values.includes('none') && values.length > 1)
    throw new OAuthError('invalid_request', 'prompt=none must not be combined with other values.');
  return values;
}

/** RFC 7636 §4.3 */
function challengeOf(
  parameters: URLSearchParams,
  client: OAuthClient,
): Pick<AuthorizeRequest, 'codeChallenge' | 'codeChallengeMethod'> {
  const { mandatory, supportPlainTransformAlgorithm } = client.settings.pkce;
  const codeChallenge = parameters.get('code_challenge');
  if (codeChallenge === null) {
    if (!mandatory && !client.settings.publicClient) return {};
    throw new OAuthError(
      'invalid_request',
      'PKCE is mandatory for this application. PKCE Challenge is not provided or is not upto RFC 7636 specification.',
    );
  }
  const codeChallengeMethod = parameters.get('code_challenge_method') ?? 'plain';
  if (codeChallengeMethod !== 'S256' && codeChallengeMethod !== 'plain')
    throw new OAuthError('invalid_request', 'Unsupported PKCE Challenge Method');
  if (codeChallengeMethod === 'plain' && !supportPlainTransformAlgorithm) {
    throw new OAuthError('invalid_request', 'This application does not support "plain" transformation algorithm.');
  }
  if (!challengePattern.test(codeChallenge) || (codeChallengeMethod === 'S256' && codeChallenge.length !== 43)) {
    throw new OAuthError('invalid_request', 'Code challenge used is not up to RFC 7636 specifications.');
  }
  return { codeChallenge, codeChallengeMethod };
}
