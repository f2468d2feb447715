import passport, { type Strategy } from 'passport';
import { Strategy as BearerStrategy } from 'passport-http-bearer';
import { ApiError, type HttpRequest, type Principal, requestOf } from '#core/http';
import { OAuthError } from './errors.js';
import type { LiveToken } from './tokens/access-tokens.js';
import { presentedToken, type TokenGuard } from './tokens/token-guard.js';

type Done = (error: unknown, principal?: Principal | false) => void;

/** What passport gives to a strategy while it looks at a request. */
interface Verdict {
  success(principal: Principal): void;
  fail(): void;
  error(error: unknown): void;
}

/** Guard of the APIs by access token (RFC 6750). */
export function bearerStrategy(guard: () => TokenGuard): Strategy {
  const verify = async (message: unknown, value: string): Promise<Principal | false> => {
    try {
      const http = requestOf(message);
      return await principalOf(guard(), await guard().admit(http, { scheme: 'Bearer', value }), http);
    } catch (error) {
      if (error instanceof OAuthError && error.status === 401) return false;
      throw error;
    }
  };
  return new BearerStrategy(
    { realm: 'Gatehouse', passReqToCallback: true },
    (message: unknown, value: string, done: Done) => {
      verify(message, value).then(
        (principal) => done(null, principal),
        (error: unknown) => done(error),
      );
    },
  );
}

/** Guard of the APIs by access token and proof of its key (RFC 9449 §7.1). */
export function dpopStrategy(guard: () => TokenGuard): Strategy {
  // Passport's types give its base class no constructor.
  const strategy = new (passport.Strategy as unknown as new () => Strategy)();
  return Object.assign(strategy, {
    name: 'dpop',
    authenticate(this: Verdict, message: unknown): void {
      const http = requestOf(message);
      const presented = presentedToken(http);
      if (presented?.scheme !== 'DPoP') {
        this.fail();
        return;
      }
      guard()
        .admit(http, presented)
        .then((live) => principalOf(guard(), live, http))
        .then(
          (principal) => this.success(principal),
          (error: unknown) => this.error(refusalOf(error)),
        );
    },
  });
}

/** What went wrong, as an error of a management API: a client has to see a nonce and a challenge. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof OAuthError) || error.status !== 401) return error;
  const { message, headers } = error;
  return new ApiError('401', 401, 'Unauthorized.', message, { headers, cause: error });
}

async function principalOf(guard: TokenGuard, live: LiveToken, { organization }: HttpRequest): Promise<Principal> {
  const { record, client } = live;
  const grantId = record.grantId ?? record.partOf;
  const grant = await guard.grantOf(organization, live);
  const base = {
    authenticatedBy: 'bearer' as const,
    // What was given for another organization is good there, not here.
    orgId: record.accessing?.id ?? organization.id,
    scopes: new Set(record.scopes),
    clientId: record.clientId,
    ...(record.actor ? { actorId: record.actor.sub } : {}),
    ...(grantId === undefined ? {} : { grantId }),
    ...(grant?.authentication.sessionId === undefined ? {} : { sessionId: grant.authentication.sessionId }),
  };
  if (record.userId === undefined)
    return { ...base, type: 'Application', id: record.clientId, name: client.application.name };
  return { ...base, type: 'User', id: record.userId, name: record.username ?? record.subject };
}
