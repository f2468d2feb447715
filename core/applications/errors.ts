import { ApiError, type HttpRequest } from '#core/http';

const invalid = 'Invalid request.';

/** Errors of the application management API: codes and texts of its published catalogue. */
export const applicationErrors = {
  invalid: (description: string) => new ApiError('APP-60001', 400, invalid, description),
  filter: (description: string) => new ApiError('APP-60004', 400, 'Unable to filter applications.', description),
  notFound: (tenantDomain: string, id: string) =>
    new ApiError(
      'APP-60006',
      404,
      'Application not found.',
      `Application cannot be found for the provided id: ${id} in the tenantDomain: ${tenantDomain}.`,
    ),
  exists: (name: string) =>
    new ApiError('APP-60007', 409, 'Application already exists.', `There is an application with the name ${name}.`),
  roleNotAllowed: (description: string) => new ApiError('APP-60008', 400, 'Role association not allowed.', description),
  unknownProtocol: (protocol: string, known: readonly string[]) =>
    new ApiError(
      'APP-60501',
      400,
      'Inbound protocol unknown.',
      `There is no inbound protocol ${protocol}. Known: ${known.join(', ')}.`,
    ),
  protocolNotConfigured: (protocol: string, id: string) =>
    new ApiError(
      'APP-60502',
      404,
      'Inbound protocol not configured.',
      `The application with the id ${id} has no configuration of the inbound protocol ${protocol}.`,
    ),
  attribute: (name: string, known: readonly string[]) =>
    new ApiError(
      'APP-60505',
      400,
      'Invalid attribute.',
      `The list cannot show the attribute ${name}. Known: ${known.join(', ')}.`,
    ),
  apiNotFound: (id: string) =>
    new ApiError('APP-60507', 404, 'API not found.', `There is no API resource with the id ${id}.`),
  scopesNotFound: (names: readonly string[]) =>
    new ApiError('APP-60508', 400, 'Scopes not found.', `The API resource has no scopes ${names.join(', ')}.`),
  apiAuthorized: (id: string) =>
    new ApiError('APP-60509', 409, 'API already authorized.', `The API resource ${id} is authorized already.`),
  apiNotAuthorized: (id: string) =>
    new ApiError('APP-60510', 404, 'API not authorized.', `The API resource ${id} is not authorized.`),
  policy: (id: string) =>
    new ApiError('APP-60511', 400, 'Invalid policy.', `There is no policy ${id}. Known: RBAC, NO_POLICY.`),
  policyNotAllowed: (id: string) =>
    new ApiError(
      'APP-60512',
      400,
      'Policy not allowed.',
      `The API resource requires roles: the policy ${id} is not allowed.`,
    ),
  reservedName: (name: string, when: 'create' | 'rename') =>
    new ApiError(
      when === 'create' ? 'APP-60515' : 'APP-60516',
      400,
      'Reserved name.',
      `The name ${name} belongs to an application of the server.`,
    ),
  readOnly: (name: string) =>
    new ApiError(
      'APP-60517',
      403,
      'Application cannot be changed.',
      `The application ${name} belongs to the server: it can neither be changed nor deleted.`,
    ),
  authorizationDetailsType: (name: string) =>
    new ApiError('APP-60519', 400, 'Type not found.', `There is no authorization details type ${name}.`),
  sorting: () =>
    new ApiError('APP-65002', 501, 'Sorting not supported.', 'The list is in the order of names and cannot be sorted.'),
} as const;

/** What was looked for under the `applicationId` of the path; throws ApiError APP-60006 when it is not there. */
export function found<T>(value: T | undefined, { organization, params }: HttpRequest): T {
  if (value === undefined) throw applicationErrors.notFound(organization.handle, params['applicationId'] ?? '');
  return value;
}
