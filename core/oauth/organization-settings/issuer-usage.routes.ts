import { z } from 'zod';
import { ApiError, apiErrors, type HttpRequest, jsonBody, type RouteTable, route } from '#core/http';
import type { OrganizationOAuthSettings } from './organization-oauth-settings.js';

const usageScope = z.enum(['ALL_EXISTING_AND_FUTURE_ORGS', 'NONE']);

/** Whether organizations below a root may issue tokens in its name. */
const ISSUER_USAGE = {
  name: 'issuer-usage',
  schema: z.strictObject({ usageScope: usageScope.default('ALL_EXISTING_AND_FUTURE_ORGS') }),
} as const;

/** `/api/server/v1/configs/authentication/inbound/oauth2/issuer/usage-scope`, for root organizations. */
export function issuerUsageRoutes(
  settings: OrganizationOAuthSettings,
  rootOf: (orgId: string) => Promise<string>,
): RouteTable {
  const response = z.object({ usageScope });
  const common = { path: '/issuer/usage-scope', cors: true } as const;
  const checkRoot = async ({ organization: { id } }: HttpRequest) => {
    if ((await rootOf(id)) !== id)
      throw new ApiError('CNF-60005', 403, 'Not for organizations.', 'Only the root organization has this setting.');
    return id;
  };
  return {
    name: 'configs-issuer-usage',
    base: '/api/server/v1/configs/authentication/inbound/oauth2',
    errors: apiErrors('CNF'),
    routes: [
      route({
        ...common,
        operationId: 'getIssuerUsageScopeConfig',
        method: 'get',
        access: { scopes: ['internal_config_view'] },
        summary: 'Whether organizations may issue tokens in the name of the root organization',
        response,
        status: 200,
        handle: async ({ request }) => settings.find(await checkRoot(request), ISSUER_USAGE),
      }),
      route({
        ...common,
        operationId: 'updateIssuerUsageScopeConfig',
        method: 'patch',
        access: { scopes: ['internal_config_update'] },
        summary: 'Change whether organizations may issue tokens in the name of the root organization',
        body: jsonBody(z.strictObject({ usageScope })),
        response,
        status: 200,
        async handle({ body, request }) {
          const id = await checkRoot(request);
          await settings.change(id, ISSUER_USAGE, body);
          return settings.find(id, ISSUER_USAGE);
        },
      }),
    ],
  };
}
