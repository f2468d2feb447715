import { z } from 'zod';
import { ApiError, apiErrors, commonError, type ErrorRenderer, type RouteTable, route } from '#core/http';
import { ownUser } from '../accounts/own-user.js';
import type { UserService } from '../user.service.js';
import type { PasswordChange, PasswordChangeOutcome } from './password-change.js';

const SCOPE = 'internal_user_password_update';

const change = z.object({ currentPassword: z.string().min(1).max(1024), newPassword: z.string().min(1).max(1024) });

const apiError = apiErrors('PWD');

/** The published codes: those of other APIs do not begin alike. */
const errors: ErrorRenderer = (error, request) => {
  const reply = apiError(error, request);
  const withCode = (code: string) => ({ ...reply, json: { ...(reply.json as object), code } });
  if (commonError(error)?.status === 400) return withCode('PWD-10000');
  return reply.status === 500 ? withCode('PWD-15001') : reply;
};

/** `POST /api/users/v1/me/change-password` */
export function passwordChangeRoutes(passwords: PasswordChange, users: UserService): RouteTable {
  return {
    name: 'password-change',
    base: '/api/users/v1/me',
    errors,
    routes: [
      route({
        operationId: 'changePassword',
        method: 'post',
        path: '/change-password',
        access: 'authenticated',
        cors: true,
        credentials: true,
        summary: `Change the own password (tokens need the scope ${SCOPE})`,
        body: change,
        status: 204,
        async handle({ body: { currentPassword, newPassword }, principal }) {
          const user = await ownUser(users, principal, SCOPE);
          const kept = await passwords.keptFor(principal);
          refuse(await passwords.change(user, currentPassword, newPassword, kept));
        },
      }),
    ],
  };
}

/** @throws ApiError 400 when the password was not changed */
function refuse(result: PasswordChangeOutcome): void {
  switch (result.outcome) {
    case 'changed':
      return;
    case 'wrong_current':
      throw new ApiError('PWD-10001', 400, 'Invalid current password', 'The current password provided is incorrect.');
    case 'same':
      throw new ApiError(
        'PWD-10002',
        400,
        'The password is the same',
        'The new password has to differ from the current one.',
      );
    case 'not_settable':
      throw new ApiError('PWD-10006', 400, 'Read-only user store', 'The password of this user cannot be changed here.');
    case 'refused':
      throw new ApiError('PWD-10003', 400, 'Password policy violation', result.error.description, {
        cause: result.error,
      });
  }
}
