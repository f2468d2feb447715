import { ScopeMeanings } from '#core/access';
import { Routes } from '#core/http';
import type { SetupContext } from '#core/kernel';
import { OidcScopesToken } from '../claims/oidc-scopes.js';
import { RegisteredScopes, RegisteredScopesToken } from './registered-scopes.js';
import { registeredScopeRoutes } from './registered-scopes.routes.js';

/** Sets up the scopes that organizations register beside those of their APIs, and their API. */
export function setUpRegisteredScopes({ container, contribute }: SetupContext<unknown>): void {
  container.provide(RegisteredScopesToken, RegisteredScopes);
  const scopes = container.get(RegisteredScopesToken);
  const means = async (orgId: string, name: string) => (await scopes.of(orgId)).has(name);
  contribute(ScopeMeanings, 'registered', { means });
  contribute(Routes, 'oauth2-scopes', registeredScopeRoutes({ scopes, oidc: container.get(OidcScopesToken) }));
}
