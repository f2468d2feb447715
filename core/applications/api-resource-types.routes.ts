import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  type ApiResourceService,
  ApiResourceServiceToken,
  type ApiResources,
  ApiResourcesToken,
  type AuthorizationDetailsTypeService,
  AuthorizationDetailsTypeServiceToken,
  apiResourceErrors,
  DetailsSchemaError,
} from '#core/access';
import { ApiError, type HttpRequest, type RouteDeclaration, type RouteTable, route } from '#core/http';
import { isDuplicate } from '#core/persistence';
import { detailsTypeAnswer, shownType } from './api-resource-answers.js';
import { filtered } from './api-resource-list.js';
import { type detailsType, detailsTypeBody, detailsTypesBody } from './api-resource-requests.js';
import { errors, remove, update, view } from './api-resource-route-parts.js';

const path = '/:apiResourceId/authorization-details-types';
const one = `${path}/:authorizationDetailsTypeId`;
type DetailsType = z.output<typeof detailsType>;

/** Types of authorization details (RFC 9396) of API resources. */
@injectable()
export class ApiResourceTypeRoutes {
  constructor(
    @inject(ApiResourcesToken) private readonly resources: ApiResources,
    @inject(ApiResourceServiceToken) private readonly changes: ApiResourceService,
    @inject(AuthorizationDetailsTypeServiceToken) private readonly types: AuthorizationDetailsTypeService,
  ) {}

  /** The routes below an API resource. */
  routes(): RouteDeclaration[] {
    return [this.#list(), this.#put(), this.#get(), this.#patch(), this.#delete()];
  }

  /** The table of all types of an organization. */
  all(): RouteTable {
    const query = z.object({ filter: z.string().optional().describe('type eq payment_initiation') });
    const found = async (filter: string | undefined, { organization }: HttpRequest) =>
      filtered(await this.types.all(await this.resources.rootOf(organization.id)), filter, {
        type: ({ type }) => [type],
      });
    const list = route({
      operationId: 'getAllAuthorizationDetailsTypes',
      method: 'get',
      path: '',
      ...view,
      summary: 'List the types of authorization details of all API resources',
      query,
      response: z.array(detailsTypeAnswer),
      status: 200,
      handle: async ({ query: { filter }, request }) => (await found(filter, request)).map(shownType),
    });
    const head = route({
      operationId: 'isAuthorizationDetailsTypeExists',
      method: 'head',
      path: '',
      ...view,
      summary: 'Whether there is a type of authorization details',
      query,
      status: 200,
      handle: async ({ query: { filter = '' }, request }) => {
        if (filter.trim() === '') throw apiResourceErrors.filter('filter: it is required here.');
        if ((await found(filter, request)).length === 0) throw apiResourceErrors.typeNotFound(filter);
      },
    });
    return {
      name: 'authorization-details-types',
      base: '/api/server/v1/authorization-details-types',
      errors,
      routes: [head, list],
    };
  }

  /** Adds types; called in the unit of work that changes the API resource. */
  async add(orgId: string, apiId: string, types: readonly DetailsType[]): Promise<void> {
    const taken = (await this.types.all(orgId)).filter((known) => known.apiId !== apiId);
    for (const type of types) {
      if (taken.some((known) => known.type === type.type)) throw apiResourceErrors.typeExists();
      await this.#write(orgId, apiId, type);
    }
  }

  /** Removes types by `type`; called in the unit of work that changes the API resource. */
  async removeByType(orgId: string, apiId: string, types: readonly string[]): Promise<void> {
    for (const { id, type } of await this.types.ofApi(orgId, apiId))
      if (types.includes(type)) await this.types.remove(orgId, apiId, id);
  }

  #list(): RouteDeclaration {
    return route({
      operationId: 'getAuthorizationDetailsTypes',
      method: 'get',
      path,
      ...view,
      summary: 'Types of authorization details of an API resource',
      response: z.array(detailsTypeAnswer),
      status: 200,
      handle: async ({ request }) => (await this.#ofApi(request)).map(shownType),
    });
  }

  #put(): RouteDeclaration {
    return route({
      operationId: 'addAuthorizationDetailsTypes',
      method: 'put',
      path,
      ...update,
      summary: 'Add types of authorization details to an API resource',
      body: detailsTypesBody,
      response: z.array(detailsTypeAnswer),
      status: 200,
      handle: async ({ body, request }) => {
        const { orgId, apiId } = placeOf(request);
        await this.changes.update(orgId, apiId, {}, () => this.add(orgId, apiId, body));
        return (await this.#ofApi(request)).map(shownType);
      },
    });
  }

  #get(): RouteDeclaration {
    return route({
      operationId: 'getAuthorizationDetailsType',
      method: 'get',
      path: one,
      ...view,
      summary: 'Retrieve a type of authorization details',
      response: detailsTypeAnswer,
      status: 200,
      handle: async ({ request }) => shownType(await this.#found(request)),
    });
  }

  #patch(): RouteDeclaration {
    return route({
      operationId: 'updateAuthorizationDetailsType',
      method: 'patch',
      path: one,
      ...update,
      summary: 'Replace a type of authorization details; what it is called in requests stays',
      body: detailsTypeBody,
      status: 204,
      handle: async ({ body, request }) => {
        const { orgId, apiId } = placeOf(request);
        await this.changes.update(orgId, apiId, {}, async () => {
          const { type } = await this.#found(request);
          if (type !== body.type) throw apiResourceErrors.invalid('type: it cannot be changed.');
          await this.#write(orgId, apiId, body);
        });
      },
    });
  }

  #delete(): RouteDeclaration {
    return route({
      operationId: 'deleteAuthorizationDetailsType',
      method: 'delete',
      path: one,
      ...remove,
      summary: 'Remove a type of authorization details; that there is none is no error',
      status: 204,
      handle: async ({ params, request }) => {
        const { orgId, apiId } = placeOf(request);
        const id = params['authorizationDetailsTypeId'] as string;
        await this.changes.update(orgId, apiId, {}, async () => void (await this.types.remove(orgId, apiId, id)));
      },
    });
  }

  async #write(orgId: string, apiId: string, type: DetailsType): Promise<void> {
    try {
      await this.types.write(orgId, apiId, type);
    } catch (error) {
      if (error instanceof DetailsSchemaError) throw apiResourceErrors.schema(error.message);
      if (!(error instanceof ApiError) && isDuplicate(error)) throw apiResourceErrors.typeExists();
      throw error;
    }
  }

  async #ofApi(request: HttpRequest) {
    const { orgId, apiId } = placeOf(request);
    if (!(await this.resources.find(orgId, apiId))) throw apiResourceErrors.notFound(apiId);
    return this.types.ofApi(await this.resources.rootOf(orgId), apiId);
  }

  async #found(request: HttpRequest) {
    const id = request.params['authorizationDetailsTypeId'] as string;
    const found = (await this.#ofApi(request)).find((type) => type.id === id);
    if (!found) throw apiResourceErrors.typeNotFound(id);
    return found;
  }
}

const placeOf = ({ organization, params }: HttpRequest) => ({
  orgId: organization.id,
  apiId: params['apiResourceId'] as string,
});
