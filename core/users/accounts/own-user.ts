import { ApiError, ownUser as ownPrincipal, type Principal } from '#core/http';
import type { User } from '../user.js';
import type { UserService } from '../user.service.js';

/**
 * The user who makes a request about itself.
 *
 * @param scope that a token needs; passwords and sessions need none
 * @throws ApiError 403 for applications, those who act for the user, tokens of another use, and users who are gone
 */
export async function ownUser(users: UserService, principal: Principal, scope: string): Promise<User> {
  const { orgId, id } = ownPrincipal(principal, scope);
  const user = await users.findById(orgId, id);
  if (user) return user;
  throw new ApiError('403', 403, 'Forbidden.', 'The user is not there any more.');
}
