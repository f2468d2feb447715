import { ApiError, apiErrors, type HttpRequest, InvalidRequestError } from '#core/http';

/** Errors of the API of registered scopes: codes of its published catalogue. */
export const registeredScopeErrors = {
  noName: () => new ApiError('41001', 400, 'The scope has no name.', 'name: it is required.'),
  noDisplayName: () => new ApiError('41002', 400, 'The scope has no display name.', 'displayName: it is required.'),
  notFound: (name: string) => new ApiError('41003', 404, 'Scope not found.', `There is no scope ${name}.`),
  exists: (name: string, what = 'registered scope') =>
    new ApiError('41004', 409, 'Scope already exists.', `There is a ${what} ${name} already; use another name.`),
  whitespace: () => new ApiError('41006', 400, 'The name of the scope has white space.', 'name: it is one word.'),
  invalid: (description: string) => new ApiError('41007', 400, 'Invalid request.', description),
  reserved: (name: string) =>
    new ApiError('41008', 400, 'Reserved scope.', `name: ${name} is reserved for the APIs of the server.`),
  inherited: () =>
    new ApiError('41007', 403, 'Scopes are inherited.', 'Only the root organization can change its scopes.'),
} as const;

const usual = apiErrors('OAUTH');

/** Renders errors of the API; what does not fit its description has a code of this API, too. */
export const renderRegisteredScopeError = (error: unknown, request: HttpRequest) =>
  usual(error instanceof InvalidRequestError ? registeredScopeErrors.invalid(error.message) : error, request);
