import { ApiError } from '#core/http';

/** Errors of the API resource API: codes of its published catalogue. */
export const apiResourceErrors = {
  invalid: (description: string) => new ApiError('API-RESOURCE-60001', 400, 'Invalid request.', description),
  exists: (identifier: string) =>
    new ApiError(
      'API-RESOURCE-60001',
      409,
      'API resource already exists.',
      `There is an API resource with the identifier ${identifier}.`,
    ),
  scopeExists: (names: readonly string[]) =>
    new ApiError(
      'API-RESOURCE-60001',
      409,
      'Scope already exists.',
      `API resources of the organization have the scopes ${names.join(', ')}.`,
    ),
  typeExists: () =>
    new ApiError(
      'API-RESOURCE-60001',
      409,
      'Type already exists.',
      'Another API resource has this type of authorization details.',
    ),
  limit: (limit: number) =>
    new ApiError(
      'API-RESOURCE-60001',
      403,
      'Limit reached.',
      `The organization has as many as it can have, which is ${limit}.`,
    ),
  notFound: (id: string) =>
    new ApiError('API-RESOURCE-60002', 404, 'API resource not found.', `There is no API resource with the id ${id}.`),
  scopeNotFound: (name: string) =>
    new ApiError('API-RESOURCE-60002', 404, 'Scope not found.', `The API resource has no scope ${name}.`),
  nameRequired: () => new ApiError('API-RESOURCE-60003', 400, 'Name required.', 'name: an API resource has a name.'),
  identifierRequired: () =>
    new ApiError('API-RESOURCE-60004', 400, 'Identifier required.', 'identifier: an API resource has an identifier.'),
  scopeName: (name: string) =>
    new ApiError(
      'API-RESOURCE-60005',
      400,
      'Scope name required.',
      `name: "${name}" is none. It has 1 to 191 printable ASCII characters without spaces, quotes and backslashes.`,
    ),
  removedScopes: () =>
    new ApiError(
      'API-RESOURCE-60006',
      400,
      'Not supported.',
      'removedScopes: scopes are removed at the path of each of them.',
    ),
  filter: (description: string) =>
    new ApiError('API-RESOURCE-60007', 400, 'Unable to filter API resources.', description),
  restrictedScope: (name: string) =>
    new ApiError(
      'API-RESOURCE-60008',
      400,
      'Restricted scope.',
      `The scope ${name} is reserved for the APIs of the server.`,
    ),
  oidcScope: (name: string) =>
    new ApiError(
      'API-RESOURCE-60009',
      400,
      'Scope not allowed.',
      `The scope ${name} is one of OpenID Connect or a registered one already.`,
    ),
  pageSize: () => new ApiError('API-RESOURCE-60010', 400, 'Invalid limit.', 'limit: it is a whole number above 0.'),
  bothCursors: () =>
    new ApiError('API-RESOURCE-60011', 400, 'Invalid cursors.', 'before, after: only one of them can be given.'),
  readOnly: () =>
    new ApiError(
      'API-RESOURCE-60012',
      403,
      'API resource cannot be changed.',
      'It belongs to the server, or to the root organization.',
    ),
  attribute: (name: string) =>
    new ApiError(
      'API-RESOURCE-60013',
      400,
      'Invalid attribute.',
      `The list cannot show the attribute ${name}. Known: properties.`,
    ),
  typeNotFound: (id: string) =>
    new ApiError(
      'API-RESOURCE-60015',
      404,
      'Type not found.',
      `The API resource has no type of authorization details with the id ${id}.`,
    ),
  schema: (description: string) => new ApiError('API-RESOURCE-60016', 400, 'Invalid schema.', description),
} as const;
