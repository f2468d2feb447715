import { inject, injectable } from 'tsyringe';
import type { z } from 'zod';
import {
  type ApiResourceService,
  ApiResourceServiceToken,
  type ApiResources,
  ApiResourcesToken,
  type AuthorizationDetailsTypeService,
  AuthorizationDetailsTypeServiceToken,
  type AuthorizedApiService,
  AuthorizedApiServiceToken,
  apiResourceErrors,
} from '#core/access';
import { answer, type HttpRequest, type RouteDeclaration, type RouteTable, route } from '#core/http';
import { API_RESOURCES, listAnswer, resourceAnswer, shownItem, shownScope, shownType } from './api-resource-answers.js';
import { listQuery, pageOf, wantsProperties } from './api-resource-list.js';
import { creationBody, patchBody, scopesOf } from './api-resource-requests.js';
import { create, errors, remove, update, view } from './api-resource-route-parts.js';
import { ApiResourceScopeRoutes } from './api-resource-scopes.routes.js';
import { ApiResourceTypeRoutes } from './api-resource-types.routes.js';
import { type ApplicationService, ApplicationServiceToken } from './application.service.js';

/** The API resource API. */
@injectable()
export class ApiResourceRoutes {
  constructor(
    @inject(ApiResourcesToken) private readonly resources: ApiResources,
    @inject(ApiResourceServiceToken) private readonly changes: ApiResourceService,
    @inject(AuthorizationDetailsTypeServiceToken) private readonly types: AuthorizationDetailsTypeService,
    @inject(AuthorizedApiServiceToken) private readonly authorized: AuthorizedApiService,
    @inject(ApplicationServiceToken) private readonly applications: ApplicationService,
    @inject(ApiResourceScopeRoutes) private readonly scopeRoutes: ApiResourceScopeRoutes,
    @inject(ApiResourceTypeRoutes) private readonly typeRoutes: ApiResourceTypeRoutes,
  ) {}

  /** All of its routes. */
  tables(): RouteTable[] {
    const own = [this.#list(), this.#add(), this.#get(), this.#patch(), this.#delete()];
    const parts = [...this.scopeRoutes.routes(), ...this.typeRoutes.routes()];
    return [
      { name: 'api-resources', base: API_RESOURCES, errors, routes: [...own, ...parts] },
      this.scopeRoutes.all(),
      this.typeRoutes.all(),
    ];
  }

  #list(): RouteDeclaration {
    return route({
      operationId: 'getAPIResources',
      method: 'get',
      path: '',
      ...view,
      summary: 'List API resources',
      query: listQuery,
      response: listAnswer,
      status: 200,
      handle: async ({ query, request }) => {
        const properties = wantsProperties(query.attributes) ? { properties: [] } : {};
        const page = pageOf(await this.resources.all(request.organization.id), query, request);
        const APIResources = page.items.map((resource) => ({ ...shownItem(resource, request), ...properties }));
        return { totalResults: page.total, links: page.links, APIResources };
      },
    });
  }

  #add(): RouteDeclaration {
    return route({
      operationId: 'addAPIResource',
      method: 'post',
      path: '',
      ...create,
      summary: 'Add an API resource',
      body: creationBody,
      response: resourceAnswer,
      status: 201,
      handle: async ({ body, request }) => {
        const { resourceType: type, authorizationDetailsTypes, scopes, ...given } = body;
        if (given.name === '') throw apiResourceErrors.nameRequired();
        if (given.identifier === '') throw apiResourceErrors.identifierRequired();
        const { id: orgId } = request.organization;
        const resource = { ...given, type, scopes: scopesOf(scopes) };
        const id = await this.changes.create(orgId, resource, (made) =>
          this.typeRoutes.add(orgId, made, authorizationDetailsTypes),
        );
        const headers = { Location: `${request.baseUrl}${API_RESOURCES}/${id}` };
        return answer(await this.#shown(id, request), { headers });
      },
    });
  }

  #get(): RouteDeclaration {
    return route({
      operationId: 'getAPIResource',
      method: 'get',
      path: '/:apiResourceId',
      ...view,
      summary: 'Retrieve an API resource',
      response: resourceAnswer,
      status: 200,
      handle: ({ params, request }) => this.#shown(params['apiResourceId'] as string, request),
    });
  }

  #patch(): RouteDeclaration {
    return route({
      operationId: 'patchAPIResource',
      method: 'patch',
      path: '/:apiResourceId',
      ...update,
      summary: 'Change names of an API resource, add scopes, add and remove types of authorization details',
      body: patchBody,
      status: 204,
      handle: async ({ body, params, request }) => {
        const { name, description, addedScopes, removedScopes } = body;
        if (removedScopes.length > 0) throw apiResourceErrors.removedScopes();
        if (name === '') throw apiResourceErrors.nameRequired();
        const { id: orgId } = request.organization;
        const id = params['apiResourceId'] as string;
        await this.changes.update(orgId, id, { name, description, scopes: scopesOf(addedScopes) }, async () => {
          await this.typeRoutes.removeByType(orgId, id, body.removedAuthorizationDetailsTypes);
          await this.typeRoutes.add(orgId, id, body.addedAuthorizationDetailsTypes);
        });
      },
    });
  }

  #delete(): RouteDeclaration {
    return route({
      operationId: 'deleteAPIResource',
      method: 'delete',
      path: '/:apiResourceId',
      ...remove,
      summary: 'Remove an API resource with its scopes; that there is none is no error',
      status: 204,
      handle: ({ params, request }) => this.changes.delete(request.organization.id, params['apiResourceId'] as string),
    });
  }

  async #shown(id: string, request: HttpRequest): Promise<z.input<typeof resourceAnswer>> {
    const orgId = request.organization.id;
    const resource = await this.resources.find(orgId, id);
    if (!resource) throw apiResourceErrors.notFound(id);
    const subscribed = await Promise.all(
      (await this.authorized.applicationsOf(orgId, id)).map(async (appId) => this.applications.find(orgId, appId)),
    );
    return {
      ...shownItem(resource, request),
      ...(resource.description === undefined ? {} : { description: resource.description }),
      scopes: resource.scopes.map(shownScope),
      authorizationDetailsTypes: (await this.types.ofApi(await this.resources.rootOf(orgId), id)).map(shownType),
      subscribedApplications: subscribed.flatMap((app) => (app ? [{ id: app.id, name: app.name }] : [])),
      properties: [],
    };
  }
}
