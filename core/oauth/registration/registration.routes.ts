import { z } from 'zod';
import { type Access, type RouteTable, route } from '#core/http';
import { clientMetadata } from './client-metadata.js';
import type { OrganizationRegistration } from './organization-registration.js';
import { REGISTRATION_PATH, type Registrations } from './registration.service.js';
import { registrationErrors } from './registration-errors.js';

const answer = z.looseObject({ client_id: z.string() });

/** Dynamic client registration. An organization may let everybody register; to look, change and remove always takes credentials. */
export function registrationRoutes(registrations: Registrations, options: OrganizationRegistration): RouteTable {
  const allows = (scope: string): Access => ({ scopes: [scope] });
  const one = { path: '/:clientId', cors: true } as const;
  return {
    name: 'client-registration',
    base: REGISTRATION_PATH,
    errors: registrationErrors,
    routes: [
      route({
        operationId: 'registerClient',
        method: 'post',
        path: '',
        cors: true,
        access: allows('internal_dcr_create'),
        open: async ({ organization }) => !(await options.of(organization.id)).authenticationRequired,
        summary: 'Register a client (RFC 7591)',
        body: clientMetadata,
        response: answer,
        status: 201,
        handle: async ({ body, request }) => (await registrations.create(body, request)) as z.input<typeof answer>,
      }),
      route({
        ...one,
        operationId: 'getRegisteredClient',
        method: 'get',
        access: allows('internal_dcr_view'),
        summary: 'Registration of a client (RFC 7592)',
        response: answer,
        status: 200,
        handle: async ({ params, request }) =>
          (await registrations.read(params['clientId'] as string, request)) as z.input<typeof answer>,
      }),
      route({
        ...one,
        operationId: 'updateRegisteredClient',
        method: 'put',
        access: allows('internal_dcr_update'),
        summary: 'Replace the registration of a client (RFC 7592)',
        body: clientMetadata,
        response: answer,
        status: 200,
        handle: async ({ params, body, request }) =>
          (await registrations.update(params['clientId'] as string, body, request)) as z.input<typeof answer>,
      }),
      route({
        ...one,
        operationId: 'deleteRegisteredClient',
        method: 'delete',
        access: allows('internal_dcr_delete'),
        summary: 'Remove a client with its tokens (RFC 7592)',
        status: 204,
        handle: ({ params, request }) => registrations.delete(params['clientId'] as string, request),
      }),
    ],
  };
}
