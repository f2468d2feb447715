import { inject, injectable } from 'tsyringe';
import type { RouteDeclaration } from '#core/http';
import { ScimError } from '../protocol/scim-error.js';
import { type ScimCall, type ScimReply, scimRoute } from '../protocol/scim-route.js';
import { projectionQuery } from '../users/list-requests.js';
import { UserCalls } from '../users/users.routes.js';

const SCOPE = 'internal_login';

/** `/scim2/Me` (RFC 7644 section 3.11): users look at themselves and change what is theirs to change. */
@injectable()
export class MeRoutes {
  constructor(@inject(UserCalls) private readonly calls: UserCalls) {}

  /** The routes. */
  routes(): readonly RouteDeclaration[] {
    const common = { path: '/Me', access: 'authenticated', query: projectionQuery, status: 200 } as const;
    return [
      scimRoute({
        ...common,
        operationId: 'getMe',
        method: 'get',
        summary: `Retrieve oneself (a token needs ${SCOPE})`,
        handle: (call) => this.calls.get(call, ownId(call)),
      }),
      scimRoute({
        ...common,
        operationId: 'replaceMe',
        method: 'put',
        summary: `Replace what one has (a token needs ${SCOPE})`,
        handle: (call) => this.calls.replace(call, idToChange(call), 'user'),
      }),
      scimRoute({
        ...common,
        operationId: 'patchMe',
        method: 'patch',
        summary: `Change oneself (a token needs ${SCOPE})`,
        handle: (call) => this.calls.patch(call, idToChange(call), 'user'),
      }),
      scimRoute({
        operationId: 'deleteMe',
        method: 'delete',
        path: '/Me',
        access: 'authenticated',
        summary: `Remove oneself (a token needs ${SCOPE})`,
        status: 204,
        handle: (call) => this.calls.delete(call, idToChange(call), 'user'),
      }),
      scimRoute({
        ...common,
        operationId: 'createMe',
        method: 'post',
        summary: 'Self-registration, which is not done here',
        handle(): ScimReply {
          throw new ScimError(501, 'Users cannot register themselves at this address.');
        },
      }),
    ];
  }
}

/** The same for what changes the user: whoever acts in its name must not. @throws ScimError 403 */
function idToChange(call: ScimCall): string {
  const id = ownId(call);
  if (call.principal?.actorId === undefined) return id;
  throw new ScimError(403, 'Users can be changed by themselves only, not by those who act in their name.');
}

/** @throws ScimError 403 for an application, and for a token that was not given for this */
function ownId({ principal }: ScimCall): string {
  if (principal?.type !== 'User') throw new ScimError(403, 'Only users have a resource of their own.');
  if (principal.authenticatedBy === 'bearer' && !principal.scopes.has(SCOPE))
    throw new ScimError(403, `Operation is not permitted. The token needs the scope ${SCOPE}.`, {
      headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${SCOPE}"` },
    });
  return principal.id;
}
