import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { type HttpRequest, ownUser, type RouteDeclaration, route } from '#core/http';
import { type User, type UserService, UserServiceToken } from '#core/users';
import { associationErrors } from './association-errors.js';
import { FederatedAssociationParts, federatedAnswer, federatedBody } from './association-parts.js';
import { BulkAssociations, bulkAnswer, bulkBody } from './bulk-associations.js';

const own = { access: 'authenticated', cors: true } as const;
const scoped = (scope: string) => ({ access: { scopes: [scope] }, cors: true }) as const;
const view = scoped('internal_user_association_view');
const create = scoped('internal_user_association_create');
const remove = scoped('internal_user_association_delete');
const MINE = '/me/federated-associations';
const THEIRS = '/:userId/federated-associations';

/** The routes of accounts at identity providers that belong to users. */
@injectable()
export class FederatedAssociationRoutes {
  constructor(
    @inject(FederatedAssociationParts) private readonly parts: FederatedAssociationParts,
    @inject(BulkAssociations) private readonly bulk: BulkAssociations,
    @inject(UserServiceToken) private readonly users: UserService,
  ) {}

  /** All of them. */
  routes(): RouteDeclaration[] {
    return [...this.#mine(), this.#bulk(), this.#list(), this.#add(), this.#removeAll(), this.#remove()];
  }

  /** The user of the path. @throws ApiError 404 when there is none */
  async user({ organization, params }: HttpRequest): Promise<User> {
    const id = params['userId'] as string;
    const user = await this.users.findById(organization.id, id);
    if (!user) throw associationErrors.noUser(id);
    return user;
  }

  #mine(): RouteDeclaration[] {
    return [
      route({
        ...own,
        operationId: 'getMyFederatedAssociations',
        method: 'get',
        path: MINE,
        summary: 'Accounts of the user at identity providers',
        response: z.array(federatedAnswer),
        status: 200,
        handle: ({ principal }) => this.parts.shown(ownUser(principal)),
      }),
      route({
        ...own,
        operationId: 'deleteMyFederatedAssociations',
        method: 'delete',
        path: MINE,
        summary: 'Remove all associations of the user with accounts at identity providers',
        status: 204,
        handle: ({ principal }) => this.parts.removeAll(ownUser(principal)),
      }),
      route({
        ...own,
        operationId: 'deleteMyFederatedAssociation',
        method: 'delete',
        path: `${MINE}/:id`,
        summary: 'Remove an association of the user with an account at an identity provider',
        status: 204,
        handle: ({ principal, params }) => this.parts.remove(ownUser(principal), params['id'] as string),
      }),
    ];
  }

  #bulk(): RouteDeclaration {
    return route({
      ...scoped('internal_user_fed_association_bulk'),
      operationId: 'bulkFederatedAssociations',
      method: 'post',
      path: '/federated-associations/bulk',
      summary: 'Make and remove associations of many users with accounts at identity providers',
      body: bulkBody,
      response: bulkAnswer,
      status: 200,
      handle: async ({ body, request }) => ({ Operations: await this.bulk.run(request.organization.id, body) }),
    });
  }

  #list(): RouteDeclaration {
    return route({
      ...view,
      operationId: 'getFederatedAssociationsOfUser',
      method: 'get',
      path: THEIRS,
      summary: 'Accounts of a user at identity providers',
      response: z.array(federatedAnswer),
      status: 200,
      handle: async ({ request }) => this.parts.shown(await this.user(request)),
    });
  }

  #add(): RouteDeclaration {
    return route({
      ...create,
      operationId: 'addFederatedAssociationOfUser',
      method: 'post',
      path: THEIRS,
      summary: 'Associate a user with an account at an identity provider',
      body: federatedBody,
      status: 200,
      handle: async ({ body, request }) => this.parts.add(await this.user(request), body),
    });
  }

  #removeAll(): RouteDeclaration {
    return route({
      ...remove,
      operationId: 'deleteFederatedAssociationsOfUser',
      method: 'delete',
      path: THEIRS,
      summary: 'Remove all associations of a user with accounts at identity providers',
      status: 204,
      handle: async ({ request }) => this.parts.removeAll(await this.user(request)),
    });
  }

  #remove(): RouteDeclaration {
    return route({
      ...remove,
      operationId: 'deleteFederatedAssociationOfUser',
      method: 'delete',
      path: `${THEIRS}/:id`,
      summary: 'Remove an association of a user with an account at an identity provider',
      status: 204,
      handle: async ({ request, params }) => this.parts.remove(await this.user(request), params['id'] as string),
    });
  }
}
