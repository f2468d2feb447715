import { ScopeMeanings } from '#core/access';
import { Routes } from '#core/http';
import type { SetupContext } from '#core/kernel';
import { ShippedConfigToken } from '#core/persistence';
import { ShippedScopesToken, shippedScopes } from './oidc-scope-set.js';
import { OidcScopes, OidcScopesToken } from './oidc-scopes.js';
import { oidcScopeRoutes } from './oidc-scopes.routes.js';

/** Sets up the scopes that stand for claims, and their API. */
export function setUpOidcScopes({ container, contribute }: SetupContext<unknown>): void {
  container.provideLazily(ShippedScopesToken, (c) => shippedScopes(c.get(ShippedConfigToken)));
  container.provide(OidcScopesToken, OidcScopes);
  const scopes = container.get(OidcScopesToken);
  const means = async (orgId: string, name: string) => (await scopes.of(orgId)).has(name);
  contribute(ScopeMeanings, 'openid-connect', { means });
  contribute(Routes, 'oidc-scopes', oidcScopeRoutes(scopes));
}
