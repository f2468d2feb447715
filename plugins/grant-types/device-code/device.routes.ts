import { z } from 'zod';
import { commonError, type HttpRequest, type Reply, type RouteTable, redirect } from '#core/http';
import { type AuthorizationEndpoint, oauthErrors, toOAuthError } from '#core/oauth';
import type { DeviceEndpoints } from './device-endpoints.js';

/** Routes of the device authorization grant. */
export function deviceRoutes(endpoints: DeviceEndpoints, authorization: AuthorizationEndpoint): RouteTable {
  return {
    name: 'oauth2-device',
    base: '/oauth2',
    errors: oauthErrors,
    routes: [
      {
        operationId: 'authorizeDevice',
        method: 'post',
        path: '/device_authorize',
        access: 'public',
        cors: true,
        summary: 'Codes for a device (RFC 8628)',
        schemas: { body: z.object({ client_id: z.string(), scope: z.string().optional() }), consumes: 'form' },
        handle: (request) => endpoints.authorize(request),
      },
      {
        operationId: 'verifyUserCode',
        method: 'post',
        path: '/device',
        access: 'public',
        credentials: true,
        errors: pageErrors(authorization),
        summary: 'Takes the code that a person has read from a device',
        schemas: { body: z.object({ user_code: z.string() }), consumes: 'form' },
        handle: (request) => endpoints.verify(request),
      },
    ],
  };
}

/** Errors of a browser's visit are pages. */
function pageErrors(authorization: AuthorizationEndpoint) {
  return (thrown: unknown, request: HttpRequest): Reply => {
    const common = commonError(thrown);
    if (common?.status === 429) {
      const query = new URLSearchParams({ status: 'authentication.attempt.failed', statusMsg: 'too.many.requests' });
      const page = redirect(`${request.baseUrl}/authenticationendpoint/retry.do?${query}`);
      return { ...page, headers: common.headers ?? {} };
    }
    const { code, message } = toOAuthError(thrown);
    return authorization.errorPage(code, message, request);
  };
}
