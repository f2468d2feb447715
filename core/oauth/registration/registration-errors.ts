import { ApiError, commonError, type HttpRequest, InvalidRequestError, type Reply } from '#core/http';
import { GatehouseError } from '#core/kernel';

/** Error codes of RFC 7591 §3.2.2. */
export type RegistrationErrorCode =
  | 'invalid_client_metadata'
  | 'invalid_redirect_uri'
  | 'invalid_software_statement'
  | 'unapproved_software_statement';

/** A registration that cannot be. The description is public. */
export class RegistrationError extends GatehouseError {
  override readonly name = 'RegistrationError';

  constructor(
    override readonly code: RegistrationErrorCode,
    description: string,
    options?: ErrorOptions,
  ) {
    super(code, description, options);
  }
}

/** A refusal without words, as the contract has it: 401 for clients that are not there, 403 for those of others. */
export class SilentRefusal extends Error {
  constructor(readonly status: 401 | 403) {
    super(`registration refused with ${status}`);
  }
}

/** Codes of our own rooms that speak of redirect URIs. */
const aboutCallbacks = /callback|redirect/i;

/** Renders errors of dynamic registration: `{error, error_description, traceId}`. */
export function registrationErrors(thrown: unknown, request: HttpRequest): Reply {
  if (thrown instanceof SilentRefusal) return { status: thrown.status, text: '' };
  if (thrown instanceof RegistrationError) return body(400, thrown.code, thrown.message, request);
  if (thrown instanceof InvalidRequestError) return body(400, 'invalid_client_metadata', thrown.message, request);
  if (thrown instanceof ApiError && (thrown.status === 400 || thrown.status === 409)) {
    const code = aboutCallbacks.test(thrown.description) ? 'invalid_redirect_uri' : 'invalid_client_metadata';
    return body(400, code, thrown.description, request);
  }
  if (thrown instanceof ApiError)
    return { ...body(thrown.status, 'invalid_token', thrown.description, request), headers: thrown.headers ?? {} };
  const common = commonError(thrown);
  if (common) return body(common.status, 'invalid_client_metadata', common.text, request);
  return { status: 500, text: '' };
}

const body = (status: number, error: string, error_description: string, { correlationId }: HttpRequest): Reply => ({
  status,
  json: { error, error_description, traceId: correlationId },
});
