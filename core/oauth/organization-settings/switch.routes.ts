import { z } from 'zod';
import { apiErrors, jsonBody, type RouteTable, route } from '#core/http';
import type { OrganizationOAuthSettings, OrganizationSetting } from './organization-oauth-settings.js';

/** A setting of organizations that is one switch, and where its API is. */
export interface OrganizationSwitch<Name extends string> {
  /** Path below `/api/server/v1/configs`, and part of the names of its operations. */
  readonly path: string;
  readonly operation: string;
  readonly member: Name;
  readonly setting: OrganizationSetting<z.ZodObject>;
  /** What it is, for the API document. */
  readonly summary: string;
}

/** Routes of a switch: shown, changed by a list of operations, put back to its default. */
export function switchRoutes<Name extends string>(
  { path, operation, member, setting, summary }: OrganizationSwitch<Name>,
  settings: OrganizationOAuthSettings,
): RouteTable {
  const response = z.object({ [member]: z.boolean() });
  const body = jsonBody(z.array(operationOn(member)));
  const shown = async (orgId: string) => ({ [member]: (await settings.find(orgId, setting))[member] === true });
  const common = { path: `/${path}`, cors: true } as const;
  return {
    name: `configs-${path}`,
    base: '/api/server/v1/configs',
    errors: apiErrors('CNF'),
    routes: [
      route({
        ...common,
        operationId: `get${operation}`,
        method: 'get',
        access: { scopes: ['internal_config_view'] },
        summary,
        response,
        status: 200,
        handle: ({ request }) => shown(request.organization.id),
      }),
      route({
        ...common,
        operationId: `patch${operation}`,
        method: 'patch',
        access: { scopes: ['internal_config_update'] },
        summary: `Change: ${summary}`,
        body,
        response,
        status: 200,
        async handle({ body: operations, request }) {
          for (const { operation: what, value } of operations) {
            if (what === 'REMOVE') await settings.remove(request.organization.id, setting);
            else await settings.change(request.organization.id, setting, { [member]: value });
          }
          return shown(request.organization.id);
        },
      }),
      route({
        ...common,
        operationId: `delete${operation}`,
        method: 'delete',
        access: { scopes: ['internal_config_update'] },
        summary: `Back to the default: ${summary}`,
        status: 204,
        handle: ({ request }) => settings.remove(request.organization.id, setting),
      }),
    ],
  };
}

/** One operation of the list by which a switch is changed. */
const operationOn = (member: string) =>
  z
    .strictObject({
      operation: z.enum(['ADD', 'REPLACE', 'REMOVE']),
      path: z.literal(`/${member}`),
      value: z.boolean().optional(),
    })
    .refine(({ operation, value }) => operation === 'REMOVE' || value !== undefined, {
      error: 'this operation needs a value',
      path: ['value'],
    });
