import { inject, injectable } from 'tsyringe';
import { type EventBus, EventBusToken, token } from '#core/kernel';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
} from '#core/persistence';
import { type ApiResource, SystemApiResourcesToken } from './api-resource-model.js';
import { consoleIdOf } from './console-roles.js';
import { AuthorizedApiEntity } from './entities.js';
import { ScopeSourcesChanged } from './events.js';

/** Injection token of the authorized APIs. */
export const AuthorizedApiServiceToken = token<AuthorizedApiService>('access.authorized-apis');

/** What an application may ask of an API resource. */
export interface ApiAuthorization {
  readonly apiId: string;
  readonly policyId: 'RBAC' | 'NO_POLICY';
  readonly scopes: readonly string[];
  /** Types of authorization details; none when absent. */
  readonly detailsTypes?: readonly string[];
}

/** Which scopes of which API resources an application may ask for. */
@injectable()
export class AuthorizedApiService {
  readonly #cache: ConfigurationCache<AuthorizedApiEntity[]>;

  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(EventBusToken) private readonly events: EventBus,
    @inject(SystemApiResourcesToken) private readonly system: readonly ApiResource[],
  ) {
    this.#cache = caches.create('authorized-api', 2000);
  }

  /** What an application may ask for: the console for all that the server itself offers, by the roles of its users. */
  async of(orgId: string, appId: string): Promise<readonly AuthorizedApiEntity[]> {
    const load = async () =>
      appId === consoleIdOf(orgId)
        ? this.#ofConsole(orgId, appId)
        : this.database.manager.findBy(AuthorizedApiEntity, { orgId, appId });
    return (await this.#cache.get(`${orgId}:${appId}`, load)) ?? [];
  }

  /** Allows scopes of an API resource, in place of those allowed before. */
  async authorize(
    orgId: string,
    appId: string,
    { apiId, policyId, scopes, detailsTypes }: ApiAuthorization,
  ): Promise<void> {
    await this.database.run(async () => {
      // First of all: from here on nobody else changes them.
      await this.#cache.changed();
      const before = await this.database.manager.findOneBy(AuthorizedApiEntity, { orgId, appId, apiId });
      const row = { orgId, appId, apiId, policyId, scopes: [...scopes], detailsTypes: [...(detailsTypes ?? [])] };
      await this.database.manager.save(AuthorizedApiEntity, row);
      const isLess = before?.policyId !== policyId || before.scopes.some((scope) => !scopes.includes(scope));
      if (before && isLess) await this.events.publish(ScopeSourcesChanged, { orgId });
    });
  }

  /** Takes an API resource away, or all of them. Returns whether there was any. */
  async remove(orgId: string, appId: string, apiId?: string): Promise<boolean> {
    return this.database.run(async () => {
      const which = { orgId, appId, ...(apiId === undefined ? {} : { apiId }) };
      const removed = await this.database.manager.countBy(AuthorizedApiEntity, which);
      await this.database.manager.delete(AuthorizedApiEntity, which);
      await this.#cache.changed();
      if (removed > 0) await this.events.publish(ScopeSourcesChanged, { orgId });
      return removed > 0;
    });
  }

  /** Applications of an organization that may ask for something of an API resource. */
  async applicationsOf(orgId: string, apiId: string): Promise<string[]> {
    const rows = await this.database.manager.findBy(AuthorizedApiEntity, { orgId, apiId });
    return rows.map(({ appId }) => appId);
  }

  /** Takes scopes of an API resource from all applications; called in the unit of work that removes the scopes. */
  async removeScopes(apiId: string, names: readonly string[]): Promise<void> {
    const rows = await this.database.manager.findBy(AuthorizedApiEntity, { apiId });
    const losing = rows.filter(({ scopes }) => scopes.some((name) => names.includes(name)));
    for (const row of losing) {
      const scopes = row.scopes.filter((name) => !names.includes(name));
      await this.database.manager.update(AuthorizedApiEntity, { appId: row.appId, apiId }, { scopes });
    }
    await this.#taken(losing);
  }

  /** Takes an API resource from all applications; called in the unit of work that removes it. */
  async removeApi(apiId: string): Promise<void> {
    const rows = await this.database.manager.findBy(AuthorizedApiEntity, { apiId });
    await this.database.manager.delete(AuthorizedApiEntity, { apiId });
    await this.#taken(rows);
  }

  #ofConsole(orgId: string, appId: string): AuthorizedApiEntity[] {
    return this.system.map(({ id: apiId, scopes }) => {
      const row = { orgId, appId, apiId, policyId: 'RBAC' as const, detailsTypes: null };
      return Object.assign(new AuthorizedApiEntity(), row, { scopes: scopes.map(({ name }) => name) });
    });
  }

  async #taken(rows: readonly AuthorizedApiEntity[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#cache.changed();
    for (const orgId of new Set(rows.map((row) => row.orgId)))
      await this.events.publish(ScopeSourcesChanged, { orgId });
  }
}
