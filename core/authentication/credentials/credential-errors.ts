import { ApiError } from '#core/http';
import type { CredentialErrors } from './credentials.service.js';

const unknownType = (type: string, known: readonly string[]) =>
  `There are no credentials of the type ${type} here. Known: ${known.join(', ') || 'none'}.`;

/** Errors of the first credential API. */
export const firstErrors: CredentialErrors = {
  type: (type, known) => new ApiError('CM-60001', 400, 'Invalid credential type.', unknownType(type, known)),
  noUser: (id) => new ApiError('CM-60004', 404, 'User not found.', `There is no user ${id}.`),
  noCredential: (id) =>
    new ApiError('CM-60005', 404, 'Credential not found.', `The user has no such credential ${id}.`),
  notPossible: (what) =>
    new ApiError('CM-60006', 400, 'Not possible for this type.', `Credentials of this type cannot be ${what}.`),
};

/** Errors of the second credential API. */
export const secondErrors: CredentialErrors = {
  type: (type, known) => new ApiError('UCM-60001', 400, 'Invalid credential type.', unknownType(type, known)),
  noUser: (id) => new ApiError('UCM-60004', 404, 'User not found.', `There is no user ${id}.`),
  noCredential: (id) =>
    new ApiError('UCM-60005', 404, 'Credential not found.', `The user has no such credential ${id}.`),
  notPossible: (what) =>
    new ApiError('UCM-60006', 400, 'Not possible for this type.', `Credentials of this type cannot be ${what}.`),
};
