import { GatehouseError, UnavailableError } from '#core/kernel';
import type { HttpRequest, Reply } from './messages.js';
import { InvalidRequestError } from './route.js';

/** An error of a management or end-user API, as `{code, message, description, traceId}`. */
export class ApiError extends GatehouseError {
  override readonly name = 'ApiError';

  /**
   * @param code `APP-60006`
   * @param status HTTP status
   * @param message what is wrong, in a few words
   * @param description what exactly, and what to do
   */
  constructor(
    code: string,
    readonly status: number,
    message: string,
    readonly description: string,
    options?: ErrorOptions & { readonly headers?: Readonly<Record<string, string>> },
  ) {
    super(code, message, options);
    this.headers = options?.headers ?? {};
  }

  readonly headers: Readonly<Record<string, string>>;
}

/** Too many tries. */
export class TooManyRequestsError extends GatehouseError {
  override readonly name = 'TooManyRequestsError';

  constructor(readonly retryAfterSeconds: number) {
    super('too_many_requests', 'Too many requests. Try again later.');
  }
}

/** Errors that any family can meet, as status, code and public text; undefined for a fault of ours. */
export function commonError(
  error: unknown,
): { status: number; code: string; text: string; headers?: Record<string, string> } | undefined {
  if (error instanceof TooManyRequestsError) {
    return {
      status: 429,
      code: error.code,
      text: error.message,
      headers: { 'Retry-After': String(error.retryAfterSeconds) },
    };
  }
  if (error instanceof UnavailableError) {
    return {
      status: 503,
      code: error.code,
      text: error.message,
      headers: { 'Retry-After': String(error.retryAfterSeconds) },
    };
  }
  if (error instanceof InvalidRequestError) return { status: 400, code: 'invalid_request', text: error.message };
  if (error instanceof BodyTooLargeError) return { status: 413, code: 'invalid_request', text: error.message };
  return undefined;
}

/** The body is larger than `[server] request_limit`. */
export class BodyTooLargeError extends Error {
  constructor(limit: number) {
    super(`the request body is larger than ${limit} bytes`);
  }
}

/** Renders errors of the REST APIs. @param prefix of the codes of this API: `APP` */
export function apiErrors(prefix: string) {
  return (error: unknown, request: HttpRequest): Reply => {
    const traceId = request.correlationId;
    if (error instanceof ApiError) {
      const { code, message, description, status, headers } = error;
      return { status, headers, json: { code, message, description, traceId } };
    }
    const common = commonError(error);
    if (common) {
      const code = common.status === 400 ? `${prefix}-60001` : String(common.status);
      const message = common.status === 400 ? 'Invalid request.' : common.text;
      return {
        status: common.status,
        headers: common.headers ?? {},
        json: { code, message, description: common.text, traceId },
      };
    }
    const description = 'The server met an unexpected condition. The trace id helps to find it in the log.';
    return { status: 500, json: { code: `${prefix}-65001`, message: 'Internal server error.', description, traceId } };
  };
}
