import { ApiError } from '#core/http';

/** Errors of the API of OpenID Connect scopes: codes of its published catalogue. */
export const oidcScopeErrors = {
  invalid: (description: string) => new ApiError('OAUTH-60001', 400, 'Invalid request.', description),
  inherited: () =>
    new ApiError('OAUTH-60001', 403, 'Scopes are inherited.', 'Only the root organization can change its scopes.'),
  notFound: (name: string) =>
    new ApiError('OAUTH-41003', 404, 'Scope not found.', `There is no OpenID Connect scope ${name}.`),
  exists: (name: string) =>
    new ApiError('OAUTH-41004', 409, 'Scope already exists.', `There is an OpenID Connect scope ${name}.`),
} as const;
