import { ApiError, type Principal } from '#core/http';
import type { User } from '../user.js';
import type { UserService } from '../user.service.js';

/**
 * The user who makes a request about itself.
 *
 * @param scope that a token needs; passwords and sessions need none
 * @throws ApiError 403 for applications, those who act for the user, and tokens of another use
 */
export async function ownUser(users: UserService, principal: Principal, scope: string): Promise<User> {
  const { type, authenticatedBy, scopes, actorId, orgId, id } = principal;
  const isMeant = authenticatedBy !== 'bearer' || scopes.has(scope);
  const user = type === 'User' && isMeant && actorId === undefined ? await users.findById(orgId, id) : undefined;
  if (user) return user;
  throw new ApiError('403', 403, 'Forbidden.', `It needs the user, or a token of the user with the scope ${scope}.`);
}
