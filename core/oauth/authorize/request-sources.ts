import { inject, injectable } from 'tsyringe';
import type { HttpRequest } from '#core/http';
import { token } from '#core/kernel';
import { OAuthError } from '../errors.js';
import type { SourcedParameters } from './authorize-request.js';
import { isPushed, type PushedRequests, PushedRequestsToken } from './pushed-requests.js';
import { type RequestObjects, RequestObjectsToken } from './request-objects.js';
import { refuseRepeated } from './request-validation.js';
import { UntrustedRequestError } from './untrusted-request.js';

/** Injection token of the sources of authorization requests. */
export const RequestSourcesToken = token<RequestSources>('oauth.request-sources');

/** Gathers the parameters of an authorization request: from the request itself, or from where it points to. */
@injectable()
export class RequestSources {
  constructor(
    @inject(PushedRequestsToken) private readonly pushed: PushedRequests,
    @inject(RequestObjectsToken) private readonly objects: RequestObjects,
  ) {}

  /**
   * The parameters that count. Of a pushed request they are those that were pushed, and no others (RFC 9126 §4).
   *
   * @throws UntrustedRequestError when it is not known whose request it is; OAuthError otherwise
   */
  async resolve(parameters: URLSearchParams, http: HttpRequest): Promise<SourcedParameters> {
    refuseRepeated(parameters);
    const requestUri = parameters.get('request_uri');
    if (requestUri === null || !isPushed(requestUri)) return this.direct(parameters, http);
    const clientId = parameters.get('client_id');
    if (!clientId)
      throw new UntrustedRequestError('invalid_request', 'Client Id is not present in the authorization request');
    if (parameters.has('request'))
      throw new UntrustedRequestError('invalid_request', 'request and request_uri must not stand together.');
    return this.pushed.take(http.organization.id, clientId, requestUri);
  }

  /** The parameters that count of a request that was not pushed, or is being pushed now. Throws OAuthError. */
  async direct(parameters: URLSearchParams, http: HttpRequest): Promise<SourcedParameters> {
    if (parameters.has('registration'))
      throw new OAuthError('invalid_request', 'The parameter registration is not supported.');
    const has = parameters.has('request') || parameters.has('request_uri');
    return has ? this.objects.resolve(parameters, http) : { parameters, pushed: false };
  }
}
