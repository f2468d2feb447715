import { commonError, type HttpRequest, type Reply } from '#core/http';
import { GatehouseError, UnavailableError } from '#core/kernel';

/** Error codes of RFC 6749, 6750, 7009, OpenID Connect and the published contract. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'access_denied'
  | 'server_error'
  | 'temporarily_unavailable'
  | 'login_required'
  | 'consent_required'
  | 'invalid_callback'
  | 'invalid_request_object'
  | 'invalid_request_uri'
  | 'invalid_authorization_details'
  | 'invalid_target'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'authorization_pending'
  | 'slow_down'
  | 'expired_token'
  | 'unknown_user_id'
  | 'unauthorized_user'
  | 'invalid_binding_message'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce';

const statuses: Partial<Record<OAuthErrorCode, number>> = {
  invalid_client: 401,
  invalid_token: 401,
  insufficient_scope: 403,
  server_error: 500,
  temporarily_unavailable: 503,
};

/** An error of a protocol endpoint: `{error, error_description}`. The description is public. */
export class OAuthError extends GatehouseError {
  override readonly name = 'OAuthError';
  readonly status: number;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    override readonly code: OAuthErrorCode,
    description: string,
    options?: ErrorOptions & { readonly status?: number; readonly headers?: Readonly<Record<string, string>> },
  ) {
    super(code, description, options);
    this.headers = options?.headers ?? {};
    this.status = options?.status ?? statuses[code] ?? 400;
  }
}

/** Another request was faster with the same code or refresh token. */
export class GrantUsedError extends OAuthError {
  constructor() {
    super('invalid_grant', 'The grant has just been used by another request.');
  }
}

/** Any thrown value as an OAuthError; what is no error of the protocol becomes `server_error` without detail. */
export function toOAuthError(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) return thrown;
  if (thrown instanceof UnavailableError)
    return new OAuthError('temporarily_unavailable', thrown.message, { cause: thrown });
  const common = commonError(thrown);
  if (common) return new OAuthError('invalid_request', common.text, { status: common.status, cause: thrown });
  return new OAuthError('server_error', 'Internal Server Error.', { cause: thrown });
}

/** Renders errors of the token endpoint and its kin (RFC 6749 §5.2). */
export function oauthErrors(thrown: unknown, request: HttpRequest): Reply {
  const error = toOAuthError(thrown);
  const challenge: Record<string, string> =
    error.code === 'invalid_client' || error.status === 401
      ? { 'WWW-Authenticate': `Basic realm="${new URL(request.origin).hostname}"` }
      : {};
  const json = { error: error.code, error_description: error.message };
  return { status: error.status, headers: { ...commonError(thrown)?.headers, ...challenge, ...error.headers }, json };
}

/** Renders errors of protected resources (RFC 6750 §3). */
export function bearerErrors(thrown: unknown, request: HttpRequest): Reply {
  const reply = oauthErrors(thrown, request);
  const { code, message } = toOAuthError(thrown);
  return {
    ...reply,
    headers: { 'WWW-Authenticate': challengeOf('Bearer', code, message), ...reply.headers },
  };
}

/** A challenge of a protected resource (RFC 6750 §3, RFC 9449 §7.1). */
export const challengeOf = (scheme: string, code: string, message: string, more?: string): string =>
  `${scheme} error="${code}", error_description="${message.replace(/["\\]/g, '')}"${more === undefined ? '' : `, ${more}`}`;
