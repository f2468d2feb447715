import { z } from 'zod';
import { ApiError, apiErrors, type RouteTable, route } from '#core/http';
import type { User } from '../user.js';
import type { UserService } from '../user.service.js';
import { ownUser } from './own-user.js';
import type { PersonalData } from './personal-data.js';

const SCOPE = 'internal_login';
const record = z.record(z.string(), z.unknown());
const response = z.object({ user_profile: record, consents: z.array(z.unknown()), security: record });
const admin = {
  access: { scopes: ['internal_user_mgt_view'] },
  cors: true,
  method: 'get',
  response,
  status: 200,
} as const;

/** `/api/identity/user/v1.0`: what the server knows of a person, for the person and for administrators. */
export function personalDataRoutes(data: PersonalData, users: UserService): RouteTable {
  return {
    name: 'personal-data',
    base: '/api/identity/user/v1.0',
    errors: apiErrors('PII'),
    routes: [
      route({
        operationId: 'exportOwnData',
        method: 'get',
        path: '/me',
        access: 'authenticated',
        cors: true,
        summary: `All that is known of the user (tokens need the scope ${SCOPE})`,
        response,
        status: 200,
        handle: async ({ principal }) => shown(data, await ownUser(users, principal, SCOPE)),
      }),
      route({
        ...admin,
        operationId: 'exportDataOfUsername',
        path: '/pi-info',
        summary: 'All that is known of a user, by name',
        query: z.object({ username: z.string().min(1).max(255) }),
        handle: async ({ request: { organization }, query: { username } }) =>
          shown(data, found(await users.findByUsername(organization.id, username))),
      }),
      route({
        ...admin,
        operationId: 'exportDataOfUser',
        path: '/pi-info/:userId',
        summary: 'All that is known of a user, by the base64url of the id',
        async handle({ request: { organization }, params }) {
          const id = Buffer.from(params['userId'] ?? '', 'base64url').toString();
          return shown(data, found(await users.findById(organization.id, id.slice(0, 255))));
        },
      }),
    ],
  };
}

async function shown(data: PersonalData, user: User): Promise<z.input<typeof response>> {
  const { user_profile, consents, security } = await data.export(user);
  return { user_profile: { ...user_profile }, consents: [...consents], security: { ...security } };
}

function found(user: User | undefined): User {
  if (user) return user;
  throw new ApiError('PII-60002', 404, 'User not found.', 'There is no such user in this organization.');
}
