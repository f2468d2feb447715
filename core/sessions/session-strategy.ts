import passport from 'passport';
import { type Principal, requestOf } from '#core/http';
import type { UserService } from '#core/users';
import type { SessionService } from './session.service.js';
import { SESSION_COOKIE } from './session-cookie.js';

/** The parts of the server that the strategy asks. */
export interface SessionStrategyParts {
  readonly sessions: SessionService;
  readonly users: UserService;
}

/** What passport gives to a strategy while it looks at a request. */
interface Verdict {
  success(principal: Principal): void;
  fail(): void;
  error(error: unknown): void;
}

/**
 * Guard of the end-user APIs by the single sign-on session, for the pages of this server. A browser sends the cookie
 * along with requests that other sites cause, so only requests that a page of this very origin makes count. The
 * session says who the user is; it gives no scope of a management API.
 */
export function sessionStrategy(parts: SessionStrategyParts): passport.Strategy {
  // Passport's types give its base class no constructor.
  const strategy = new (passport.Strategy as unknown as new () => passport.Strategy)();
  return Object.assign(strategy, {
    name: 'session',
    authenticate(this: Verdict, message: unknown): void {
      principalOf(parts, message).then(
        (principal) => (principal ? this.success(principal) : this.fail()),
        (error: unknown) => this.error(error),
      );
    },
  });
}

/** The user of the session, when the request comes from a page of this server. */
async function principalOf(
  { sessions, users }: SessionStrategyParts,
  message: unknown,
): Promise<Principal | undefined> {
  const request = requestOf(message);
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (origin === undefined ? site !== 'same-origin' : origin !== request.origin) return undefined;
  const session = await sessions.find(request.organization.id, request.cookies[SESSION_COOKIE]);
  const user = session && (await users.findById(session.orgId, session.userId));
  if (!user || !(await users.isUsable(user))) return undefined;
  return {
    type: 'User',
    id: user.id,
    orgId: user.orgId,
    name: user.username,
    authenticatedBy: 'session',
    scopes: new Set(),
    sessionId: session.id,
  };
}
