import { inject, injectable } from 'tsyringe';
import { IsNull } from 'typeorm';
import { type ApiResources, ApiResourcesToken } from '#core/access';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type Soon, token, whenThere } from '#core/kernel';
import { type OrganizationService, OrganizationServiceToken } from '#core/organizations';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
  isDuplicate,
} from '#core/persistence';
import { type ClaimCatalog, ClaimCatalogToken } from '#core/users';
import { RegisteredScopeEntity } from '../scopes/registered-scope.entity.js';
import { isReservedScope, isScopeToken } from '../scopes/scope-names.js';
import { OidcScopeEntity } from './oidc-scope.entity.js';
import { oidcScopeErrors } from './oidc-scope-errors.js';
import { type OidcScope, OidcScopeSet, ShippedScopesToken } from './oidc-scope-set.js';

/** Injection token of the OpenID Connect scopes. */
export const OidcScopesToken = token<OidcScopes>('oauth.oidc-scopes');

const MAX_SCOPES = 500;

/**
 * Scopes that stand for claims: what ships, as the root organization has changed it, and what it has made. The
 * organizations below a root have the same and cannot change them.
 */
@injectable()
export class OidcScopes {
  readonly #cache: ConfigurationCache<OidcScopeSet>;

  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(OrganizationServiceToken) private readonly organizations: OrganizationService,
    @inject(ApiResourcesToken) private readonly resources: ApiResources,
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ShippedScopesToken) private readonly shipped: readonly OidcScope[],
  ) {
    this.#cache = caches.create('oidc-scope', 2000);
  }

  /** All scopes of an organization. The same object as long as nothing has changed. */
  of(orgId: string): Soon<OidcScopeSet> {
    return whenThere(this.organizations.byId(orgId), (organization) => {
      const root = organization?.rootId ?? orgId;
      return this.#cache.get(root, () => this.#load(root)) as Soon<OidcScopeSet>;
    });
  }

  /** Adds a scope. Throws ApiError: OAUTH-60001 when it is no good, OAUTH-41004 when it is there. */
  async create(orgId: string, scope: OidcScope): Promise<void> {
    await this.#refuseInherited(orgId);
    await this.#check(orgId, scope);
    const resources = await this.resources.all(orgId);
    if (resources.some(({ scopes }) => scopes.some(({ name }) => name === scope.name)))
      throw oidcScopeErrors.invalid(`name: ${scope.name} is a scope of an API resource.`);
    try {
      await this.database.run(() => this.#create(orgId, scope));
    } catch (error) {
      // Of two that add the same scope at once, the index lets one pass.
      if (isDuplicate(error)) throw oidcScopeErrors.exists(scope.name);
      throw error;
    }
  }

  async #create(orgId: string, scope: OidcScope): Promise<void> {
    await this.#cache.changed();
    const before = await this.of(orgId);
    if (before.has(scope.name)) throw oidcScopeErrors.exists(scope.name);
    if (await this.database.manager.existsBy(RegisteredScopeEntity, { orgId, name: scope.name }))
      throw oidcScopeErrors.invalid(`name: ${scope.name} is a registered scope, of /api/identity/oauth2/v1.0/scopes.`);
    if (before.names.length >= MAX_SCOPES) throw oidcScopeErrors.invalid(`There are ${MAX_SCOPES} scopes already.`);
    // A shipped one that was removed has a row that says so.
    const removed = { orgId, name: scope.name, claims: IsNull() };
    const { affected } = await this.database.manager.update(OidcScopeEntity, removed, rowOf(orgId, scope));
    if (affected !== 1) await this.database.manager.insert(OidcScopeEntity, rowOf(orgId, scope) as never);
    await this.#noted(orgId, 'add-oidc-scope', scope.name, { claims: scope.claims });
  }

  /** Replaces a scope. Throws ApiError: OAUTH-60001 when it is no good, OAUTH-41003 when there is none. */
  async replace(orgId: string, scope: OidcScope): Promise<void> {
    await this.#refuseInherited(orgId);
    if (!(await this.of(orgId)).has(scope.name)) throw oidcScopeErrors.notFound(scope.name);
    await this.#check(orgId, scope);
    await this.database.run(async () => {
      await this.#cache.changed();
      if (!(await this.of(orgId)).has(scope.name)) throw oidcScopeErrors.notFound(scope.name);
      await this.#write(orgId, scope);
      await this.#noted(orgId, 'update-oidc-scope', scope.name, { claims: scope.claims });
    });
  }

  /** Removes a scope; that there is none is no error. Throws ApiError OAUTH-60001 for `openid`. */
  async remove(orgId: string, name: string): Promise<void> {
    await this.#refuseInherited(orgId);
    if (name === 'openid') throw oidcScopeErrors.invalid('The scope openid cannot be removed: it is what signs in.');
    await this.database.run(async () => {
      await this.#cache.changed();
      if (!(await this.of(orgId)).has(name)) return;
      const base = this.shipped.find((scope) => scope.name === name);
      if (base) await this.database.manager.save(OidcScopeEntity, { ...rowOf(orgId, base), claims: null });
      else await this.database.manager.delete(OidcScopeEntity, { orgId, name });
      await this.#noted(orgId, 'delete-oidc-scope', name);
    });
  }

  async #load(orgId: string): Promise<OidcScopeSet> {
    const rows = await this.database.manager.find(OidcScopeEntity, { where: { orgId }, order: { name: 'ASC' } });
    const scopes = new Map(this.shipped.map((scope) => [scope.name, scope]));
    for (const { name, displayName, description, claims } of rows)
      if (claims) scopes.set(name, { name, displayName, description, claims });
      else scopes.delete(name);
    return new OidcScopeSet([...scopes.values()]);
  }

  async #write(orgId: string, scope: OidcScope): Promise<void> {
    await this.database.manager.save(OidcScopeEntity, rowOf(orgId, scope));
  }

  async #refuseInherited(orgId: string): Promise<void> {
    const root = (await this.organizations.byId(orgId))?.rootId ?? orgId;
    if (root !== orgId) throw oidcScopeErrors.inherited();
  }

  async #check(orgId: string, { name, claims }: OidcScope): Promise<void> {
    if (!isScopeToken(name))
      throw oidcScopeErrors.invalid(
        'name: it has 1 to 191 printable ASCII characters without spaces, quotes and backslashes.',
      );
    if (isReservedScope(name)) throw oidcScopeErrors.invalid(`name: ${name} is reserved for the APIs of the server.`);
    const { oidcNames } = await this.catalog.of(orgId);
    const known = new Set([...oidcNames, ...this.shipped.flatMap((scope) => scope.claims)]);
    const unknown = claims.filter((claim) => !known.has(claim));
    if (unknown.length > 0)
      throw oidcScopeErrors.invalid(`claims: there are no OpenID Connect claims ${unknown.slice(0, 5).join(', ')}.`);
  }

  /** Within a unit of work that began with the change of the cache: from there on nobody else changes scopes. */
  async #noted(orgId: string, action: string, targetId: string, data: Record<string, unknown> = {}): Promise<void> {
    await this.audit.record({ orgId, action, targetId, targetType: 'OidcScope', data });
  }
}

const rowOf = (orgId: string, { claims, ...scope }: OidcScope) => ({
  orgId,
  ...scope,
  claims: [...new Set(claims)],
});
