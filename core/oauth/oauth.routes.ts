import { z } from 'zod';
import type { KeySets } from '#core/crypto';
import { type HttpRequest, type Reply, type RouteDeclaration, type RouteTable } from '#core/http';
import { whenThere } from '#core/kernel';
import type { AuthorizationEndpoint } from './authorize/authorization-endpoint.js';
import type { ParEndpoint } from './authorize/par-endpoint.js';
import { bearerErrors, oauthErrors, toOAuthError } from './errors.js';
import type { LogoutEndpoint } from './logout/logout-endpoint.js';
import type { CheckSession } from './sessions/check-session.js';
import type { TokenEndpoint } from './token/token-endpoint.js';
import type { Introspection } from './tokens/introspection.js';
import type { Revocation } from './tokens/revocation.js';
import type { UserInfo } from './tokens/userinfo.js';

/** The endpoints behind the routes. */
export interface OAuthEndpoints {
  readonly authorization: AuthorizationEndpoint;
  readonly par: ParEndpoint;
  readonly token: TokenEndpoint;
  readonly introspection: Introspection;
  readonly revocation: Revocation;
  readonly userInfo: UserInfo;
  readonly logout: LogoutEndpoint;
  readonly checkSession: CheckSession;
  readonly keys: KeySets;
}

const form = (shape: z.ZodRawShape) => ({ body: z.object(shape), consumes: 'form' as const });
/** Public documents that change rarely. */
const cached = { 'Cache-Control': 'public, max-age=300' };

/** The protocol endpoints of OAuth 2.0. */
export function oauthRoutes({ par, token, introspection, revocation, userInfo, keys }: OAuthEndpoints): RouteTable {
  const open = { access: 'public', cors: true, hot: true } as const;
  const oneToken = form({ token: z.string(), token_type_hint: z.string().optional() });
  const userinfo = { ...open, path: '/userinfo', errors: bearerErrors, summary: 'Claims about the user' } as const;
  return {
    name: 'oauth2',
    base: '/oauth2',
    errors: oauthErrors,
    routes: [
      {
        ...open,
        operationId: 'requestToken',
        method: 'post',
        path: '/token',
        summary: 'Tokens for a grant (RFC 6749)',
        schemas: form({ grant_type: z.string() }),
        handle: (request) => token.handle(request),
      },
      {
        ...open,
        operationId: 'introspectToken',
        method: 'post',
        path: '/introspect',
        cors: false,
        summary: 'State of a token (RFC 7662)',
        schemas: form({
          token: z.string(),
          token_type_hint: z.string().optional(),
          required_claims: z.string().optional(),
        }),
        handle: (request) => introspection.handle(request),
      },
      {
        ...open,
        operationId: 'revokeToken',
        method: 'post',
        path: '/revoke',
        summary: 'End of a token (RFC 7009)',
        schemas: oneToken,
        handle: (request) => revocation.handle(request),
      },
      { ...userinfo, operationId: 'getUserInfo', method: 'get', handle: (request) => userInfo.handle(request) },
      { ...userinfo, operationId: 'postUserInfo', method: 'post', handle: (request) => userInfo.handle(request) },
      {
        ...open,
        operationId: 'pushAuthorizationRequest',
        method: 'post',
        path: '/par',
        summary: 'Authorization request in advance, from the client itself (RFC 9126)',
        schemas: form({ client_id: z.string().optional() }),
        handle: (request) => par.handle(request),
      },
      jwksRoute(keys),
    ],
  };
}

const jwksRoute = (keys: KeySets): RouteDeclaration => ({
  operationId: 'getJwks',
  method: 'get',
  path: '/jwks',
  access: 'public',
  cors: true,
  hot: true,
  summary: 'Public keys (RFC 7517)',
  handle: (request) =>
    whenThere(keys.jwks(request.organization.id), ({ text }) => ({ status: 200, jsonText: text, headers: cached })),
});

/** The endpoints that browsers visit: errors are pages. */
export function browserRoutes({ authorization, logout, checkSession }: OAuthEndpoints): RouteTable {
  const errors = (thrown: unknown, request: HttpRequest): Reply => {
    const { code, message, status } = toOAuthError(thrown);
    const page = authorization.errorPage(code, message, request);
    return status >= 429 ? { ...page, headers: oauthErrors(thrown, request).headers ?? {} } : page;
  };
  const authorize = {
    path: '/oauth2/authorize',
    access: 'public',
    hot: true,
    summary: 'Authorization request (RFC 6749, OpenID Connect)',
  } as const;
  const leave = {
    path: '/oidc/logout',
    access: 'public',
    summary: 'Logout (OpenID Connect RP-Initiated Logout)',
  } as const;
  const page = authorization.errorPage.bind(authorization);
  return {
    name: 'openid-connect',
    base: '',
    errors,
    routes: [
      { ...authorize, operationId: 'authorize', method: 'get', handle: (request) => authorization.handle(request) },
      {
        ...authorize,
        operationId: 'postAuthorize',
        method: 'post',
        handle: (request) => authorization.handle(request),
      },
      { ...leave, operationId: 'logout', method: 'get', handle: (request) => logout.handle(request, page) },
      {
        operationId: 'checkSession',
        method: 'get',
        path: '/oidc/checksession',
        access: 'public',
        summary: 'Page for frames that ask whether the session is still the same (OpenID Connect Session Management)',
        handle: (request) => checkSession.handle(request),
      },
      { ...leave, operationId: 'postLogout', method: 'post', handle: (request) => logout.handle(request, page) },
    ],
  };
}
