import { inject, injectable } from 'tsyringe';
import type { HttpRequest } from '#core/http';
import { type Registry, token } from '#core/kernel';
import { type RequestedActors, RequestedActorsToken } from '../agents/requested-actors.js';
import { type ClientService, ClientServiceToken, type OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { type FapiRules, FapiRulesToken } from '../fapi/fapi-rules.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { type AuthorizationDetails, AuthorizationDetailsToken } from '../rar/authorization-details.js';
import { type ResourceIndicators, ResourceIndicatorsToken } from '../resources/resource-indicators.js';
import { type IdTokenHints, IdTokenHintsToken } from '../tokens/id-token-hints.js';
import type { AuthorizeRequest, SourcedParameters } from './authorize-request.js';
import { type RequestSources, RequestSourcesToken } from './request-sources.js';
import { type Addressed, addressOf, authorizeRequestOf } from './request-validation.js';
import { type ResponseTypeSet, ResponseTypeSetToken } from './response-type-set.js';
import { type ResponseMode, ResponseModeRegistryToken } from './responses.js';
import { UntrustedRequestError } from './untrusted-request.js';

/** Injection token of the reader of authorization requests. */
export const RequestReaderToken = token<RequestReader>('oauth.request-reader');

/** A good request; or one whose client has to be told what is wrong with it. */
export type ReadRequest =
  | { readonly kind: 'good'; readonly client: OAuthClient; readonly authorize: AuthorizeRequest }
  | { readonly kind: 'refused'; readonly address: Addressed; readonly error: unknown };

/** Turns the parameters of an authorization request into one that has been checked. */
@injectable()
export class RequestReader {
  constructor(
    @inject(RequestSourcesToken) private readonly sources: RequestSources,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(ResponseTypeSetToken) private readonly responseTypes: ResponseTypeSet,
    @inject(ResponseModeRegistryToken) private readonly responseModes: Registry<ResponseMode>,
    @inject(FapiRulesToken) private readonly fapi: FapiRules,
    @inject(IdTokenHintsToken) private readonly hints: IdTokenHints,
    @inject(AuthorizationDetailsToken) private readonly details: AuthorizationDetails,
    @inject(ResourceIndicatorsToken) private readonly resources: ResourceIndicators,
    @inject(RequestedActorsToken) private readonly actors: RequestedActors,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** Reads what a browser has brought. Throws OAuthError when it cannot be said to the client. */
  async read(parameters: URLSearchParams, http: HttpRequest): Promise<ReadRequest> {
    let sourced: SourcedParameters;
    try {
      sourced = await this.sources.resolve(parameters, http);
    } catch (error) {
      if (error instanceof UntrustedRequestError) throw error;
      // Where the request itself does not say where errors go, they stay here.
      const address = await this.#address(parameters, http).catch(() => {
        throw error;
      });
      return { kind: 'refused', address, error };
    }
    const address = await this.#address(sourced.parameters, http);
    try {
      return { kind: 'good', client: address.client, authorize: await this.#checked(sourced, address, http) };
    } catch (error) {
      return { kind: 'refused', address, error };
    }
  }

  /** Reads what a client pushes, as if a browser had brought it. Throws OAuthError. */
  async readPushed(parameters: URLSearchParams, http: HttpRequest): Promise<SourcedParameters> {
    const sourced = { ...(await this.sources.direct(parameters, http)), pushed: true };
    await this.#checked(sourced, await this.#address(sourced.parameters, http), http);
    return sourced;
  }

  #address(parameters: URLSearchParams, http: HttpRequest): Promise<Addressed> {
    const { clients, responseTypes, responseModes, options } = this;
    return addressOf(parameters, http, { clients, responseTypes, responseModes, options });
  }

  async #checked(sourced: SourcedParameters, address: Addressed, http: HttpRequest): Promise<AuthorizeRequest> {
    const { parameters, pushed } = sourced;
    const { client } = address;
    if (!pushed && client.settings.pushAuthorizationRequest.requirePushAuthorizationRequest)
      throw new OAuthError('invalid_request', 'PAR request is mandatory for the application.');
    const request = authorizeRequestOf(parameters, address);
    this.fapi.checkRequest(client, sourced, request);
    const requestedActorName = await this.actors.nameOf(request, http);
    const authorizationDetails = await this.details.of(parameters, client, http);
    const resources = await this.resources.of(parameters, client, http);
    const hint = parameters.get('id_token_hint');
    const hintedSubject = hint ? await this.hints.subject(hint, http) : undefined;
    return { requestedActorName, authorizationDetails, resources, hintedSubject, ...request };
  }
}
