import { inject, injectable } from 'tsyringe';
import { type ApiResources, ApiResourcesToken, ScopeSourcesChanged } from '#core/access';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type EventBus, EventBusToken, type Soon, token, whenThere } from '#core/kernel';
import { type OrganizationService, OrganizationServiceToken } from '#core/organizations';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
  isDuplicate,
} from '#core/persistence';
import { type OidcScopes, OidcScopesToken } from '../claims/oidc-scopes.js';
import { RegisteredScopeEntity } from './registered-scope.entity.js';
import { registeredScopeErrors } from './registered-scope-errors.js';
import { type RegisteredScope, RegisteredScopeSet } from './registered-scope-set.js';
import { isReservedScope, isScopeToken } from './scope-names.js';

/** Injection token of the registered scopes. */
export const RegisteredScopesToken = token<RegisteredScopes>('oauth.registered-scopes');

const MAX_SCOPES = 1000;

/**
 * Scopes that the root organization has registered beside those of its APIs. Users and applications get them for the
 * asking, unless the application wants the roles that they are bound to. The organizations below a root have the same
 * and cannot change them.
 */
@injectable()
export class RegisteredScopes {
  readonly #cache: ConfigurationCache<RegisteredScopeSet>;

  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(OrganizationServiceToken) private readonly organizations: OrganizationService,
    @inject(ApiResourcesToken) private readonly resources: ApiResources,
    @inject(OidcScopesToken) private readonly oidc: OidcScopes,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(EventBusToken) private readonly events: EventBus,
  ) {
    this.#cache = caches.create('registered-scope', 2000);
  }

  /** All scopes of an organization. The same object as long as nothing has changed. */
  of(orgId: string): Soon<RegisteredScopeSet> {
    return whenThere(this.organizations.byId(orgId), (organization) => {
      const root = organization?.rootId ?? orgId;
      return this.#cache.get(root, () => this.#load(root)) as Soon<RegisteredScopeSet>;
    });
  }

  /** Registers a scope. Throws ApiError 41001, 41006, 41007, 41008 when it is no good, 41004 when its name is taken. */
  async create(orgId: string, scope: RegisteredScope): Promise<void> {
    await this.#refuseInherited(orgId);
    checkName(scope.name);
    const resources = await this.resources.all(orgId);
    if (resources.some(({ scopes }) => scopes.some(({ name }) => name === scope.name)))
      throw registeredScopeErrors.exists(scope.name, 'scope of an API resource');
    try {
      await this.database.run(() => this.#create(orgId, scope));
    } catch (error) {
      // Of two that register the same scope at once, the index lets one pass.
      if (isDuplicate(error)) throw registeredScopeErrors.exists(scope.name);
      throw error;
    }
  }

  async #create(orgId: string, scope: RegisteredScope): Promise<void> {
    await this.#cache.changed();
    if ((await this.oidc.of(orgId)).has(scope.name))
      throw registeredScopeErrors.exists(scope.name, 'scope of OpenID Connect');
    const before = await this.of(orgId);
    if (before.has(scope.name)) throw registeredScopeErrors.exists(scope.name);
    if (before.all.length >= MAX_SCOPES)
      throw registeredScopeErrors.invalid(`There are ${MAX_SCOPES} registered scopes already.`);
    await this.database.manager.insert(RegisteredScopeEntity, rowOf(orgId, scope));
    await this.#noted(orgId, 'add-oauth2-scope', scope.name, { bindings: scope.bindings });
  }

  /** Replaces a scope. Throws ApiError 41003 when there is none. */
  async replace(orgId: string, scope: RegisteredScope): Promise<void> {
    await this.#refuseInherited(orgId);
    await this.database.run(async () => {
      await this.#cache.changed();
      if (!(await this.of(orgId)).has(scope.name)) throw registeredScopeErrors.notFound(scope.name);
      const { name, ...change } = rowOf(orgId, scope);
      await this.database.manager.update(RegisteredScopeEntity, { orgId, name }, change);
      await this.#noted(orgId, 'update-oauth2-scope', scope.name, { bindings: scope.bindings });
      await this.events.publish(ScopeSourcesChanged, { orgId });
    });
  }

  /** Removes a scope; tokens that have it are not good any more. Throws ApiError 41003 when there is none. */
  async remove(orgId: string, name: string): Promise<void> {
    await this.#refuseInherited(orgId);
    await this.database.run(async () => {
      await this.#cache.changed();
      if (!(await this.of(orgId)).has(name)) throw registeredScopeErrors.notFound(name);
      await this.database.manager.delete(RegisteredScopeEntity, { orgId, name });
      await this.#noted(orgId, 'delete-oauth2-scope', name);
      await this.events.publish(ScopeSourcesChanged, { orgId });
    });
  }

  async #load(orgId: string): Promise<RegisteredScopeSet> {
    const rows = await this.database.manager.find(RegisteredScopeEntity, { where: { orgId }, order: { name: 'ASC' } });
    return new RegisteredScopeSet(
      rows.map(({ name, displayName, description, bindings }) => ({ name, displayName, description, bindings })),
    );
  }

  async #refuseInherited(orgId: string): Promise<void> {
    const root = (await this.organizations.byId(orgId))?.rootId ?? orgId;
    if (root !== orgId) throw registeredScopeErrors.inherited();
  }

  /** Within a unit of work that began with the change of the cache: from there on nobody else changes scopes. */
  async #noted(orgId: string, action: string, targetId: string, data: Record<string, unknown> = {}): Promise<void> {
    await this.audit.record({ orgId, action, targetId, targetType: 'OAuth2Scope', data });
  }
}

function checkName(name: string): void {
  if (name === '') throw registeredScopeErrors.noName();
  if (/\s/.test(name)) throw registeredScopeErrors.whitespace();
  if (!isScopeToken(name))
    throw registeredScopeErrors.invalid(
      'name: it has 1 to 191 printable ASCII characters without quotes, backslashes.',
    );
  if (isReservedScope(name)) throw registeredScopeErrors.reserved(name);
}

const rowOf = (orgId: string, { name, displayName, description, bindings }: RegisteredScope) => ({
  orgId,
  name,
  displayName,
  description,
  bindings: [...new Set(bindings)],
});
