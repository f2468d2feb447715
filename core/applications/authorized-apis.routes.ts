import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  type ApiAuthorization,
  type ApiResource,
  type ApiResources,
  ApiResourcesToken,
  type AuthorizationDetailsTypeService,
  AuthorizationDetailsTypeServiceToken,
  type AuthorizedApiService,
  AuthorizedApiServiceToken,
} from '#core/access';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type HttpRequest, jsonBody, type RouteDeclaration, route } from '#core/http';
import type { ApplicationEntity } from './application.entity.js';
import { type ApplicationService, ApplicationServiceToken } from './application.service.js';
import { applicationErrors, found } from './errors.js';

const path = '/:applicationId/authorized-apis';
const view = { access: { scopes: ['internal_application_mgt_view'] }, cors: true } as const;
const update = { access: { scopes: ['internal_application_mgt_update'] }, cors: true } as const;

const names = z.array(z.string().min(1).max(255)).max(500).default([]);

/** `AuthorizedAPICreationModel` of the contract. */
const creationBody = jsonBody(
  z.strictObject({
    id: z.string(),
    policyIdentifier: z.string().default('RBAC'),
    scopes: names,
    authorizationDetailsTypes: names,
  }),
);

/** `AuthorizedAPIPatchModel` of the contract. */
const patchBody = jsonBody(
  z.strictObject({
    addedScopes: names,
    removedScopes: names,
    addedAuthorizationDetailsTypes: names,
    removedAuthorizationDetailsTypes: names,
  }),
);

/** `AuthorizedAPIResponse` of the contract. */
const apiAnswer = z.object({
  id: z.string(),
  identifier: z.string(),
  displayName: z.string(),
  policyId: z.string(),
  type: z.string(),
  authorizedScopes: z.array(z.object({ id: z.string(), name: z.string(), displayName: z.string() })),
  authorizedAuthorizationDetailsTypes: z.array(z.object({ id: z.string(), type: z.string(), name: z.string() })),
});

/** What an application may ask for: API resources and scopes. */
@injectable()
export class AuthorizedApiRoutes {
  constructor(
    @inject(ApplicationServiceToken) private readonly applications: ApplicationService,
    @inject(AuthorizedApiServiceToken) private readonly authorized: AuthorizedApiService,
    @inject(ApiResourcesToken) private readonly resources: ApiResources,
    @inject(AuthorizationDetailsTypeServiceToken) private readonly types: AuthorizationDetailsTypeService,
    @inject(AuditLogToken) private readonly audit: AuditLog,
  ) {}

  /** The routes, for the table of the application management API. */
  routes(): RouteDeclaration[] {
    return [this.#list(), this.#add(), this.#patch(), this.#remove()];
  }

  #list(): RouteDeclaration {
    return route({
      operationId: 'getAuthorizedAPIs',
      method: 'get',
      path,
      ...view,
      summary: 'API resources that an application is authorized for',
      response: z.array(apiAnswer),
      status: 200,
      handle: async ({ params, request }) => {
        const id = params['applicationId'] as string;
        const { orgId } = found(await this.applications.find(request.organization.id, id), request);
        const resources = new Map((await this.resources.all(orgId)).map((resource) => [resource.id, resource]));
        const types = await this.types.all(orgId);
        return (await this.authorized.of(orgId, id)).flatMap((one) => {
          const resource = resources.get(one.apiId);
          const ofApi = types.filter(({ apiId, type }) => apiId === one.apiId && one.detailsTypes?.includes(type));
          return resource ? [shown(resource, one, ofApi)] : [];
        });
      },
    });
  }

  #add(): RouteDeclaration {
    return route({
      operationId: 'addAuthorizedAPI',
      method: 'post',
      path,
      ...update,
      summary: 'Authorize an application for scopes of an API resource',
      body: creationBody,
      status: 201,
      handle: async ({ body, request }) => {
        const { id: apiId, policyIdentifier, scopes, authorizationDetailsTypes } = body;
        const policyId = policyOf(policyIdentifier);
        await this.#changing(request, async (application) => {
          const resource = await this.resources.find(application.orgId, apiId);
          if (!resource) throw applicationErrors.apiNotFound(apiId);
          if (resource.requiresAuthorization && policyId !== 'RBAC') throw applicationErrors.policyNotAllowed(policyId);
          refuseUnknown(scopes, resource);
          await this.#refuseUnknownTypes(authorizationDetailsTypes, resource, application);
          const existing = await this.authorized.of(application.orgId, application.id);
          if (existing.some((one) => one.apiId === apiId)) throw applicationErrors.apiAuthorized(apiId);
          await this.#write(application, resource, {
            apiId,
            policyId,
            scopes: [...new Set(scopes)],
            detailsTypes: [...new Set(authorizationDetailsTypes)],
          });
        });
      },
    });
  }

  #patch(): RouteDeclaration {
    return route({
      operationId: 'patchAuthorizedAPI',
      method: 'patch',
      path: `${path}/:apiId`,
      ...update,
      summary: 'Add and remove scopes of an API resource that an application is authorized for',
      body: patchBody,
      status: 200,
      handle: async ({ body, params, request }) => {
        const apiId = params['apiId'] as string;
        await this.#changing(request, async (application) => {
          const { orgId, id } = application;
          const existing = (await this.authorized.of(orgId, id)).find((one) => one.apiId === apiId);
          const resource = await this.resources.find(orgId, apiId);
          if (!existing || !resource) throw applicationErrors.apiNotAuthorized(apiId);
          refuseUnknown([...body.addedScopes, ...body.removedScopes], resource);
          const [more, fewer] = [body.addedAuthorizationDetailsTypes, body.removedAuthorizationDetailsTypes];
          await this.#refuseUnknownTypes([...more, ...fewer], resource, application);
          const scopes = changed(existing.scopes, body.addedScopes, body.removedScopes);
          const detailsTypes = changed(existing.detailsTypes ?? [], more, fewer);
          await this.#write(application, resource, { apiId, policyId: existing.policyId, scopes, detailsTypes });
        });
      },
    });
  }

  #remove(): RouteDeclaration {
    return route({
      operationId: 'deleteAuthorizedAPI',
      method: 'delete',
      path: `${path}/:apiId`,
      ...update,
      summary: 'Take the authorization for an API resource from an application; that there is none is no error',
      status: 204,
      handle: async ({ params, request }) => {
        const apiId = params['apiId'] as string;
        await this.#changing(request, async (application) => {
          const removed = await this.authorized.remove(application.orgId, application.id, apiId);
          if (removed) await this.#record(application, { removedApi: apiId });
        });
      },
    });
  }

  async #changing(request: HttpRequest, work: (application: ApplicationEntity) => Promise<void>): Promise<void> {
    const id = request.params['applicationId'] as string;
    const done = await this.applications.changing(request.organization.id, id, async (application) => {
      await work(application);
      return true;
    });
    found(done, request);
  }

  async #write(application: ApplicationEntity, resource: ApiResource, api: ApiAuthorization): Promise<void> {
    await this.authorized.authorize(application.orgId, application.id, api);
    const { policyId: policy, scopes, detailsTypes } = api;
    await this.#record(application, { authorizedApi: resource.identifier, policy, scopes, detailsTypes });
  }

  async #refuseUnknownTypes(
    types: readonly string[],
    resource: ApiResource,
    { orgId }: ApplicationEntity,
  ): Promise<void> {
    if (types.length === 0) return;
    const known = new Set((await this.types.ofApi(orgId, resource.id)).map(({ type }) => type));
    const unknown = types.find((type) => !known.has(type));
    if (unknown !== undefined) throw applicationErrors.authorizationDetailsType(unknown);
  }

  async #record({ orgId, id }: ApplicationEntity, data: Readonly<Record<string, unknown>>): Promise<void> {
    await this.audit.record({ orgId, action: 'update-application', targetId: id, targetType: 'Application', data });
  }
}

function shown(
  resource: ApiResource,
  { policyId, scopes }: Pick<ApiAuthorization, 'policyId' | 'scopes'>,
  types: z.input<typeof apiAnswer>['authorizedAuthorizationDetailsTypes'],
): z.input<typeof apiAnswer> {
  const { id, identifier, name: displayName, type } = resource;
  const authorizedScopes = resource.scopes.filter((scope) => scopes.includes(scope.name));
  const authorizedAuthorizationDetailsTypes = types.map((one) => ({ id: one.id, type: one.type, name: one.name }));
  return { id, identifier, displayName, policyId, type, authorizedScopes, authorizedAuthorizationDetailsTypes };
}

/** A list with some names more and some fewer. */
function changed(names: readonly string[], added: readonly string[], removed: readonly string[]): string[] {
  return [...new Set([...names, ...added])].filter((name) => !removed.includes(name));
}

function policyOf(written: string): 'RBAC' | 'NO_POLICY' {
  const id = written.trim().toUpperCase().replaceAll(' ', '_');
  if (id !== 'RBAC' && id !== 'NO_POLICY') throw applicationErrors.policy(written);
  return id;
}

function refuseUnknown(scopes: readonly string[], resource: ApiResource): void {
  const known = new Set(resource.scopes.map(({ name }) => name));
  const unknown = scopes.filter((name) => !known.has(name));
  if (unknown.length > 0) throw applicationErrors.scopesNotFound(unknown);
}
