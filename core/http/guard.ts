import type { IncomingMessage, ServerResponse } from 'node:http';
import passport, { type Strategy } from 'passport';
import { extensionPoint } from '#core/kernel';
import { ApiError } from './errors.js';
import type { HttpRequest, Principal } from './messages.js';
import type { Access } from './route.js';

/** Passport strategies by name (`basic`, `bearer`); their `verify` yields a {@link Principal}. */
export const PassportStrategies = extensionPoint<Strategy>('passport-strategies');

const requests = new WeakMap<IncomingMessage, HttpRequest>();

/** For `verify` functions with `passReqToCallback`: the request behind the message that passport hands over. */
export function requestOf(message: unknown): HttpRequest {
  const request = requests.get(message as IncomingMessage);
  if (!request) throw new Error('the message did not come through the guard');
  return request;
}

/** The part of passport that the guard uses. */
interface Authenticators {
  use(name: string, strategy: Strategy): unknown;
  authenticate: typeof passport.authenticate;
}
// Passport's types say that this is a namespace; its module exports the class.
const PassportConstructor = (passport as unknown as { readonly Passport: new () => Authenticators }).Passport;

type Challenges = string | (string | undefined)[] | undefined;

/** Guards of the management and end-user APIs: authentication by passport, then scopes. */
export class Guard {
  readonly #passport = new PassportConstructor();
  readonly #names: string[] = [];

  /** Adds a way to authenticate. */
  use(name: string, strategy: Strategy): void {
    this.#passport.use(name, strategy);
    this.#names.push(name);
  }

  /** Who makes the request. Throws ApiError 401 when nobody known does, 403 when the scopes do not allow it. */
  async check(
    access: Exclude<Access, 'public'>,
    message: IncomingMessage,
    response: ServerResponse,
    request: HttpRequest,
  ): Promise<Principal> {
    const principal = await this.#authenticate(message, response, request);
    if (principal.orgId !== request.organization.id) {
      throw new ApiError('403', 403, 'Forbidden.', 'The credentials belong to another organization.');
    }
    if (access !== 'authenticated' && !access.scopes.some((scope) => principal.scopes.has(scope))) {
      const needed = access.scopes.join(' ');
      throw new ApiError(
        '403',
        403,
        'Forbidden.',
        `Operation is not permitted. It needs one of the scopes: ${needed}`,
        {
          headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${needed}"` },
        },
      );
    }
    return principal;
  }

  #authenticate(message: IncomingMessage, response: ServerResponse, request: HttpRequest): Promise<Principal> {
    requests.set(message, request);
    return new Promise((resolve, reject) => {
      const done = (error: unknown, principal: Principal | false | null | undefined, challenges: Challenges) => {
        if (error) return reject(error instanceof Error ? error : new Error(String(error)));
        if (principal) return resolve(principal);
        const offered = (Array.isArray(challenges) ? challenges : [challenges]).filter(
          (text) => typeof text === 'string',
        );
        reject(
          new ApiError(
            '401',
            401,
            'Unauthorized.',
            'The request has no valid credentials. Send a bearer token or basic authentication.',
            {
              headers: { 'WWW-Authenticate': offered.join(', ') || 'Bearer realm="Gatehouse"' },
            },
          ),
        );
      };
      const middleware = this.#passport.authenticate(this.#names, { session: false }, done) as (
        req: unknown,
        res: unknown,
        next: (error?: unknown) => void,
      ) => void;
      middleware(message, response, (error) =>
        reject(error instanceof Error ? error : new Error('no strategy took the request')),
      );
    });
  }
}
