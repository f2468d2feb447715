import { ApiError, apiErrors, type ErrorRenderer, InvalidRequestError } from '#core/http';

const invalid = (code: string, status: number, description: string, message = 'Invalid request.') =>
  new ApiError(code, status, message, description);

/** Errors of the tenants API, with the codes of its published contract. */
export const tenantErrors = {
  invalid: (description: string) => invalid('TM-60001', 400, description),
  email: () => invalid('TM-60002', 400, 'Invalid email address is provided.'),
  emptyDomain: () => invalid('TM-60004', 400, 'Provided domain name is empty.'),
  domain: () => invalid('TM-60007', 400, 'A domain has letters, digits, dots and dashes, at most 100: acme.example'),
  exists: (domain: string) =>
    invalid(
      'TM-60009',
      409,
      `A tenant with same domain ${domain} already exist. Please use a different domain name.`,
      'The domain is taken.',
    ),
  limit: () => invalid('TM-60010', 400, 'Limit should be a whole number that is not negative.'),
  offset: () => invalid('TM-60011', 400, 'Offset should be a whole number that is not negative.'),
  owner: () => invalid('TM-60012', 400, 'Required parameter owner is not specified.'),
  missing: (parameter: string) => invalid('TM-60013', 400, `Required parameter ${parameter} is not specified.`),
  noSuchId: (id: string) =>
    invalid('TM-60014', 404, `Tenant cannot be found for the provided id: ${id}.`, 'Tenant not found.'),
  noSuchDomain: (domain: string) =>
    invalid('TM-60015', 404, `Tenant cannot be found for the provided domain: ${domain}.`, 'Tenant not found.'),
  noSuchOwner: (id: string) => invalid('TM-60020', 400, `The user ${id} does not own the tenant.`),
  noCodes: () =>
    invalid(
      'TM-65007',
      501,
      'This server does not verify channels. Make the tenant with POST /tenants.',
      'Not supported.',
    ),
  elsewhere: () => invalid('403', 403, 'Tenants are managed in the super tenant only.', 'Forbidden.'),
} as const;

const byPlace: readonly [place: RegExp, error: () => ApiError][] = [
  [/^limit$/, tenantErrors.limit],
  [/^offset$/, tenantErrors.offset],
  [/(^|\.)email$/, tenantErrors.email],
  [/^domain$/, tenantErrors.emptyDomain],
];

function specific(error: InvalidRequestError): ApiError {
  const { path, message } = error.issues[0] ?? { path: '', message: '' };
  if (/^owners(\.0)?$/.test(path)) return tenantErrors.owner();
  if (path !== '' && message.endsWith('received undefined')) return tenantErrors.missing(path);
  const found = byPlace.find(([place]) => place.test(path));
  return found ? found[1]() : tenantErrors.invalid(error.message);
}

const render = apiErrors('TM');

/** Renders errors of the tenants API. */
export const renderTenantError: ErrorRenderer = (error, request) =>
  render(error instanceof InvalidRequestError ? specific(error) : error, request);
