import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  type ApiResource,
  type ApiResourceService,
  ApiResourceServiceToken,
  type ApiResources,
  ApiResourcesToken,
  type ApiScope,
  apiResourceErrors,
} from '#core/access';
import { type HttpRequest, type RouteDeclaration, type RouteTable, route } from '#core/http';
import { scopeAnswer, shownScope } from './api-resource-answers.js';
import { filtered } from './api-resource-list.js';
import { scopePatchBody, scopesBody, scopesOf } from './api-resource-requests.js';
import { errors, remove, update, view } from './api-resource-route-parts.js';

const path = '/:apiResourceId/scopes';

/** Scopes of API resources. */
@injectable()
export class ApiResourceScopeRoutes {
  constructor(
    @inject(ApiResourcesToken) private readonly resources: ApiResources,
    @inject(ApiResourceServiceToken) private readonly changes: ApiResourceService,
  ) {}

  /** The routes below an API resource. */
  routes(): RouteDeclaration[] {
    const byName = { path: `${path}/:scopeName`, suffix: 'ByName', find: named };
    const byId = { path: `${path}/id/:scopeId`, suffix: 'ById', find: withId };
    return [this.#list(), this.#put(), ...[byId, byName].flatMap((by) => [this.#patch(by), this.#delete(by)])];
  }

  /** The table of all scopes of an organization. */
  all(): RouteTable {
    const list = route({
      operationId: 'getScopes',
      method: 'get',
      path: '',
      ...view,
      summary: 'List the scopes of all API resources',
      query: z.object({ filter: z.string().optional().describe('name sw orders:') }),
      response: z.array(scopeAnswer),
      status: 200,
      handle: async ({ query, request }) => {
        const resources = await this.resources.all(request.organization.id);
        const scopes = resources.flatMap((resource) => resource.scopes);
        return filtered(scopes, query.filter, { name: ({ name }) => [name] }).map(shownScope);
      },
    });
    return { name: 'api-scopes', base: '/api/server/v1/scopes', errors, routes: [list] };
  }

  #list(): RouteDeclaration {
    return route({
      operationId: 'getAPIResourceScopes',
      method: 'get',
      path,
      ...view,
      summary: 'Scopes of an API resource',
      response: z.array(scopeAnswer),
      status: 200,
      handle: async ({ request }) => (await this.#found(request)).scopes.map(shownScope),
    });
  }

  #put(): RouteDeclaration {
    return route({
      operationId: 'putAPIResourceScopes',
      method: 'put',
      path,
      ...update,
      summary: 'Replace the scopes of an API resource',
      body: scopesBody,
      status: 204,
      handle: async ({ body, params, request }) => {
        const id = params['apiResourceId'] as string;
        await this.changes.replaceScopes(request.organization.id, id, scopesOf(body));
      },
    });
  }

  #patch({ path: where, suffix, find }: By): RouteDeclaration {
    return route({
      operationId: `patchAPIResourceScope${suffix}`,
      method: 'patch',
      path: where,
      ...update,
      summary: 'Change how a scope is called',
      body: scopePatchBody,
      status: 204,
      handle: async ({ body, request }) => {
        const resource = await this.#found(request);
        await this.changes.updateScope(request.organization.id, resource.id, find(resource, request), body);
      },
    });
  }

  #delete({ path: where, suffix, find }: By): RouteDeclaration {
    return route({
      operationId: `deleteAPIResourceScope${suffix}`,
      method: 'delete',
      path: where,
      ...remove,
      summary: 'Remove a scope; applications, roles and tokens lose it. That there is none is no error',
      status: 204,
      handle: async ({ request }) => {
        const resource = await this.#found(request);
        await this.changes.removeScope(request.organization.id, resource.id, find(resource, request));
      },
    });
  }

  async #found({ organization, params }: HttpRequest): Promise<ApiResource> {
    const id = params['apiResourceId'] as string;
    const resource = await this.resources.find(organization.id, id);
    if (!resource) throw apiResourceErrors.notFound(id);
    return resource;
  }
}

interface By {
  readonly path: string;
  readonly suffix: string;
  find(resource: ApiResource, request: HttpRequest): ApiScope | undefined;
}

const named: By['find'] = ({ scopes }, { params }) => scopes.find(({ name }) => name === params['scopeName']);
const withId: By['find'] = ({ scopes }, { params }) => scopes.find(({ id }) => id === params['scopeId']);
