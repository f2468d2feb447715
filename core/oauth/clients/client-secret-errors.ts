import { ApiError } from '#core/http';

/** Errors of the secrets of clients. */
export const clientSecretErrors = {
  notFound: (id: string) =>
    new ApiError('OAUTH-60009', 404, 'Client secret not found.', `The application has no client secret ${id}.`),
  limit: (active: number, limit: number) =>
    new ApiError(
      'OAUTH-60010',
      409,
      'Client secret limit reached.',
      `The application has ${active} client secrets that have not expired, and may have ${limit}: delete one that is ` +
        'not in use any more, or raise max_secret_count of [oauth.multiple_client_secrets].',
    ),
  latest: (id: string) =>
    new ApiError(
      'OAUTH-60011',
      409,
      'The latest client secret cannot be deleted.',
      `${id} is the newest client secret that has not expired: create another one first, or revoke the application.`,
    ),
  revoked: () =>
    new ApiError(
      'OAUTH-60012',
      409,
      'The application is revoked.',
      'It gets no further client secret; regenerate-secret gives it a new one and switches it on again.',
    ),
} as const;
