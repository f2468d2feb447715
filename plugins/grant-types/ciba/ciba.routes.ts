import { z } from 'zod';
import type { HttpRequest, Reply, RouteTable } from '#core/http';
import { type AuthorizationEndpoint, oauthErrors, toOAuthError } from '#core/oauth';
import type { CibaEndpoints } from './ciba-endpoints.js';

const optional = z.string().optional();
const body = z.object({
  scope: optional,
  login_hint: optional,
  binding_message: optional,
  requested_expiry: optional,
  notification_channel: optional,
  actor_token: optional,
  request: optional,
});

/** Routes of client-initiated backchannel authentication. */
export function cibaRoutes(endpoints: CibaEndpoints, authorization: AuthorizationEndpoint): RouteTable {
  return {
    name: 'oauth2-ciba',
    base: '/oauth2',
    errors: oauthErrors,
    routes: [
      {
        operationId: 'beginCiba',
        method: 'post',
        path: '/ciba',
        access: 'public',
        summary: 'Asks a user who is elsewhere (OpenID Connect CIBA)',
        schemas: { body, consumes: 'form' },
        handle: (request) => endpoints.begin(request),
      },
      {
        operationId: 'answerCiba',
        method: 'get',
        path: '/ciba_authorize',
        access: 'public',
        errors: (thrown: unknown, request: HttpRequest): Reply => {
          const { code, message } = toOAuthError(thrown);
          return authorization.errorPage(code, message, request);
        },
        summary: 'Link by which a user answers such a request',
        handle: (request) => endpoints.answer(request),
      },
    ],
  };
}
