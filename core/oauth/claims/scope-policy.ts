import { inject, injectable } from 'tsyringe';
import {
  type AuthorizedApiService,
  AuthorizedApiServiceToken,
  type RoleService,
  RoleServiceToken,
  scopesOf,
} from '#core/access';
import { token } from '#core/kernel';
import type { User } from '#core/users';
import type { OAuthClient } from '../clients/client.service.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import type { OidcScopeSet } from './oidc-scope-set.js';
import { type OidcScopes, OidcScopesToken } from './oidc-scopes.js';
import { isFederated, type Person } from './person.js';

/** Injection token of the scope policy. */
export const ScopePolicyToken = token<ScopePolicy>('oauth.scope-policy');

/** Scopes that an application on its own never gets. */
const forUsersOnly = new Set(['openid', 'internal_login']);

/** Decides which of the scopes that were asked for are granted. What is not is silently left out (RFC 6749 §3.3). */
@injectable()
export class ScopePolicy {
  constructor(
    @inject(AuthorizedApiServiceToken) private readonly apis: AuthorizedApiService,
    @inject(RoleServiceToken) private readonly roles: RoleService,
    @inject(OidcScopesToken) private readonly oidc: OidcScopes,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** @param person undefined: the application acts for itself */
  async grant(client: OAuthClient, person: Person | undefined, requested: readonly string[]): Promise<string[]> {
    const oidc = await this.oidc.of(client.application.orgId);
    const wanted = [...new Set(requested)].filter(
      (scope) => person !== undefined || !(forUsersOnly.has(scope) || oidc.has(scope)),
    );
    const others = wanted.filter((scope) => !this.#free(oidc, scope));
    if (others.length === 0) return wanted;
    const granted = await this.#authorized(client, person, others);
    return wanted.filter((scope) => this.#free(oidc, scope) || granted.has(scope));
  }

  #free(oidc: OidcScopeSet, scope: string): boolean {
    return oidc.has(scope) || this.options.allowedScopes.some((pattern) => pattern.test(scope));
  }

  async #authorized(client: OAuthClient, person: Person | undefined, scopes: readonly string[]): Promise<Set<string>> {
    const { orgId, id } = client.application;
    const granted = new Set<string>();
    let byRole: ReadonlySet<string> | undefined;
    for (const api of await this.apis.of(orgId, id)) {
      const named = scopes.filter((scope) => api.scopes.includes(scope));
      if (named.length === 0) continue;
      if (person === undefined || api.policyId === 'NO_POLICY') for (const scope of named) granted.add(scope);
      else {
        // A user of another server has no roles here.
        byRole ??= isFederated(person) ? new Set() : await this.#scopesByRole(client, person);
        for (const scope of named) if (byRole.has(scope)) granted.add(scope);
      }
    }
    return granted;
  }

  async #scopesByRole(client: OAuthClient, user: User): Promise<ReadonlySet<string>> {
    const { allowedAudience } = client.application.settings.associatedRoles;
    if (allowedAudience === 'APPLICATION')
      return scopesOf(await this.roles.rolesOf(user, { type: 'application', id: client.application.id }));
    return scopesOf(await this.roles.rolesOf(user, { type: 'organization', id: user.orgId }));
  }
}

/** Splits a scope parameter (RFC 6749 §3.3); each scope once. */
export const splitScopes = (value: string | undefined): string[] => [
  ...new Set((value ?? '').split(' ').filter((scope) => scope !== '')),
];
