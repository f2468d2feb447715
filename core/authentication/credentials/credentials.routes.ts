import { z } from 'zod';
import { apiErrors, type RouteDeclaration, type RouteTable, route } from '#core/http';
import { firstErrors, secondErrors } from './credential-errors.js';
import type { CredentialErrors, Credentials } from './credentials.service.js';

const scoped = (verb: 'view' | 'create' | 'delete') =>
  ({ access: { scopes: [`internal_user_credential_mgt_${verb}`] }, cors: true }) as const;

const entry = z.object({ credentialId: z.string(), displayName: z.string() });

/** Both versions of the API by which administrators look at credentials of users and take them away. */
export const credentialTables = (credentials: Credentials): RouteTable[] => [first(credentials), second(credentials)];

function first(credentials: Credentials): RouteTable {
  const errors = firstErrors;
  const path = '/:userId/credentials';
  return {
    name: 'credentials-v1',
    base: '/api/server/v1/users',
    errors: apiErrors('CM'),
    routes: [
      route({
        ...scoped('view'),
        operationId: 'getUserCredentialsByIdV1',
        method: 'get',
        path,
        summary: 'Credentials that a user has enrolled',
        response: z.array(entry.extend({ type: z.string() })),
        status: 200,
        handle: async ({ params, request }) => {
          const all = await credentials.list(request.organization.id, params['userId'] as string, errors);
          return all.flatMap(({ kind, enrolled }) =>
            kind.countless ? [] : enrolled.map((one) => ({ ...one, type: kind.type })),
          );
        },
      }),
      route({
        ...scoped('delete'),
        operationId: 'deleteUserCredentialByIdV1',
        method: 'delete',
        path: `${path}/:type/:credentialId`,
        summary: 'Take a credential away from a user',
        status: 204,
        handle: ({ params, request }) => remove(credentials, request.organization.id, params, errors),
      }),
    ],
  };
}

function second(credentials: Credentials): RouteTable {
  const routes = [viewing(credentials), generating(credentials), ...removing(credentials)];
  return { name: 'credentials-v2', base: '/api/users/v2', errors: apiErrors('UCM'), routes };
}

const PATH = '/:userId/credentials';
const errors = secondErrors;

const viewing = (credentials: Credentials): RouteDeclaration =>
  route({
    ...scoped('view'),
    operationId: 'getUserCredentialsById',
    method: 'get',
    path: PATH,
    summary: 'Credentials that a user has enrolled, by type',
    response: z.record(z.string(), z.union([z.array(entry), z.boolean()])),
    status: 200,
    handle: async ({ params, request }) => {
      const all = await credentials.list(request.organization.id, params['userId'] as string, errors);
      return Object.fromEntries(
        all.map(({ kind, enrolled }) => [kind.type, kind.countless ? enrolled.length > 0 : [...enrolled]]),
      );
    },
  });

const generating = (credentials: Credentials): RouteDeclaration =>
  route({
    ...scoped('create'),
    operationId: 'createUserCredentialByType',
    method: 'post',
    path: `${PATH}/:type`,
    summary: 'Make credentials for a user in place of those it has; they are shown this once',
    response: z.object({ type: z.string(), credentials: z.array(z.string()) }),
    status: 201,
    handle: async ({ params, request }) => {
      const { type = '', userId = '' } = params;
      return {
        type,
        credentials: [...(await credentials.generate(request.organization.id, userId, type, errors))],
      };
    },
  });

const removing = (credentials: Credentials): RouteDeclaration[] => [
  route({
    ...scoped('delete'),
    operationId: 'deleteUserCredentialsByType',
    method: 'delete',
    path: `${PATH}/:type`,
    summary: 'Take all credentials of a type away from a user',
    status: 204,
    handle: ({ params, request }) => {
      const { type = '', userId = '' } = params;
      return credentials.removeAll(request.organization.id, userId, type, errors);
    },
  }),
  route({
    ...scoped('delete'),
    operationId: 'deleteUserCredentialById',
    method: 'delete',
    path: `${PATH}/:type/:credentialId`,
    summary: 'Take a credential away from a user',
    status: 204,
    handle: ({ params, request }) => remove(credentials, request.organization.id, params, errors),
  }),
];

function remove(
  credentials: Credentials,
  orgId: string,
  { userId = '', type = '', credentialId = '' }: Readonly<Record<string, string>>,
  errors: CredentialErrors,
): Promise<void> {
  return credentials.remove(orgId, userId, type, credentialId, errors);
}
