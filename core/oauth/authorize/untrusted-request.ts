import { OAuthError } from '../errors.js';

/** An error that must not travel to the redirect URI, because client or redirect URI are not known to be good. */
export class UntrustedRequestError extends OAuthError {}

/** A request that has a parameter twice. */
export class RepeatedParametersError extends UntrustedRequestError {
  constructor() {
    super('invalid_request', 'Invalid request with repeated parameters.');
  }
}
