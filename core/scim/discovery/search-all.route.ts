import type { RouteDeclaration } from '#core/http';
import { ScimError } from '../protocol/scim-error.js';
import { type ScimReply, scimRoute } from '../protocol/scim-route.js';

/** `/scim2/.search`: users, groups and roles are searched one kind at a time (RFC 7644 sections 3.4.3 and 3.12). */
export function searchAllRoute(): RouteDeclaration {
  return scimRoute({
    operationId: 'searchAll',
    method: 'post',
    path: '/.search',
    access: 'authenticated',
    summary: 'Search of several kinds of resources at once, which is not done here',
    status: 200,
    handle(): ScimReply {
      throw new ScimError(
        501,
        'Kinds of resources are searched one at a time: at /Users/.search, /Groups/.search and /v2/Roles/.search.',
      );
    },
  });
}
