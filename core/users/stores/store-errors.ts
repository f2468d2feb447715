import { ApiError, type FileError } from '#core/http';

/** Errors of the user-store API: codes of its published catalogue. */
export const storeErrors = {
  noSuchStore: () =>
    new ApiError('SUS-60001', 404, 'Resource not found.', 'The organization has no user store with this id.'),
  noSuchType: () =>
    new ApiError('SUS-60003', 404, 'Resource not found.', 'There is no kind of user store with this id.'),
  invalid: (description: string) => new ApiError('SUS-60004', 400, 'Invalid input.', description),
  file: (description: string, cause: FileError) =>
    new ApiError('SUS-60004', 400, 'Invalid input.', description, { cause }),
  exists: (domain: string) =>
    new ApiError('SUS-60004', 409, 'The user store exists.', `The organization has a user store ${domain}.`),
  beingRemoved: (domain: string) =>
    new ApiError(
      'SUS-60004',
      409,
      'The user store exists.',
      `The user store ${domain} has been deleted, but what the server knows of its users is still being removed.`,
    ),
  missingProperty: (names: readonly string[]) =>
    new ApiError('SUS-60006', 400, 'Mandatory property is missing.', `These must have a value: ${names.join(', ')}.`),
  noName: () =>
    new ApiError('SUS-60008', 400, 'The domain name is not specified.', 'name: a user store has a domain name.'),
  fixed: (what: string) =>
    new ApiError(
      'SUS-60009',
      400,
      'Invalid domain name or id.',
      `${what} of a user store stays what it was. Make another store, and delete this one.`,
    ),
  noBody: () =>
    new ApiError('SUS-60010', 400, 'Invalid update request.', 'The request has no body, or one without any change.'),
  limit: (limit: number) =>
    new ApiError(
      'SUS-60011',
      400,
      'Unable to create a user store.',
      `The organization has as many user stores as it can have, which is ${limit}.`,
    ),
  noSuchClaim: (uri: string) =>
    new ApiError('SUS-60012', 400, 'Invalid claim mapping.', `There is no local claim ${uri}.`),
  claimTwice: (uri: string) =>
    new ApiError('SUS-60013', 400, 'Invalid claim mapping.', `The claim ${uri} is mapped more than once.`),
  noAttribute: (uri: string) =>
    new ApiError('SUS-60014', 400, 'Invalid claim mapping.', `The attribute for the claim ${uri} is empty.`),
  typeNotAllowed: () =>
    new ApiError(
      'SUS-60015',
      400,
      'The type is not allowed.',
      'This server does not let organizations have user stores of this kind.',
    ),
  noPages: () => new ApiError('SUS-65005', 501, 'Pagination not supported.', 'limit, offset: the list comes whole.'),
  noFilter: () => new ApiError('SUS-65006', 501, 'Filtering not supported.', 'filter: the list comes whole.'),
  noSorting: () =>
    new ApiError('SUS-65007', 501, 'Sorting not supported.', 'sort: the list has the order of the making.'),
} as const;
