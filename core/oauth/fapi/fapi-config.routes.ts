import { z } from 'zod';
import { ApiError, apiErrors, jsonBody, type RouteTable, route } from '#core/http';
import type { OAuthOptions } from '../options.js';
import type { OrganizationOAuthSettings } from '../organization-settings/organization-oauth-settings.js';
import { FAPI_SETTING } from './organization-fapi.js';

const profiles = ['FAPI1_ADVANCED', 'FAPI2_SECURITY'] as const;
/** `FapiConfig` of the contract. */
const config = z.strictObject({
  enabled: z.boolean().default(false),
  supportedProfiles: z
    .array(z.enum(profiles))
    .max(10)
    .default([...profiles]),
});

/** `/api/server/v1/configs/fapi`: whether all applications of an organization are held to a FAPI profile. */
export function fapiConfigRoutes(settings: OrganizationOAuthSettings, { oidc: { fapi } }: OAuthOptions): RouteTable {
  const common = { path: '/fapi', cors: true } as const;
  const shown = async (orgId: string) => {
    const own = await settings.find(orgId, FAPI_SETTING);
    const enabled = own.enabled ?? (fapi.enable_validation && fapi.enable_security_profile);
    return { enabled, supportedProfiles: [...(own.supportedProfiles ?? profiles)] };
  };
  return {
    name: 'configs-fapi',
    base: '/api/server/v1/configs',
    errors: apiErrors('CNF'),
    routes: [
      route({
        ...common,
        operationId: 'getFAPIConfiguration',
        method: 'get',
        access: { scopes: ['internal_config_view'] },
        summary: 'Whether all applications are held to a profile of the Financial-grade API',
        response: config,
        status: 200,
        handle: ({ request }) => shown(request.organization.id),
      }),
      route({
        ...common,
        operationId: 'putFAPIConfiguration',
        method: 'put',
        access: { scopes: ['internal_config_update'] },
        summary: 'Hold all applications to a profile of the Financial-grade API, or none',
        body: jsonBody(config),
        response: config,
        status: 200,
        async handle({ body: { enabled, supportedProfiles }, request }) {
          if (enabled && supportedProfiles.length === 0)
            throw new ApiError('CNF-60003', 400, 'Invalid input.', 'supportedProfiles: it has none to hold them to.');
          const { id } = request.organization;
          await settings.change(id, FAPI_SETTING, { enabled, supportedProfiles: [...new Set(supportedProfiles)] });
          return shown(id);
        },
      }),
    ],
  };
}
