import { inject, injectable } from 'tsyringe';
import type { HttpRequest, Reply } from '#core/http';
import { token } from '#core/kernel';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError, type OAuthErrorCode } from '../errors.js';
import { type Bindings, BindingsToken } from '../token/bindings.js';
import { type ClientAuthentication, ClientAuthenticationToken } from '../token/client-authenticator.js';
import { type PushedRequests, PushedRequestsToken } from './pushed-requests.js';
import { type RequestReader, RequestReaderToken } from './request-reader.js';
import { refuseRepeated } from './request-validation.js';

/** Injection token of the endpoint for pushed authorization requests. */
export const ParEndpointToken = token<ParEndpoint>('oauth.par-endpoint');

/** What only proves who the client is: not kept. */
const CREDENTIALS = ['client_secret', 'client_assertion', 'client_assertion_type'];

/** Codes of the authorization endpoint's own error page, which here are errors of the request. */
const PAGE_CODES: readonly OAuthErrorCode[] = ['invalid_callback', 'unsupported_response_type'];

/** The endpoint for pushed authorization requests (RFC 9126): checks a request as the authorization endpoint would, and keeps it. */
@injectable()
export class ParEndpoint {
  constructor(
    @inject(ClientAuthenticationToken) private readonly clients: ClientAuthentication,
    @inject(RequestReaderToken) private readonly reader: RequestReader,
    @inject(PushedRequestsToken) private readonly pushed: PushedRequests,
    @inject(BindingsToken) private readonly bindings: Bindings,
  ) {}

  /** Keeps a request, and answers with the `request_uri` that names it. Throws OAuthError. */
  async handle(http: HttpRequest): Promise<Reply> {
    refuseRepeated(http.form);
    const client = await this.#client(http);
    const { clientId } = client.entity;
    const parameters = new URLSearchParams(http.form);
    for (const name of CREDENTIALS) parameters.delete(name);
    if (parameters.has('request_uri')) throw new OAuthError('invalid_request', 'Request with request_uri not allowed.');
    const named = parameters.get('client_id');
    if (named !== null && named !== clientId)
      throw new OAuthError('invalid_request', 'The client_id is not the one of the client that pushes.');
    parameters.set('client_id', clientId);
    const sourced = await this.reader.readPushed(parameters, http).catch((error: unknown) => {
      throw error instanceof OAuthError && PAGE_CODES.includes(error.code)
        ? new OAuthError('invalid_request', error.message, { cause: error })
        : error;
    });
    // A proof by a key binds the code to it, as dpop_jkt does (RFC 9449 §10.1).
    const key = await this.bindings.pushedKey(http, sourced.parameters.get('dpop_jkt') ?? undefined);
    if (key !== undefined) sourced.parameters.set('dpop_jkt', key);
    const kept = await this.pushed.keep(http.organization.id, clientId, sourced);
    return { status: 201, json: { request_uri: kept.requestUri, expires_in: kept.expiresIn } };
  }

  async #client(http: HttpRequest): Promise<OAuthClient> {
    try {
      return await this.clients.authenticate(http, http.form);
    } catch (error) {
      const bare = http.headers.authorization === undefined && !CREDENTIALS.some((name) => http.form.has(name));
      // Whoever it is, known or not: nothing was shown that could be wrong.
      if (bare && http.form.has('client_id') && error instanceof OAuthError && error.code === 'invalid_client')
        throw new OAuthError('unauthorized_client', 'Client authentication required.', { cause: error });
      throw error;
    }
  }
}
