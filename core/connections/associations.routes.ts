import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  apiErrors,
  type HttpRequest,
  ownUser,
  type RateLimits,
  RateLimitsToken,
  type RouteDeclaration,
  type RouteTable,
  route,
} from '#core/http';
import {
  claimUri,
  type User,
  type UserAssociations,
  UserAssociationsToken,
  type UserService,
  UserServiceToken,
} from '#core/users';
import { associationErrors } from './association-errors.js';
import { FederatedAssociationRoutes } from './federated-associations.routes.js';

const own = { access: 'authenticated', cors: true } as const;
const MINE = '/me/associations';
const THEIRS = '/:userId/associations';
const PROFILE = {
  firstName: claimUri('givenname'),
  lastName: claimUri('lastname'),
  email: claimUri('emailaddress'),
} as const;

const userAnswer = z.object({
  userId: z.string(),
  username: z.string(),
  userStoreDomain: z.string(),
  tenantDomain: z.string(),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  email: z.string().optional(),
});
const body = z.object({
  userId: z.string().default(''),
  password: z.string().default(''),
  properties: z.array(z.object({ key: z.string(), value: z.string() })).optional(),
});

type Owner = Pick<User, 'orgId' | 'id'>;

/** Users bring their accounts together; administrators look at that and take it apart. */
@injectable()
export class AssociationRoutes {
  constructor(
    @inject(UserAssociationsToken) private readonly associations: UserAssociations,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(RateLimitsToken) private readonly limits: RateLimits,
    @inject(FederatedAssociationRoutes) private readonly federated: FederatedAssociationRoutes,
  ) {}

  /** All of its routes. */
  table(): RouteTable {
    const routes = [...this.#mine(), ...this.#theirs(), ...this.federated.routes()];
    return { name: 'user-associations', base: '/api/users/v1', errors: apiErrors('UAA'), routes };
  }

  #mine(): RouteDeclaration[] {
    return [
      route({
        ...own,
        operationId: 'associateUser',
        method: 'post',
        path: MINE,
        summary: 'Associate another account, whose password is given, with that of the user',
        credentials: true,
        body,
        status: 201,
        handle: async ({ principal, request, body: account }) => {
          const { orgId, id } = ownUser(principal);
          const other = await this.#proven(request, account);
          if (other.id === id) throw associationErrors.oneself();
          if (!(await this.associations.link({ orgId, id }, other))) throw associationErrors.already();
        },
      }),
      route({
        ...own,
        operationId: 'getMyAssociations',
        method: 'get',
        path: MINE,
        summary: 'Accounts that are associated with that of the user',
        response: z.array(userAnswer),
        status: 200,
        handle: ({ principal, request }) => this.#shown(ownUser(principal), request),
      }),
      route({
        ...own,
        operationId: 'deleteMyAssociations',
        method: 'delete',
        path: MINE,
        summary: 'The account of the user is associated with no other any more',
        status: 204,
        handle: async ({ principal }) => void (await this.associations.remove(ownUser(principal))),
      }),
      route({
        ...own,
        operationId: 'deleteMyAssociation',
        method: 'delete',
        path: `${MINE}/:associatedUserId`,
        summary: 'Another account is not associated with that of the user any more; that it was not is no error',
        status: 204,
        handle: async ({ principal, params }) => {
          const { orgId, id } = ownUser(principal);
          const other = params['associatedUserId'] as string;
          if ((await this.associations.of({ orgId, id })).includes(other))
            await this.associations.remove({ orgId, id: other });
        },
      }),
    ];
  }

  #theirs(): RouteDeclaration[] {
    return [
      route({
        access: { scopes: ['internal_user_association_view'] },
        cors: true,
        operationId: 'getAssociationsOfUser',
        method: 'get',
        path: THEIRS,
        summary: 'Accounts that are associated with that of a user',
        response: z.array(userAnswer),
        status: 200,
        handle: async ({ request }) => this.#shown(await this.federated.user(request), request),
      }),
      route({
        access: { scopes: ['internal_user_association_delete'] },
        cors: true,
        operationId: 'deleteAssociationsOfUser',
        method: 'delete',
        path: THEIRS,
        summary: 'The account of a user is associated with no other any more',
        status: 204,
        handle: async ({ request }) => void (await this.associations.remove(await this.federated.user(request))),
      }),
    ];
  }

  /** The account that somebody has named, after its password was right. @throws ApiError 400 when it was not */
  async #proven({ organization, ip }: HttpRequest, { userId, password }: z.output<typeof body>): Promise<User> {
    if (userId === '') throw associationErrors.noUserId();
    if (password === '') throw associationErrors.noPassword();
    const account = `${organization.id}:${userId.toLowerCase()}`;
    await this.limits.tryFrom(ip);
    await this.limits.checkAccount(account);
    const result = await this.users.authenticate(organization.id, userId, password);
    if (result.outcome === 'rejected') {
      await this.limits.failed(account);
      throw associationErrors.wrongCredentials();
    }
    await this.limits.succeeded(account);
    return result.user;
  }

  async #shown(user: Owner, { organization }: HttpRequest): Promise<z.input<typeof userAnswer>[]> {
    const answers: z.input<typeof userAnswer>[] = [];
    for (const id of await this.associations.of(user)) {
      const found = await this.users.findById(user.orgId, id);
      if (!found) continue;
      const claims = await this.users.claimsOf(found, Object.values(PROFILE));
      const profile = Object.entries(PROFILE).map(([name, uri]) => [name, claims[uri]?.[0]] as const);
      answers.push({
        userId: id,
        username: found.username,
        userStoreDomain: found.domain,
        tenantDomain: organization.handle,
        ...Object.fromEntries(profile.filter(([, value]) => value !== undefined)),
      });
    }
    return answers;
  }
}
