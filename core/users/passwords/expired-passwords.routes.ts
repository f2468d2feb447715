import { z } from 'zod';
import { ApiError, apiErrors, type RouteTable, route } from '#core/http';
import type { Clock } from '#core/kernel';
import { startOfDay } from '../accounts/calendar-dates.js';
import type { ExpiredPasswords } from './expired-passwords.js';
import type { PasswordExpiry } from './password-expiry.js';

const users = z.array(z.object({ userId: z.string(), username: z.string(), userStoreDomain: z.string() }));
const refused = {
  '60001': (description: string) => new ApiError('PASS-EXP_ACC-60001', 400, 'Missing parameter.', description),
  '60002': (description: string) => new ApiError('PASS-EXP_ACC-60002', 400, 'Invalid date format.', description),
  '60003': (description: string) => new ApiError('PASS-EXP_ACC-60003', 400, 'Invalid date.', description),
  '60004': (description: string) => new ApiError('PASS-EXP_ACC-60004', 400, 'Passwords do not expire.', description),
};

/** `/api/server/v1/password-expired-users` */
export function expiredPasswordRoutes(
  expired: () => ExpiredPasswords,
  expiry: () => PasswordExpiry,
  clock: Clock,
): RouteTable {
  return {
    name: 'password-expired-users',
    base: '/api/server/v1/password-expired-users',
    errors: apiErrors('PASS-EXP_ACC'),
    routes: [
      route({
        operationId: 'getPasswordExpiredUsers',
        method: 'get',
        path: '',
        access: { scopes: ['internal_password_expired_user_view'] },
        cors: true,
        summary: 'Users whose passwords have expired since a day, or will until another one',
        query: z.object({ expiredAfter: z.string().optional(), excludeAfter: z.string().optional() }),
        response: users,
        status: 200,
        async handle({ request: { organization }, query: { expiredAfter, excludeAfter } }) {
          if (!expiredAfter) throw refused['60001']('The parameter expiredAfter is required: yyyy-MM-dd.');
          const from = dayOf('expiredAfter', expiredAfter);
          // Without an end those count whose passwords have expired by now.
          const to = excludeAfter ? dayOf('excludeAfter', excludeAfter) : clock.now() + 1;
          if (!(await expiry().isOn(organization.id)))
            throw refused['60004']('Passwords do not expire. Switch the governance connector passwordExpiry on first.');
          if (excludeAfter && to <= from) throw refused['60003']('excludeAfter has to be later than expiredAfter.');
          const found = await expired().between(organization.id, from, to);
          return found.map(({ id, username, domain }) => ({ userId: id, username, userStoreDomain: domain }));
        },
      }),
    ],
  };
}

function dayOf(name: string, text: string): number {
  const day = startOfDay(text);
  if (day === 'format') throw refused['60002'](`${name}: expected yyyy-MM-dd.`);
  if (day === 'date') throw refused['60003'](`${name}: there is no such day.`);
  return day;
}
