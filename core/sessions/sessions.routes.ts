import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { apiErrors, type HttpRequest, ownUser, type RouteDeclaration, type RouteTable, route } from '#core/http';
import { qualifiedName, type UserService, UserServiceToken } from '#core/users';
import type { Session } from './session.js';
import { type SessionService, SessionServiceToken } from './session.service.js';
import { sessionErrors } from './session-errors.js';
import { type DescribedSession, type SessionPage, SessionSearch } from './session-search.js';

const LOCAL = 'LOCAL';
const DEFAULT_LIMIT = 20;
const MOST = 100;

const application = z.object({ id: z.string(), subject: z.string(), appName: z.string(), appId: z.string() });
const sessionAnswer = z.object({
  userId: z.string().optional(),
  idpName: z.string().optional(),
  applications: z.array(application),
  userAgent: z.string(),
  ip: z.string(),
  loginTime: z.string(),
  lastAccessTime: z.string(),
  id: z.string(),
});
const listAnswer = z.object({ userId: z.string(), sessions: z.array(sessionAnswer) });
const searchAnswer = z.object({
  previous: z.string().optional(),
  next: z.string().optional(),
  Resources: z.array(sessionAnswer),
});
const time = z.coerce.number().int().min(0);
const searchQuery = z.object({
  filter: z.string().optional(),
  limit: z.coerce.number().int().min(1).default(DEFAULT_LIMIT),
  since: time.optional(),
  until: time.optional(),
});

const own = { access: 'authenticated', cors: true } as const;
const view = { access: { scopes: ['internal_session_view'] }, cors: true } as const;
const remove = { access: { scopes: ['internal_session_delete'] }, cors: true } as const;

/** Users look at their sessions and end them; administrators those of others. */
@injectable()
export class SessionRoutes {
  constructor(
    @inject(SessionServiceToken) private readonly sessions: SessionService,
    @inject(SessionSearch) private readonly searches: SessionSearch,
    @inject(UserServiceToken) private readonly users: UserService,
  ) {}

  /** All of its routes. */
  table(): RouteTable {
    const routes = [...this.#mine(), ...this.#others(), this.#search()];
    return { name: 'user-sessions', base: '/api/users/v1', errors: apiErrors('USM'), routes };
  }

  #mine(): RouteDeclaration[] {
    return [
      route({
        ...own,
        operationId: 'getSessionsOfLoggedInUser',
        method: 'get',
        path: '/me/sessions',
        summary: 'Sessions of the user (tokens need the scope internal_login)',
        response: listAnswer,
        status: 200,
        handle: ({ principal }) => this.#listed(ownUser(principal)),
      }),
      route({
        ...own,
        operationId: 'terminateSessionsByLoggedInUser',
        method: 'delete',
        path: '/me/sessions',
        summary: 'End all sessions of the user',
        status: 204,
        handle: ({ principal }) => this.sessions.terminateAllOf(ownUser(principal).orgId, principal.id),
      }),
      route({
        ...own,
        operationId: 'terminateSessionByLoggedInUser',
        method: 'delete',
        path: '/me/sessions/:sessionId',
        summary: 'End a session of the user',
        status: 204,
        handle: ({ principal, params }) => this.#end(ownUser(principal), params['sessionId'] as string),
      }),
    ];
  }

  #others(): RouteDeclaration[] {
    return [
      route({
        ...view,
        operationId: 'getSessionsByUserId',
        method: 'get',
        path: '/:userId/sessions',
        summary: 'Sessions of a user',
        response: listAnswer,
        status: 200,
        handle: async ({ request }) => {
          for (const parameter of ['limit', 'offset'])
            if (request.query.has(parameter)) throw sessionErrors.noPages(parameter);
          if (request.query.has('filter')) throw sessionErrors.noFilter();
          if (request.query.has('sort')) throw sessionErrors.noSort();
          return this.#listed(await this.#user(request));
        },
      }),
      route({
        ...remove,
        operationId: 'terminateSessionsByUserId',
        method: 'delete',
        path: '/:userId/sessions',
        summary: 'End all sessions of a user',
        status: 204,
        handle: async ({ request }) => {
          const { orgId, id } = await this.#user(request);
          await this.sessions.terminateAllOf(orgId, id);
        },
      }),
      route({
        ...view,
        operationId: 'getSessionBySessionId',
        method: 'get',
        path: '/:userId/sessions/:sessionId',
        summary: 'A session of a user',
        response: sessionAnswer,
        status: 200,
        handle: async ({ request, params }) => {
          const session = await this.#ofUser(await this.#user(request), params['sessionId'] as string);
          const [described] = await this.searches.describe(session.orgId, [session]);
          return shown(described as DescribedSession, 'with-user');
        },
      }),
      route({
        ...remove,
        operationId: 'terminateSessionBySessionId',
        method: 'delete',
        path: '/:userId/sessions/:sessionId',
        summary: 'End a session of a user',
        status: 204,
        handle: async ({ request, params }) => this.#end(await this.#user(request), params['sessionId'] as string),
      }),
    ];
  }

  #search(): RouteDeclaration {
    return route({
      ...view,
      operationId: 'getSessions',
      method: 'get',
      path: '/sessions',
      summary: 'Sessions of all users, the newest first',
      query: searchQuery,
      response: searchAnswer,
      status: 200,
      handle: async ({ query, request }) => {
        const limit = Math.min(query.limit, MOST);
        const page = await this.searches.search(request.organization.id, { ...query, limit });
        return { ...links(page, request), Resources: page.sessions.map((one) => shown(one, 'with-user')) };
      },
    });
  }

  async #listed({ orgId, id }: { readonly orgId: string; readonly id: string }) {
    const sessions = await this.sessions.listOf(orgId, id);
    const described = await this.searches.describe(orgId, sessions);
    return { userId: id, sessions: described.map((one) => shown(one, 'without-user')) };
  }

  async #end(user: { readonly orgId: string; readonly id: string }, sessionId: string): Promise<void> {
    const { id } = await this.#ofUser(user, sessionId);
    await this.sessions.terminateById(user.orgId, id);
  }

  /** @throws ApiError 404 when the user has no such session */
  async #ofUser({ orgId, id }: { readonly orgId: string; readonly id: string }, sessionId: string): Promise<Session> {
    const session = await this.sessions.findById(orgId, sessionId);
    if (session?.userId !== id) throw sessionErrors.noSession(sessionId);
    return session;
  }

  /** The user of the path. @throws ApiError 404 when there is none */
  async #user({ organization, params }: HttpRequest) {
    const id = params['userId'] as string;
    const user = await this.users.findById(organization.id, id);
    if (!user) throw sessionErrors.noUser(id);
    return user;
  }
}

function shown({ session, user, applications }: DescribedSession, who: 'with-user' | 'without-user') {
  const idp = session.passed.find((step) => step.idp !== LOCAL)?.idp;
  const subject = user ? qualifiedName(user) : session.userId;
  return {
    ...(who === 'with-user' ? { userId: session.userId } : {}),
    ...(idp === undefined ? {} : { idpName: idp }),
    applications: applications.map(({ id, name }) => ({ id, subject, appName: name, appId: id })),
    userAgent: session.userAgent,
    ip: session.ip,
    loginTime: String(session.createdAt),
    lastAccessTime: String(session.lastAccessAt),
    id: session.id,
  };
}

/** Where the pages before and behind this one are. */
function links({ sessions, hasNewer, hasOlder }: SessionPage, { query }: HttpRequest) {
  const link = (name: 'since' | 'until', at: number | undefined) => {
    const parameters = new URLSearchParams(query);
    parameters.delete('since');
    parameters.delete('until');
    parameters.set(name, String(at));
    return `sessions?${parameters}`;
  };
  const [first, last] = [sessions[0]?.session.createdAt, sessions.at(-1)?.session.createdAt];
  return {
    ...(hasNewer && first !== undefined ? { previous: link('since', first) } : {}),
    ...(hasOlder && last !== undefined ? { next: link('until', last) } : {}),
  };
}
