import type { JWTPayload } from 'jose';
import { inject, injectable } from 'tsyringe';
import { type HttpRequest, OutboundError, type OutboundHttp, OutboundHttpToken } from '#core/http';
import { type Clock, ClockToken, token } from '#core/kernel';
import { splitScopes } from '../claims/scope-policy.js';
import { type ClientService, ClientServiceToken, type OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { type FapiRules, FapiRulesToken } from '../fapi/fapi-rules.js';
import type { SourcedParameters } from './authorize-request.js';
import {
  invalidObject,
  type RequestObject,
  type RequestObjectVerifier,
  RequestObjectVerifierToken,
} from './request-object.js';
import { UntrustedRequestError } from './untrusted-request.js';

/** Injection token of the request objects. */
export const RequestObjectsToken = token<RequestObjects>('oauth.request-objects');

/** Longest request object, in characters, and how long the server that has it may take, in milliseconds. */
const MAX_LENGTH = 32_768;
const FETCH_MS = 5000;

/** Members of a JWT that are no parameters. */
const JWT_MEMBERS = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']);
/** Parameters that cannot stand in an object: it would contain itself, or the credentials of the client. */
const OUTSIDE_ONLY = ['request', 'request_uri', 'client_secret', 'client_assertion', 'client_assertion_type'];

/** Authorization requests whose parameters stand in a JWT (RFC 9101), sent along or at an address. */
@injectable()
export class RequestObjects {
  constructor(
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(RequestObjectVerifierToken) private readonly verifier: RequestObjectVerifier,
    @inject(OutboundHttpToken) private readonly outbound: OutboundHttp,
    @inject(FapiRulesToken) private readonly fapi: FapiRules,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /**
   * The parameters of a request with `request` or `request_uri`. Those of the object win; those beside it count where the
   * object does not speak of them (OpenID Connect Core §6.1). Without the scope `openid` the object does not count.
   *
   * @throws UntrustedRequestError when the client is not known; OAuthError when the object is not good
   */
  async resolve(parameters: URLSearchParams, http: HttpRequest): Promise<SourcedParameters> {
    const [value, address] = [parameters.get('request'), parameters.get('request_uri')];
    if (value !== null && address !== null)
      throw new OAuthError('invalid_request', 'request and request_uri must not stand together.');
    const beside = new URLSearchParams(parameters);
    for (const name of ['request', 'request_uri']) beside.delete(name);
    const client = await this.clients.find(http.organization.id, parameters.get('client_id') ?? '');
    if (!client)
      throw new UntrustedRequestError('invalid_client', 'The client of the request object is not registered.');
    const scope = parameters.get('scope');
    const profile = this.fapi.profileOf(client);
    if (!profile && scope !== null && !splitScopes(scope).includes('openid'))
      return { parameters: beside, pushed: false };
    const text = value ?? (await this.#fetched(address ?? '', client));
    if (text.length > MAX_LENGTH) throw invalidObject(`The request object is longer than ${MAX_LENGTH} characters.`);
    const object = await this.verifier.open(text, client, http, profile !== undefined);
    this.fapi.checkObject(client, object.claims, object.algorithm, Math.floor(this.clock.now() / 1000));
    checkMembers(object, beside, client);
    // Under a FAPI profile nothing counts that is not signed.
    const merged = merge(object.claims, profile ? new URLSearchParams({ client_id: client.entity.clientId }) : beside);
    return { parameters: merged, pushed: false, requestObject: object.signed ? 'signed' : 'unsigned' };
  }

  /** The object at an address. A client that has registered addresses has no others (OpenID Connect Registration §2). */
  async #fetched(address: string, client: OAuthClient): Promise<string> {
    const registered = client.settings.registration?.['request_uris'];
    const known = Array.isArray(registered) ? registered.map((one) => String(one).split('#')[0]) : undefined;
    const url = address.split('#')[0] ?? '';
    if (known && !known.includes(url)) throw invalidUri('The request_uri is not one that the client has registered.');
    try {
      const headers = { accept: 'application/oauth-authz-req+jwt' };
      const { status, text } = await this.outbound.send({ url, headers, timeout: FETCH_MS, maxBytes: MAX_LENGTH });
      if (status === 200) return text.trim();
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      throw invalidUri('There is no request object at the request_uri.', error);
    }
    throw invalidUri('There is no request object at the request_uri.');
  }
}

/** Throws OAuthError when the object cannot belong to the request that it came with. */
function checkMembers({ claims }: RequestObject, beside: URLSearchParams, client: OAuthClient): void {
  const forbidden = OUTSIDE_ONLY.find((name) => claims[name] !== undefined);
  if (forbidden !== undefined) throw invalidObject(`${forbidden} must not stand in a request object.`);
  if (claims['client_id'] !== undefined && claims['client_id'] !== client.entity.clientId)
    throw invalidObject('The client_id of the request object is not the one of the request.');
  const [inside, outside] = [claims['response_type'], beside.get('response_type')];
  const parts = (value: unknown) => splitScopes(String(value)).sort().join(' ');
  if (inside !== undefined && outside !== null && parts(inside) !== parts(outside))
    throw invalidObject('The response_type of the request object is not the one of the request.');
}

/** Parameters of the object, then those beside it that it does not have. */
function merge(claims: JWTPayload, beside: URLSearchParams): URLSearchParams {
  const merged = new URLSearchParams(beside);
  for (const [name, value] of Object.entries(claims)) {
    if (JWT_MEMBERS.has(name) || value === undefined || value === null) continue;
    merged.delete(name);
    for (const text of textsOf(name, value)) merged.append(name, text);
  }
  return merged;
}

/** A member as parameters: structured ones as JSON, several resources as several. */
function textsOf(name: string, value: unknown): string[] {
  if (name === 'resource' && Array.isArray(value)) return value.map(String);
  // A list with commas within an object, with blanks outside (contract).
  if (name === 'acr_values') return [(Array.isArray(value) ? value.join(' ') : String(value)).replaceAll(',', ' ')];
  return [typeof value === 'object' ? JSON.stringify(value) : String(value)];
}

const invalidUri = (description: string, cause?: unknown) =>
  new OAuthError('invalid_request_uri', description, { cause });
