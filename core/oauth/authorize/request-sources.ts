import { injectable } from 'tsyringe';
import type { HttpRequest } from '#core/http';
import { token } from '#core/kernel';
import { OAuthError } from '../errors.js';

/** Injection token of the sources of authorization requests. */
export const RequestSourcesToken = token<RequestSources>('oauth.request-sources');

/** The parameters of an authorization request, wherever they stood, and how they came. */
export interface SourcedParameters {
  readonly parameters: URLSearchParams;
  /** Whether they were pushed (RFC 9126). */
  readonly pushed: boolean;
  /** Whether they stood in a request object, and whether that was signed (RFC 9101). */
  readonly requestObject?: 'signed' | 'unsigned';
}

/** Gathers the parameters of an authorization request: from the request itself, or from where it points to. */
@injectable()
export class RequestSources {
  /** The parameters that count. Throws OAuthError. */
  async resolve(parameters: URLSearchParams, _http: HttpRequest): Promise<SourcedParameters> {
    for (const name of ['request', 'request_uri', 'registration'])
      if (parameters.has(name)) throw new OAuthError('invalid_request', `The parameter ${name} is not supported.`);
    return { parameters, pushed: false };
  }
}
