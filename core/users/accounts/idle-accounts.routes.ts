import { z } from 'zod';
import { ApiError, apiErrors, type RouteTable, route } from '#core/http';
import { startOfDay } from './calendar-dates.js';
import type { IdleAccounts } from './idle-accounts.js';

const users = z.array(z.object({ userId: z.string(), username: z.string(), userStoreDomain: z.string() }));
const refused = {
  '60001': (description: string) => new ApiError('IDLE_ACC-60001', 400, 'Missing parameter.', description),
  '60002': (description: string) => new ApiError('IDLE_ACC-60002', 400, 'Invalid date format.', description),
  '60003': (description: string) => new ApiError('IDLE_ACC-60003', 400, 'Invalid date.', description),
  '60004': (description: string) => new ApiError('IDLE_ACC-60004', 400, 'Invalid range.', description),
  '60005': (description: string) => new ApiError('IDLE_ACC-60005', 400, 'Invalid filter.', description),
};

/** `/api/idle-account-identification/v1/inactive-users` */
export function idleAccountRoutes(idle: IdleAccounts): RouteTable {
  return {
    name: 'idle-account-identification',
    base: '/api/idle-account-identification/v1',
    errors: apiErrors('IDLE_ACC'),
    routes: [
      route({
        operationId: 'getInactiveUsers',
        method: 'get',
        path: '/inactive-users',
        access: { scopes: ['internal_idle_account_list'] },
        cors: true,
        summary: 'Users who have not signed in since a day',
        query: z.object({
          inactiveAfter: z.string().optional(),
          excludeBefore: z.string().optional(),
          filter: z.string().optional(),
        }),
        response: users,
        status: 200,
        async handle({ request: { organization }, query: { inactiveAfter, excludeBefore, filter } }) {
          if (!inactiveAfter) throw refused['60001']('The parameter inactiveAfter is required: yyyy-MM-dd.');
          const to = dayOf('inactiveAfter', inactiveAfter);
          const from = excludeBefore ? dayOf('excludeBefore', excludeBefore) : 0;
          if (from > to) throw refused['60004']('excludeBefore has to be earlier than inactiveAfter.');
          const found = await idle.between(organization.id, from, to, disabledOf(filter));
          return found.map(({ id, username, domain }) => ({ userId: id, username, userStoreDomain: domain }));
        },
      }),
    ],
  };
}

function disabledOf(filter: string | undefined): boolean | undefined {
  if (filter === undefined) return undefined;
  const [, wanted] = /^\s*isDisabled\s+eq\s+"?(true|false)"?\s*$/i.exec(filter) ?? [];
  if (wanted === undefined)
    throw refused['60005']('The filter can only be isDisabled eq true, or isDisabled eq false.');
  return wanted.toLowerCase() === 'true';
}

function dayOf(name: string, text: string): number {
  const day = startOfDay(text);
  if (day === 'format') throw refused['60002'](`${name}: expected yyyy-MM-dd.`);
  if (day === 'date') throw refused['60003'](`${name}: there is no such day.`);
  return day;
}
