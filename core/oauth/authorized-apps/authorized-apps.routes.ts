import { z } from 'zod';
import { ApiError, apiErrors, ownUser, type Principal, type RouteTable, route } from '#core/http';
import type { AuthorizedApp, AuthorizedApps } from './authorized-apps.js';

const SCOPE = 'internal_login';

/** The older API knows less of an application, and calls it by its name. */
const older = z.object({ appId: z.string(), clientId: z.string() });
const newer = z.object({
  id: z.string(),
  name: z.string(),
  clientId: z.string(),
  approvedScopes: z.array(z.string()),
});

/** What one version of the API shows of an application, and by what it is named in the path. */
interface Version<R extends z.ZodType> {
  readonly base: string;
  readonly response: R;
  shown(app: AuthorizedApp): z.input<R>;
  isNamed(app: AuthorizedApp, name: string): boolean;
}

const first: Version<typeof older> = {
  base: '/api/users/v1/me',
  response: older,
  shown: ({ name, clientId }) => ({ appId: name, clientId }),
  isNamed: ({ id, name }, given) => given === name || given === id,
};
const second: Version<typeof newer> = {
  base: '/api/users/v2/me',
  response: newer,
  shown: (app) => ({ ...app, approvedScopes: [...app.approvedScopes] }),
  isNamed: ({ id }, given) => given === id,
};

/** Users look at applications that may act for them, and take that back: both versions of the API. */
export const authorizedAppTables = (apps: AuthorizedApps): RouteTable[] => [
  table('authorized-apps-v1', first, apps),
  table('authorized-apps-v2', second, apps),
];

function table<R extends z.ZodType>(name: string, version: Version<R>, apps: AuthorizedApps): RouteTable {
  const { base, response, shown } = version;
  const common = { access: 'authenticated', cors: true } as const;
  // The published documents of both versions call them alike; in one document they cannot be.
  const suffix = name === 'authorized-apps-v2' ? '' : 'V1';
  const [all, one] = [
    { ...common, path: '/authorized-apps' },
    { ...common, path: '/authorized-apps/:applicationId' },
  ];
  const found = async (user: Principal, given: string): Promise<AuthorizedApp> => {
    const app = (await apps.list(user)).find((candidate) => version.isNamed(candidate, given));
    if (app) return app;
    throw new ApiError('AUA-10001', 404, 'Application not found.', 'No such application may act for the user.');
  };
  return {
    name,
    base,
    errors: apiErrors('AUA'),
    routes: [
      route({
        ...all,
        operationId: `listLoggedInUserAuthorizedApps${suffix}`,
        method: 'get',
        summary: `Applications that may act for the user (tokens need the scope ${SCOPE})`,
        response: z.array(response),
        status: 200,
        handle: async ({ principal }) => (await apps.list(ownUser(principal))).map(shown),
      }),
      route({
        ...all,
        operationId: `deleteLoggedInUserAuthorizedApps${suffix}`,
        method: 'delete',
        summary: `No application may act for the user any more (tokens need the scope ${SCOPE})`,
        status: 204,
        handle: async ({ principal }) => apps.revoke(ownUser(principal), await apps.list(principal)),
      }),
      route({
        ...one,
        operationId: `getLoggedInUserAuthorizedAppByAppId${suffix}`,
        method: 'get',
        summary: `An application that may act for the user (tokens need the scope ${SCOPE})`,
        response,
        status: 200,
        handle: async ({ params, principal }) =>
          shown(await found(ownUser(principal), params['applicationId'] as string)) as never,
      }),
      route({
        ...one,
        operationId: `deleteLoggedInUserAuthorizedAppByAppId${suffix}`,
        method: 'delete',
        summary: `An application may not act for the user any more (tokens need the scope ${SCOPE})`,
        status: 204,
        handle: async ({ params, principal }) =>
          apps.revoke(principal, [await found(ownUser(principal), params['applicationId'] as string)]),
      }),
    ],
  };
}
