import { ApiError } from './errors.js';
import type { Principal } from './messages.js';

/** Scope of what users may do for themselves. */
const OWN = 'internal_login';

/**
 * The user who asks for its own things.
 *
 * @param scope that a token must have
 * @throws ApiError 403 for applications, for those who act for the user, and for tokens of another use
 */
export function ownUser(principal: Principal, scope = OWN): Principal {
  const { type, authenticatedBy, scopes, actorId } = principal;
  const isMeant = authenticatedBy !== 'bearer' || scopes.has(scope);
  if (type === 'User' && isMeant && actorId === undefined) return principal;
  throw new ApiError('403', 403, 'Forbidden.', `It needs the user, or a token of the user with the scope ${scope}.`);
}
