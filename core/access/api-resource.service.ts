import { inject, injectable } from 'tsyringe';
import { In } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type Registry, token } from '#core/kernel';
import { type Database, DatabaseToken, isDuplicate } from '#core/persistence';
import { ApiResourceEntity, ApiScopeEntity } from './api-resource.entities.js';
import { apiResourceErrors } from './api-resource-errors.js';
import type { ApiResource, ApiScope } from './api-resource-model.js';
import { type ApiResources, ApiResourcesToken } from './api-resources.js';
import {
  type AuthorizationDetailsTypeService,
  AuthorizationDetailsTypeServiceToken,
} from './authorization-details-types.js';
import { type AuthorizedApiService, AuthorizedApiServiceToken } from './authorized-api.service.js';
import { type RoleService, RoleServiceToken } from './role.service.js';
import { type ScopeMeaning, ScopeMeaningsToken } from './scope-meanings.js';

/** Injection token of the changes of API resources. */
export const ApiResourceServiceToken = token<ApiResourceService>('access.api-resource-service');

/** A scope to be. */
export type NewApiScope = Omit<ApiScope, 'id'>;
/** An API resource to be. */
export type NewApiResource = Omit<ApiResource, 'id' | 'type' | 'scopes'> & {
  readonly type: Exclude<ApiResource['type'], 'SYSTEM'>;
  readonly scopes: readonly NewApiScope[];
};

/** What can be changed of an API resource; what is undefined stays. */
export interface ApiResourceChange {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** To be added. */
  readonly scopes?: readonly NewApiScope[];
}

const MAX_RESOURCES = 1000;
const MAX_SCOPES = 500;
/** RFC 6749 §3.3, `scope-token`. */
const tokenPattern = /^[\x21\x23-\x5b\x5d-\x7e]{1,191}$/;
/** Scopes of the management APIs. */
const restricted = /^(internal_|console:|SYSTEM$)/;

/** Changes API resources of organizations. What is taken from one is taken from applications, roles and tokens with it. */
@injectable()
export class ApiResourceService {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ApiResourcesToken) private readonly resources: ApiResources,
    @inject(AuthorizedApiServiceToken) private readonly authorized: AuthorizedApiService,
    @inject(AuthorizationDetailsTypeServiceToken) private readonly types: AuthorizationDetailsTypeService,
    @inject(RoleServiceToken) private readonly roles: RoleService,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ScopeMeaningsToken) private readonly meanings: Registry<ScopeMeaning>,
  ) {}

  /**
   * Makes an API resource and returns its id.
   *
   * @param within further work of the same unit
   * @throws ApiError of `apiResourceErrors`
   */
  async create(orgId: string, given: NewApiResource, within: (id: string) => Promise<void>): Promise<string> {
    if ((await this.resources.rootOf(orgId)) !== orgId) throw apiResourceErrors.readOnly();
    await this.#checkScopes(orgId, given.scopes);
    const { identifier, name, description = null, type, requiresAuthorization, scopes } = given;
    const id = uuid();
    await this.#unlessTaken(orgId, scopes, identifier, async () => {
      const all = await this.resources.all(orgId);
      if (all.length >= MAX_RESOURCES) throw apiResourceErrors.limit(MAX_RESOURCES);
      if (all.some((resource) => resource.identifier === identifier)) throw apiResourceErrors.exists(identifier);
      const row = { id, orgId, identifier, name, description, type };
      const more = { requiresAuthorization: requiresAuthorization ? 1 : 0 };
      await this.database.manager.insert(ApiResourceEntity, { ...row, ...more });
      await this.#insert(orgId, id, scopes);
      await within(id);
      await this.#noted(orgId, id, 'add-api-resource', { identifier, scopes: scopes.map((scope) => scope.name) });
    });
    return id;
  }

  /**
   * An API resource that can be changed.
   *
   * @throws ApiError API-RESOURCE-60002 when there is none, API-RESOURCE-60012 when it cannot be changed
   */
  async changeable(orgId: string, id: string): Promise<ApiResource> {
    const resource = await this.resources.find(orgId, id);
    if (!resource) throw apiResourceErrors.notFound(id);
    if (resource.type === 'SYSTEM' || (await this.resources.rootOf(orgId)) !== orgId)
      throw apiResourceErrors.readOnly();
    return resource;
  }

  /** Changes names and adds scopes. @param within further work of the same unit */
  async update(
    orgId: string,
    id: string,
    change: ApiResourceChange,
    within: () => Promise<void> = async () => {},
  ): Promise<void> {
    const { name, description, scopes = [] } = change;
    const resource = await this.changeable(orgId, id);
    await this.#checkScopes(orgId, scopes);
    if (resource.scopes.length + scopes.length > MAX_SCOPES) throw apiResourceErrors.limit(MAX_SCOPES);
    await this.#unlessTaken(orgId, scopes, resource.identifier, async () => {
      await this.changeable(orgId, id);
      const named = { ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }) };
      if (Object.keys(named).length > 0) await this.database.manager.update(ApiResourceEntity, { orgId, id }, named);
      await this.#insert(orgId, id, scopes);
      await within();
      await this.#noted(orgId, id, 'update-api-resource', { ...named, added: scopes.map((scope) => scope.name) });
    });
  }

  /** Gives an API resource these scopes in place of those it had; one that stays keeps its id. */
  async replaceScopes(orgId: string, id: string, scopes: readonly NewApiScope[]): Promise<void> {
    const resource = await this.changeable(orgId, id);
    await this.#checkScopes(orgId, scopes);
    if (scopes.length > MAX_SCOPES) throw apiResourceErrors.limit(MAX_SCOPES);
    await this.#unlessTaken(orgId, scopes, resource.identifier, async () => {
      const before = new Set((await this.changeable(orgId, id)).scopes.map(({ name }) => name));
      const wanted = new Set(scopes.map(({ name }) => name));
      await this.#remove(
        orgId,
        id,
        [...before].filter((name) => !wanted.has(name)),
      );
      await this.#insert(
        orgId,
        id,
        scopes.filter(({ name }) => !before.has(name)),
      );
      for (const { name, ...texts } of scopes.filter((scope) => before.has(scope.name)))
        await this.database.manager.update(ApiScopeEntity, { orgId, apiId: id, name }, textsOf(texts));
      await this.#noted(orgId, id, 'update-api-resource', { scopes: [...wanted] });
    });
  }

  /** Changes what a scope is called. Throws ApiError API-RESOURCE-60002 when the API resource has no such scope. */
  async updateScope(
    orgId: string,
    id: string,
    scope: ApiScope | undefined,
    texts: { readonly displayName?: string | undefined; readonly description?: string | undefined },
  ): Promise<void> {
    await this.changeable(orgId, id);
    if (!scope) throw apiResourceErrors.scopeNotFound('of this name or id');
    const change = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined));
    if (Object.keys(change).length === 0) return;
    await this.database.run(async () => {
      await this.database.manager.update(ApiScopeEntity, { orgId, id: scope.id }, change);
      await this.#noted(orgId, id, 'update-api-resource', { scope: scope.name });
    });
  }

  /** Removes a scope: applications and roles lose it, and tokens with it are not good any more. */
  async removeScope(orgId: string, id: string, scope: ApiScope | undefined): Promise<void> {
    await this.changeable(orgId, id);
    if (!scope) return;
    await this.database.run(async () => {
      await this.#remove(orgId, id, [scope.name]);
      await this.#noted(orgId, id, 'update-api-resource', { removed: [scope.name] });
    });
  }

  /** Removes an API resource with all that depends on it; that there is none is no error. */
  async delete(orgId: string, id: string): Promise<void> {
    if (!(await this.resources.find(orgId, id))) return;
    const { identifier, scopes } = await this.changeable(orgId, id);
    await this.database.run(async () => {
      await this.#remove(
        orgId,
        id,
        scopes.map(({ name }) => name),
      );
      await this.authorized.removeApi(id);
      await this.types.remove(orgId, id);
      await this.database.manager.delete(ApiScopeEntity, { orgId, apiId: id });
      await this.database.manager.delete(ApiResourceEntity, { orgId, id });
      await this.#noted(orgId, id, 'delete-api-resource', { identifier });
    });
  }

  async #remove(orgId: string, apiId: string, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await this.authorized.removeScopes(apiId, names);
    await this.roles.dropPermissions(orgId, names);
    await this.database.manager.delete(ApiScopeEntity, { orgId, apiId, name: In([...names]) });
  }

  async #insert(orgId: string, apiId: string, scopes: readonly NewApiScope[]): Promise<void> {
    for (const { name, ...texts } of scopes)
      await this.database.manager.insert(ApiScopeEntity, { id: uuid(), orgId, apiId, name, ...textsOf(texts) });
  }

  async #checkScopes(orgId: string, scopes: readonly NewApiScope[]): Promise<void> {
    const names = new Set<string>();
    for (const { name } of scopes) {
      if (!tokenPattern.test(name)) throw apiResourceErrors.scopeName(name.slice(0, 191));
      if (restricted.test(name)) throw apiResourceErrors.restrictedScope(name);
      for (const meaning of this.meanings.all())
        if (await meaning.means(orgId, name)) throw apiResourceErrors.oidcScope(name);
      if (names.has(name)) throw apiResourceErrors.scopeExists([name]);
      names.add(name);
    }
  }

  /** Runs a unit of work. Of two that take the same identifier or scope at once, the indexes let one pass. */
  async #unlessTaken(
    orgId: string,
    scopes: readonly NewApiScope[],
    identifier: string,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await this.database.run(work);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      const names = scopes.map(({ name }) => name);
      const taken =
        names.length === 0 ? [] : await this.database.manager.findBy(ApiScopeEntity, { orgId, name: In(names) });
      throw taken.length > 0
        ? apiResourceErrors.scopeExists(taken.map(({ name }) => name))
        : apiResourceErrors.exists(identifier);
    }
  }

  async #noted(orgId: string, targetId: string, action: string, data: Record<string, unknown>): Promise<void> {
    await this.audit.record({ orgId, action, targetId, targetType: 'ApiResource', data });
    await this.resources.changed();
  }
}

const textsOf = ({ displayName, description }: Omit<NewApiScope, 'name'>) => ({
  displayName,
  description: description ?? null,
});
