import { inject, injectable } from 'tsyringe';
import { token } from '#core/kernel';
import { type OrganizationService, OrganizationServiceToken } from '#core/organizations';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
} from '#core/persistence';
import { ApiResourceEntity, ApiScopeEntity } from './api-resource.entities.js';
import { type ApiResource, SystemApiResourcesToken } from './api-resource-model.js';

/** Injection token of the API resources. */
export const ApiResourcesToken = token<ApiResources>('access.api-resources');

/**
 * API resources that organizations can use: those of the server itself, which ship with it and are the same everywhere,
 * and those that the root organization has made.
 */
@injectable()
export class ApiResources {
  readonly #cache: ConfigurationCache<readonly ApiResource[]>;
  readonly #system: ReadonlyMap<string, ApiResource>;

  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(OrganizationServiceToken) private readonly organizations: OrganizationService,
    @inject(SystemApiResourcesToken) system: readonly ApiResource[],
  ) {
    this.#cache = caches.create('api-resource', 1000);
    this.#system = new Map(system.map((resource) => [resource.id, resource]));
  }

  /** An API resource that the organization can use. */
  async find(orgId: string, id: string): Promise<ApiResource | undefined> {
    return this.#system.get(id) ?? (await this.own(orgId)).find((resource) => resource.id === id);
  }

  /** All API resources that the organization can use. */
  async all(orgId: string): Promise<readonly ApiResource[]> {
    return [...this.#system.values(), ...(await this.own(orgId))];
  }

  /** Those that the root organization has made, in the order of names. */
  async own(orgId: string): Promise<readonly ApiResource[]> {
    const root = await this.rootOf(orgId);
    return (await this.#cache.get(root, () => this.#load(root))) ?? [];
  }

  /** The organization whose API resources another one has. */
  async rootOf(orgId: string): Promise<string> {
    return (await this.organizations.byId(orgId))?.rootId ?? orgId;
  }

  /** Call inside the unit of work that changes API resources. */
  changed(): Promise<void> {
    return this.#cache.changed();
  }

  async #load(orgId: string): Promise<readonly ApiResource[]> {
    const { manager } = this.database;
    const rows = await manager.find(ApiResourceEntity, { where: { orgId }, order: { name: 'ASC', id: 'ASC' } });
    const scopes = await manager.find(ApiScopeEntity, { where: { orgId }, order: { name: 'ASC' } });
    return rows.map(({ id, identifier, name, description, type, requiresAuthorization }) => ({
      id,
      identifier,
      name,
      description: description ?? undefined,
      type,
      requiresAuthorization: requiresAuthorization === 1,
      scopes: scopes
        .filter((scope) => scope.apiId === id)
        .map((scope) => ({
          id: scope.id,
          name: scope.name,
          displayName: scope.displayName,
          description: scope.description ?? undefined,
        })),
    }));
  }
}
