import { z } from 'zod';
import { ApiError, apiErrors, jsonBody, type RouteTable, route } from '#core/http';
import { ScimError } from '../protocol/scim-error.js';
import type { InboundProvisioning } from './inbound-provisioning.js';

const proxyMode = z
  .literal(false, { error: 'passing requests on needs outbound provisioning, which this server does not have' })
  .default(false);
const settings = z.strictObject({
  provisioningUserstore: z.string().min(1).max(64).default('PRIMARY').describe('Domain of the user store'),
  enableProxyMode: proxyMode.describe('Whether requests are only passed on to other servers'),
});

/** `/api/server/v1/configs/provisioning/inbound/scim`: where users and groups go that name no user store. */
export function inboundScimRoutes(inbound: InboundProvisioning): RouteTable {
  const common = { path: '/scim', cors: true, status: 200 } as const;
  return {
    name: 'configs-inbound-scim',
    base: '/api/server/v1/configs/provisioning/inbound',
    errors: apiErrors('CNF'),
    routes: [
      route({
        ...common,
        operationId: 'getInboundScimConfigs',
        method: 'get',
        access: { scopes: ['internal_config_view'] },
        summary: 'Where users and groups of SCIM go that name no user store',
        response: settings,
        handle: async ({ request }) => ({
          provisioningUserstore: await inbound.domainOf(request.organization.id),
          enableProxyMode: false as const,
        }),
      }),
      route({
        ...common,
        operationId: 'updateInboundScimConfigs',
        method: 'put',
        access: { scopes: ['internal_config_update'] },
        summary: 'Change where users and groups of SCIM go that name no user store',
        body: jsonBody(settings),
        async handle({ body, request }) {
          try {
            await inbound.choose(request.organization.id, body.provisioningUserstore);
          } catch (cause) {
            if (!(cause instanceof ScimError)) throw cause;
            throw new ApiError('CNF-60003', 400, 'Invalid input.', cause.message, { cause });
          }
        },
      }),
    ],
  };
}
