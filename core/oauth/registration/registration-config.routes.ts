import { z } from 'zod';
import { ApiError, apiErrors, jsonBody, type RouteTable, route } from '#core/http';
import {
  type OrganizationRegistration,
  type RegistrationMembers,
  registrationMembers,
} from './organization-registration.js';

const switches = ['authenticationRequired', 'mandateSSA', 'enableFapiEnforcement'] as const;
const texts = ['ssaJwks', 'fapiProfile'] as const;
const pathOf = (name: string) => `/${name}`;

/** `DCRPatch` of the contract, which writes switches as text. */
const patch = z.strictObject({
  operation: z.literal('REPLACE'),
  path: z.enum([...switches, ...texts].map(pathOf) as [string, ...string[]]),
  value: z.union([z.string(), z.boolean()]),
});
const shown = z.object({
  authenticationRequired: z.boolean(),
  mandateSSA: z.boolean(),
  ssaJwks: z.string().optional(),
  enableFapiEnforcement: z.boolean(),
  fapiProfile: z.string(),
});
const invalid = (description: string) => new ApiError('CNF-60003', 400, 'Invalid input.', description);

/** `/api/server/v1/configs/dcr`: how clients are registered in an organization. */
export function registrationConfigRoutes(registration: OrganizationRegistration): RouteTable {
  const common = { path: '/dcr', cors: true } as const;
  return {
    name: 'configs-dcr',
    base: '/api/server/v1/configs',
    errors: apiErrors('CNF'),
    routes: [
      route({
        ...common,
        operationId: 'getDCRConfiguration',
        method: 'get',
        access: { scopes: ['internal_config_view'] },
        summary: 'How clients are registered',
        response: shown,
        status: 200,
        handle: ({ request }) => registration.of(request.organization.id),
      }),
      route({
        ...common,
        operationId: 'patchDCRConfiguration',
        method: 'patch',
        access: { scopes: ['internal_config_update'] },
        summary: 'Change how clients are registered; what an organization sets goes before [oauth.dcr]',
        body: jsonBody(z.array(patch).max(50)),
        status: 200,
        async handle({ body, request }) {
          const orgId = request.organization.id;
          const change = changeOf(body);
          const after = { ...(await registration.of(orgId)), ...change };
          if (after.mandateSSA && !after.ssaJwks)
            throw invalid('mandateSSA: without ssaJwks there is no software statement that could be verified.');
          await registration.change(orgId, change);
        },
      }),
    ],
  };
}

function changeOf(patches: readonly z.output<typeof patch>[]): RegistrationMembers {
  const written = patches.map(({ path, value }) => {
    const name = path.slice(1);
    if (!switches.some((known) => known === name)) return [name, String(value)] as const;
    if (String(value) !== 'true' && String(value) !== 'false') throw invalid(`${name}: it is true or false.`);
    return [name, String(value) === 'true'] as const;
  });
  const parsed = registrationMembers.safeParse(Object.fromEntries(written));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`${issue?.path.join('.')}: ${issue?.message}`);
}
