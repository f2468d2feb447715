import { ApiError } from '#core/http';

/** Errors of the association API. */
export const associationErrors = {
  noPassword: () =>
    new ApiError('UAA-8900', 400, 'The password is missing.', 'To associate an account, give its password too.'),
  noUserId: () =>
    new ApiError('UAA-10001', 400, 'The user is missing.', 'Name the account to be associated in the member userId.'),
  wrongCredentials: () =>
    new ApiError('UAA-10002', 400, 'The account cannot be associated.', 'The user name or the password is not right.'),
  oneself: () =>
    new ApiError('UAA-10003', 400, 'The account cannot be associated.', 'An account is not associated with itself.'),
  already: () =>
    new ApiError('UAA-10004', 409, 'The accounts are associated already.', 'There is nothing left to be done.'),
  noUser: (id: string) => new ApiError('UAA-10005', 404, 'User not found.', `There is no user ${id}.`),
  noAssociation: (id: string) =>
    new ApiError('UAA-10006', 404, 'Association not found.', `The user has no association ${id}.`),
  noIdp: (name: string) =>
    new ApiError('UAA-10007', 400, 'Unknown connection.', `There is no connection called ${name}.`),
  badAccount: () =>
    new ApiError('UAA-10008', 400, 'Invalid account.', 'federatedUserId has 1 to 1024 characters, without NUL.'),
  taken: () =>
    new ApiError(
      'UAA-10012',
      400,
      'The federated association cannot be added.',
      'The federated association is already associated to a local user.',
    ),
  badOperation: (description: string) => new ApiError('UAA-10013', 400, 'Invalid operation.', description),
  tooMany: (most: number) =>
    new ApiError('UAA-10014', 400, 'Too many operations.', `One request has ${most} operations at most.`),
};
