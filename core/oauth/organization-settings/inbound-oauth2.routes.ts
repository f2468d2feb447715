import { z } from 'zod';
import { apiErrors, jsonBody, type RouteTable, route } from '#core/http';
import type { OrganizationOAuthSettings } from './organization-oauth-settings.js';

const members = z.strictObject({ enableJwtScopeAsArray: z.boolean().optional() });

/** How the tokens of an organization look. */
export const INBOUND_OAUTH2 = { name: 'inbound-oauth2', schema: members } as const;

const answer = z.object({ enableJwtScopeAsArray: z.boolean() });
const common = { path: '/oauth2', cors: true } as const;

/** `/api/server/v1/configs/authentication/inbound/oauth2`: how the tokens of an organization look. */
export function inboundOAuth2Routes(settings: OrganizationOAuthSettings): RouteTable {
  const shown = async (orgId: string) => ({
    enableJwtScopeAsArray: (await settings.find(orgId, INBOUND_OAUTH2)).enableJwtScopeAsArray ?? false,
  });
  return {
    name: 'configs-inbound-oauth2',
    base: '/api/server/v1/configs/authentication/inbound',
    errors: apiErrors('CNF'),
    routes: [
      route({
        ...common,
        operationId: 'getOAuth2InboundAuthConfig',
        method: 'get',
        access: { scopes: ['internal_config_view'] },
        summary: 'How the tokens of the organization look',
        response: answer,
        status: 200,
        handle: ({ request }) => shown(request.organization.id),
      }),
      route({
        ...common,
        operationId: 'updateOAuth2InboundAuthConfig',
        method: 'patch',
        access: { scopes: ['internal_config_update'] },
        summary: 'Change how the tokens of the organization look',
        body: jsonBody(members),
        response: answer,
        status: 200,
        async handle({ body, request }) {
          await settings.change(request.organization.id, INBOUND_OAUTH2, body);
          return shown(request.organization.id);
        },
      }),
      route({
        ...common,
        operationId: 'deleteOAuth2InboundAuthConfig',
        method: 'delete',
        access: { scopes: ['internal_config_update'] },
        summary: 'Back to how tokens look by default, or in the organization above',
        status: 204,
        handle: ({ request }) => settings.remove(request.organization.id, INBOUND_OAUTH2),
      }),
    ],
  };
}
