import { inject, injectable } from 'tsyringe';
import type { HttpRequest } from '#core/http';
import { token } from '#core/kernel';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { type AuthorizationDetails, AuthorizationDetailsToken } from '../rar/authorization-details.js';
import { type ResourceIndicators, ResourceIndicatorsToken } from '../resources/resource-indicators.js';
import type { TokenIntent } from './grant-type.js';

/** Injection token of the terms that token requests ask for. */
export const RequestedTermsToken = token<RequestedTerms>('oauth.requested-terms');

/** Parameters by which a request asks for terms. */
const NAMES = ['authorization_details', 'resource'];

/** A token request whose grant has been found good. */
export interface TermsRequest {
  readonly http: HttpRequest;
  readonly parameters: URLSearchParams;
  readonly client: OAuthClient;
}

/** Narrows what a grant gives to what the token request asks for: resources and authorization details. */
@injectable()
export class RequestedTerms {
  constructor(
    @inject(ResourceIndicatorsToken) private readonly resources: ResourceIndicators,
    @inject(AuthorizationDetailsToken) private readonly details: AuthorizationDetails,
  ) {}

  /**
   * The intent with the terms of the request. The grant itself keeps all that it had.
   *
   * @throws OAuthError `invalid_target`, `invalid_authorization_details` when the request asks for more than was granted
   */
  apply(intent: TokenIntent, request: TermsRequest): TokenIntent | Promise<TokenIntent> {
    const { parameters } = request;
    const asksForNothing = !NAMES.some((name) => parameters.has(name));
    // An empty list says that there must be no details, and is none itself.
    const hasNothing = intent.resources === undefined && intent.authorizationDetails?.length !== 0;
    return asksForNothing && hasNothing ? intent : this.#narrowed(intent, request);
  }

  async #narrowed(intent: TokenIntent, request: TermsRequest): Promise<TokenIntent> {
    return this.#withResources(await this.#withDetails(intent, request), request);
  }

  /** RFC 9396 §6: of what was granted before, at most that; of a grant that begins here, what the client may ask for. */
  async #withDetails(intent: TokenIntent, { parameters, client, http }: TermsRequest): Promise<TokenIntent> {
    if (intent.grantId === undefined && intent.authorizationDetails === undefined) {
      const authorizationDetails = await this.details.of(parameters, client, http);
      return authorizationDetails ? { ...intent, authorizationDetails } : intent;
    }
    const authorizationDetails = this.details.read(parameters);
    if (!authorizationDetails)
      return intent.authorizationDetails?.length === 0 ? { ...intent, authorizationDetails: undefined } : intent;
    const granted = intent.authorizationDetails ?? [];
    if (!this.details.covered(authorizationDetails, granted))
      throw new OAuthError('invalid_authorization_details', 'Authorization details validation failed');
    return { ...intent, authorizationDetails, granted: { ...intent.granted, authorizationDetails: granted } };
  }

  /** RFC 8707 §2.2 */
  async #withResources(intent: TokenIntent, { parameters, client, http }: TermsRequest): Promise<TokenIntent> {
    const asked = await this.resources.of(parameters, client, http);
    const granted = intent.resources;
    if (granted && asked?.some((uri) => !granted.includes(uri)))
      throw new OAuthError('invalid_target', 'The resource is not one of those that were granted.');
    const resources = asked ?? granted;
    if (resources === undefined) return intent;
    const scopes = await this.resources.limit(intent.scopes, resources, client, http);
    const whole = {
      grantScopes: intent.grantScopes ?? intent.scopes,
      granted: { ...intent.granted, resources: granted },
    };
    return { ...intent, ...whole, resources, scopes };
  }
}
