import { ApiError, apiErrors, commonError, type ErrorRenderer, InvalidRequestError } from '#core/http';

/** Errors of the self-service API, with the codes of its published contract. */
export const totpErrors = {
  unauthorized: (headers: Readonly<Record<string, string>> = {}) =>
    new ApiError('OTP-10001', 401, 'Unauthorized.', 'The request has no token of a user who is there.', { headers }),
  badAction: (description: string) => new ApiError('OTP-10002', 400, 'Invalid request.', description),
  noSecret: (description: string) => new ApiError('OTP-10003', 404, 'There is no QR code.', description),
  noCode: () =>
    new ApiError('OTP-10004', 400, 'The verification code is missing.', 'VALIDATE needs verificationCode: six digits.'),
  forbidden: (description: string) => new ApiError('OTP-10005', 403, 'Forbidden.', description),
} as const;

const render = apiErrors('OTP');

/** Renders errors of the self-service API. */
export const renderTotpError: ErrorRenderer = (error, request) => {
  if (error instanceof InvalidRequestError) return render(totpErrors.badAction(error.message), request);
  if (error instanceof ApiError)
    return render(error.status === 401 ? totpErrors.unauthorized(error.headers) : error, request);
  const reply = render(error, request);
  return commonError(error) ? reply : { ...reply, json: { ...(reply.json as object), code: 'OTP-15001' } };
};
