import { ApiError } from '#core/http';
import { fapiContradiction } from '../fapi/fapi-configuration.js';
import { jwaName, type OAuthOptions } from '../options.js';
import { ROLE_VALIDATOR } from '../scopes/registered-scope-set.js';
import { callbackProblem } from './callback-urls.js';
import type { StoredClientSettings } from './client-model.js';
import type { ClientOptions } from './client-options.js';

/** What fits into a text column of every database. */
const MAX_BYTES = 60_000;

/**
 * Validators of scopes that an application can name. This one is for registered scopes, which are bound to roles; those
 * of APIs are given by roles whether it is named or not.
 */
export const SCOPE_VALIDATORS = [ROLE_VALIDATOR] as const;

/** Hybrid response types that an application can allow. */
const HYBRID_TYPES = ['code token', 'code id_token', 'code id_token token'];

/** A configuration that cannot be. */
export const invalidConfiguration = (description: string) =>
  new ApiError('OAUTH-60001', 400, 'Invalid request.', description);

const invalid = invalidConfiguration;

/** What has to be true of a configuration beyond its shape. Throws ApiError OAUTH-60001. */
export function checkConfiguration(settings: StoredClientSettings, known: ClientOptions, options: OAuthOptions): void {
  checkGrants(settings, known);
  checkAddresses(settings);
  checkTokens(settings, known, options);
  checkAuthentication(settings, known);
  checkRequests(settings, options);
  const contradiction = fapiContradiction(settings, options);
  if (contradiction !== undefined) throw invalid(`${contradiction}.`);
  if (Buffer.byteLength(JSON.stringify(settings)) > MAX_BYTES)
    throw invalid(`The configuration is larger than ${MAX_BYTES} bytes.`);
}

function checkGrants({ grantTypes, publicClient, callbackURLs }: StoredClientSettings, known: ClientOptions): void {
  const grants = new Map(known.grantTypes().map((grant) => [grant.name, grant]));
  for (const name of grantTypes) {
    const grant = grants.get(name);
    if (!grant) throw invalid(`grantTypes: there is no grant type ${name}. Known: ${[...grants.keys()].join(', ')}.`);
    if (publicClient && !grant.publicClientAllowed) throw invalid(`grantTypes: ${name} is not for public clients.`);
  }
  if (callbackURLs.length === 0 && grantTypes.some((name) => name === 'authorization_code' || name === 'implicit'))
    throw invalid('Callback URI is mandatory for Code or Implicit grant types.');
}

function checkAddresses({ callbackURLs, allowedOrigins, logout, subject }: StoredClientSettings): void {
  for (const callback of callbackURLs) {
    const problem = callbackProblem(callback);
    if (problem !== undefined) throw invalid(`callbackURLs: ${problem}.`);
  }
  const notOrigin = allowedOrigins.find((origin) => !isOrigin(origin));
  if (notOrigin !== undefined)
    throw invalid(`allowedOrigins: ${notOrigin} is not an origin: https://host or http://host.`);
  for (const [member, url] of Object.entries(logout))
    if (url !== '' && !isWeb(url)) throw invalid(`logout.${member}: ${url} is not an https address.`);
  if (subject.sectorIdentifierUri !== '' && !isWeb(subject.sectorIdentifierUri))
    throw invalid(`subject.sectorIdentifierUri: ${subject.sectorIdentifierUri} is not an https address.`);
  if (subject.subjectType === 'pairwise' && subject.sectorIdentifierUri === '' && hostsOf(callbackURLs).size > 1)
    throw invalid(
      'subject.sectorIdentifierUri: it is needed for pairwise subjects, because the callback URLs have several hosts.',
    );
}

function checkTokens(
  { accessToken, idToken, hybridFlow, scopeValidators, grantTypes }: StoredClientSettings,
  known: ClientOptions,
  { oidc }: OAuthOptions,
): void {
  oneOf('accessToken.type', accessToken.type, known.tokenTypes());
  if (accessToken.bindingType !== 'None')
    oneOf('accessToken.bindingType', accessToken.bindingType, ['None', ...known.bindingTypes()]);
  if (idToken.audience.some((audience) => audience.trim() === '')) throw invalid('idToken.audience: one is empty.');
  if (new Set(idToken.audience).size < idToken.audience.length) throw invalid('idToken.audience: one is there twice.');
  const { algorithm, method } = idToken.encryption;
  const { supported_encryption_algorithms: algorithms, supported_encryption_methods: methods } = oidc.id_token;
  if (idToken.idTokenSignedResponseAlg === 'none' && (hybridFlow.enable || grantTypes.includes('implicit')))
    throw invalid('idToken.idTokenSignedResponseAlg: NONE is not for ID tokens that travel through the browser.');
  if (algorithm !== '') oneOf('idToken.encryption.algorithm', algorithm, algorithms);
  if (method !== '') oneOf('idToken.encryption.method', method.replace('+', '-'), methods);
  const { idTokenSignedResponseAlg: signature } = idToken;
  if (signature !== undefined && signature !== 'none')
    oneOf('idToken.idTokenSignedResponseAlg', signature, oidc.id_token.signing_algorithms.map(jwaName));
  for (const validator of scopeValidators) oneOf('scopeValidators', validator, SCOPE_VALIDATORS);
  for (const type of splitList(hybridFlow.responseType)) oneOf('hybridFlow.responseType', type, HYBRID_TYPES);
}

function checkAuthentication({ clientAuthentication, publicClient }: StoredClientSettings, known: ClientOptions): void {
  const { tokenEndpointAuthMethod: method, tokenEndpointAuthSigningAlg: algorithm } = clientAuthentication;
  if (algorithm !== '')
    oneOf('clientAuthentication.tokenEndpointAuthSigningAlg', jwaName(algorithm), known.assertionAlgorithms());
  if (method === '') return;
  const member = 'clientAuthentication.tokenEndpointAuthMethod';
  const unavailable = known.unavailableMethods().find(({ name }) => name === method);
  if (unavailable) throw invalid(`${member}: ${method} cannot be used: ${unavailable.reason}.`);
  oneOf(
    member,
    method,
    known.authenticationMethods().map(({ name }) => name),
  );
  if (publicClient) throw invalid(`${member}: a public client has no method.`);
}

function checkRequests(
  { requestObject, cibaAuthenticationRequest, isFAPIApplication, fapiProfile }: StoredClientSettings,
  { oidc }: OAuthOptions,
): void {
  const { requestObjectSigningAlg: signing, encryption } = requestObject;
  const { signing_algorithms, supported_encryption_algorithms, supported_encryption_methods } = oidc.request_object;
  if (signing !== '')
    oneOf('requestObject.requestObjectSigningAlg', signing === 'SHA256withRSA' ? 'RS256' : signing, signing_algorithms);
  if (encryption.algorithm !== '')
    oneOf('requestObject.encryption.algorithm', encryption.algorithm, supported_encryption_algorithms);
  if (encryption.method !== '')
    oneOf('requestObject.encryption.method', encryption.method.replace('+', '-'), supported_encryption_methods);
  for (const channel of cibaAuthenticationRequest.notificationChannels)
    oneOf('cibaAuthenticationRequest.notificationChannels', channel, ['email', 'sms', 'external']);
  if (fapiProfile !== '' && !isFAPIApplication)
    throw invalid('fapiProfile: it is only for applications with isFAPIApplication.');
}

function oneOf(member: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) throw invalid(`${member}: there is no ${value}. Known: ${known.join(', ')}.`);
}

/** The parts of a list that is joined by commas. */
export const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** The URLs that a callback URL stands for: one, or those within a pattern, as they are written there. */
export const alternativesOf = (callback: string): string[] =>
  callback.startsWith('regexp=')
    ? callback
        .slice('regexp='.length)
        .replace(/^\(|\)$/g, '')
        .split('|')
    : [callback];

/** Hosts of callback URLs, those within patterns too. */
export function hostsOf(callbackURLs: readonly string[]): Set<string> {
  const all = callbackURLs.flatMap(alternativesOf);
  return new Set(all.flatMap((url) => (URL.canParse(url) ? [new URL(url).host] : [])));
}

/** An address to which this server or a browser may go: https, or http on this machine. */
function isWeb(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, hash } = new URL(text);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return username === '' && hash === '' && (protocol === 'https:' || (protocol === 'http:' && isLocal));
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol } = new URL(text);
  return origin === text && (protocol === 'https:' || protocol === 'http:');
}
