import { ApiError } from '#core/http';

/** Errors of the session API. */
export const sessionErrors = {
  noUser: (id: string) => new ApiError('USM-10001', 404, 'User not found.', `There is no user ${id}.`),
  noSession: (id: string) =>
    new ApiError('USM-10009', 404, 'Session not found.', `The user has no active session ${id}.`),
  noPages: (parameter: string) =>
    new ApiError('USM-10003', 400, 'Pages are not supported.', `The list does not know the parameter ${parameter}.`),
  noFilter: () =>
    new ApiError('USM-10004', 400, 'Filters are not supported.', 'The list does not know the parameter filter.'),
  noSort: () =>
    new ApiError('USM-10005', 400, 'Sorting is not supported.', 'The list does not know the parameter sort.'),
  filter: (description: string) => new ApiError('USM-10011', 400, 'Invalid filter.', description),
};
