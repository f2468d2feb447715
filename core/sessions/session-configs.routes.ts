import { z } from 'zod';
import { apiErrors, jsonBody, type RouteTable, route } from '#core/http';
import type { SessionConfigs } from './session-configs.js';

const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const operation = z
  .strictObject({
    operation: z.enum(['ADD', 'REPLACE', 'REMOVE']),
    path: z.string().regex(/^\/[A-Za-z]{1,100}$/, { error: 'expected a path such as /idleSessionTimeoutPeriod' }),
    value: value.optional(),
  })
  .refine(({ operation: what, value: given }) => (what === 'REMOVE') === (given === undefined), {
    error: 'ADD and REPLACE need a value, REMOVE has none',
    path: ['value'],
  });
const response = z.object({
  idleSessionTimeoutPeriod: z.string(),
  rememberMePeriod: z.string(),
  enableMaximumSessionTimeoutPeriod: z.boolean(),
  maximumSessionTimeoutPeriod: z.string(),
  preserveCurrentSessionAtPasswordUpdate: z.boolean(),
});

/** `/api/server/v1/configs`: what an organization decides on its sessions. */
export function sessionConfigRoutes(configs: SessionConfigs): RouteTable {
  return {
    name: 'session-configs',
    base: '/api/server/v1/configs',
    errors: apiErrors('CNF'),
    routes: [
      route({
        operationId: 'getConfigs',
        method: 'get',
        path: '',
        access: { scopes: ['internal_config_view'] },
        cors: true,
        summary: 'How long sessions live (in minutes), and whether one goes on when its user changes the password',
        response,
        status: 200,
        handle: ({ request }) => configs.shown(request.organization.id),
      }),
      route({
        operationId: 'patchConfigs',
        method: 'patch',
        path: '',
        access: { scopes: ['internal_config_update'] },
        cors: true,
        summary: 'Change how long sessions live; REMOVE takes a value back',
        body: jsonBody(z.array(operation).min(1).max(20)),
        status: 200,
        handle: ({ request, body }) =>
          configs.change(
            request.organization.id,
            body.map(({ path, value: given }) => ({ name: path.slice(1), value: given })),
          ),
      }),
    ],
  };
}
