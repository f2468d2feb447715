import { ApiError, apiErrors, type ErrorRenderer, InvalidRequestError } from '#core/http';

/** Errors of the identity provider API: codes of its published catalogue. */
export const providerErrors = {
  exists: (name: string) =>
    new ApiError(
      'IDP-60001',
      409,
      'Identity provider already exists.',
      `There is an identity provider with the name ${name}.`,
    ),
  notFound: (id: string) =>
    new ApiError('IDP-60002', 404, 'Resource not found.', `There is no identity provider with the id ${id}.`),
  filter: (description: string) => new ApiError('IDP-60007', 400, 'Unable to filter identity providers.', description),
  attribute: (name: string, known: readonly string[]) =>
    new ApiError(
      'IDP-60009',
      400,
      'Invalid attribute.',
      `The list cannot show the attribute ${name}. Known: ${known.join(', ')}.`,
    ),
  authenticatorNotFound: (id: string) =>
    new ApiError('IDP-60022', 404, 'Resource not found.', `There is no federated authenticator with the id ${id}.`),
  invalid: (description: string) => new ApiError('IDP-60025', 400, 'Invalid input.', description),
  userIdClaimNotMapped: (uri: string) =>
    new ApiError(
      'IDP-60030',
      400,
      'Invalid user ID claim URI.',
      `No claim mapping has the claim ${uri} of the identity provider.`,
    ),
  roleClaimNotMapped: (uri: string) =>
    new ApiError(
      'IDP-60031',
      400,
      'Invalid role claim URI.',
      `No claim mapping has the claim ${uri} of the identity provider.`,
    ),
  claimNotLocal: (uri: string) =>
    new ApiError('IDP-60032', 400, 'Invalid claim URI.', `There is no local claim ${uri}.`),
  userIdClaimNotLocal: (uri: string) =>
    new ApiError('IDP-60033', 400, 'Invalid user ID claim URI.', `There is no local claim ${uri}.`),
  roleClaimNotLocal: (uri: string) =>
    new ApiError('IDP-60034', 400, 'Invalid role claim URI.', `There is no local claim ${uri}.`),
  certificate: (index: number) =>
    new ApiError(
      'IDP-60036',
      400,
      'Invalid certificate.',
      `certificate.certificates.${index} is no X.509 certificate in PEM, nor one in base64.`,
    ),
  reservedName: (name: string) =>
    new ApiError('IDP-60098', 400, 'Invalid name.', `The name ${name} means the server itself.`),
  issuerExists: (issuer: string) =>
    new ApiError(
      'IDP-60501',
      409,
      'Issuer already exists.',
      `Another identity provider of the organization has the issuer ${issuer}.`,
    ),
  sorting: () =>
    new ApiError('IDP-65040', 501, 'Sorting not supported.', 'The list can be sorted by name only, asc or desc.'),
} as const;

const rendered = apiErrors('IDP');

/** Renders errors of the API. What does not fit the description of a request has a code of its own here. */
export const renderProviderError: ErrorRenderer = (error, request) =>
  rendered(error instanceof InvalidRequestError ? providerErrors.invalid(error.message) : error, request);
