import { inject, injectable } from 'tsyringe';
import {
  type ApiResources,
  ApiResourcesToken,
  type AuthorizedApiService,
  AuthorizedApiServiceToken,
  type RoleEntity,
  type RoleService,
  RoleServiceToken,
  scopesOf,
} from '#core/access';
import { type Connections, ConnectionsToken } from '#core/connections';
import { type Soon, token, whenThere } from '#core/kernel';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { ROLE_VALIDATOR } from '../scopes/registered-scope-set.js';
import { type RegisteredScopes, RegisteredScopesToken } from '../scopes/registered-scopes.js';
import type { OidcScopeSet } from './oidc-scope-set.js';
import { type OidcScopes, OidcScopesToken } from './oidc-scopes.js';
import { isFederated, type Person } from './person.js';
import { type OidcUserClaims, OidcUserClaimsToken } from './user-claims.js';

/** Injection token of the scope policy. */
export const ScopePolicyToken = token<ScopePolicy>('oauth.scope-policy');

/** Scopes that an application on its own never gets, and users get for the asking. */
const LOGIN = 'internal_login';
/** Stands for all scopes of the management APIs that the application may ask for. */
const SYSTEM = 'SYSTEM';
const systemScope = /^(internal_|console:)/;
/** Only the way of impersonation gives it, which does not ask here. */
const IMPERSONATION = 'internal_user_impersonate';

/** Decides which of the scopes that were asked for are granted. What is not is silently left out (RFC 6749 §3.3). */
@injectable()
export class ScopePolicy {
  constructor(
    @inject(AuthorizedApiServiceToken) private readonly apis: AuthorizedApiService,
    @inject(ApiResourcesToken) private readonly resources: ApiResources,
    @inject(RoleServiceToken) private readonly roles: RoleService,
    @inject(OidcScopesToken) private readonly oidc: OidcScopes,
    @inject(OidcUserClaimsToken) private readonly claims: OidcUserClaims,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
    @inject(ConnectionsToken) private readonly connections: Connections,
    @inject(RegisteredScopesToken) private readonly registered: RegisteredScopes,
  ) {}

  /**
   * The scopes that are granted, in the order of the request.
   *
   * @param person undefined: the application acts for itself
   * @throws OAuthError `invalid_scope` for a scope that nobody has registered, where the operator wants that
   */
  grant(client: OAuthClient, person: Person | undefined, requested: readonly string[]): Soon<string[]> {
    return whenThere(this.#expanded(client, requested), (asked) =>
      asked.length === 0 ? asked : this.#grant(client, person, asked),
    );
  }

  async #grant(client: OAuthClient, person: Person | undefined, asked: readonly string[]): Promise<string[]> {
    const oidc = await this.oidc.of(client.application.orgId);
    const { restricted_scopes, drop_unregistered_scopes } = this.options;
    if (!drop_unregistered_scopes) await this.#refuseUnregistered(client, oidc, asked);
    const wanted = asked.filter((scope) => scope !== IMPERSONATION && !restricted_scopes.includes(scope));
    const free = await this.#free(client, oidc, person, wanted);
    const others = wanted.filter((scope) => !free.has(scope) && this.#hasToBeGranted(oidc, scope));
    if (others.length === 0) return wanted.filter((scope) => free.has(scope));
    const granted = await this.#authorized(client, person, others);
    return wanted.filter((scope) => free.has(scope) || granted.has(scope));
  }

  /** Whether all of the scopes, once granted, would be granted still. */
  async allows(client: OAuthClient, person: Person | undefined, scopes: readonly string[]): Promise<boolean> {
    const oidc = await this.oidc.of(client.application.orgId);
    const others = scopes.filter((scope) => scope !== IMPERSONATION && this.#hasToBeGranted(oidc, scope));
    if (others.length === 0) return true;
    const granted = await this.#authorized(client, person, others);
    return others.every((scope) => granted.has(scope));
  }

  /** What a request without scopes asks for, and what {@link SYSTEM} stands for. */
  #expanded(client: OAuthClient, requested: readonly string[]): Soon<string[]> {
    const { default_requested_scopes: usual, use_app_authorized_scopes_as_default: all } = this.options;
    if (requested.length === 0) return usual.length > 0 || !all ? [...new Set(usual)] : this.#ofClient(client);
    return requested.includes(SYSTEM) ? this.#withSystem(client, requested) : [...new Set(requested)];
  }

  async #withSystem(client: OAuthClient, requested: readonly string[]): Promise<string[]> {
    const system = (await this.#ofClient(client)).filter((scope) => systemScope.test(scope));
    return [...new Set(requested.flatMap((scope) => (scope === SYSTEM ? system : [scope])))];
  }

  /** All scopes of APIs that the application may ask for. */
  async #ofClient({ application }: OAuthClient): Promise<string[]> {
    const apis = await this.apis.of(application.orgId, application.id);
    return [...new Set(apis.flatMap((api) => api.scopes))];
  }

  async #refuseUnregistered(client: OAuthClient, oidc: OidcScopeSet, asked: readonly string[]): Promise<void> {
    const unknown = asked.filter((scope) => this.#hasToBeGranted(oidc, scope));
    if (unknown.length === 0) return;
    const resources = await this.resources.all(client.application.orgId);
    const known = new Set(resources.flatMap((resource) => resource.scopes.map(({ name }) => name)));
    for (const scope of await this.#ofClient(client)) known.add(scope);
    const registered = await this.registered.of(client.application.orgId);
    if (unknown.some((scope) => !known.has(scope) && !registered.has(scope)))
      throw new OAuthError('invalid_scope', 'Invalid Scope!');
  }

  /** Whether a scope is one of an API or a registered one, which has to be granted. */
  #hasToBeGranted(oidc: OidcScopeSet, scope: string): boolean {
    if (scope === LOGIN || oidc.has(scope)) return false;
    return !this.options.allowedScopes.some((pattern) => pattern.test(scope));
  }

  /** Those of the scopes that are had for the asking. */
  async #free(
    client: OAuthClient,
    oidc: OidcScopeSet,
    person: Person | undefined,
    scopes: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const free = new Set<string>();
    for (const scope of scopes) {
      if (this.#hasToBeGranted(oidc, scope)) continue;
      const isForUsers = scope === LOGIN || oidc.has(scope);
      if (isForUsers && person === undefined) continue;
      const isPlain = scope === 'openid' || !oidc.has(scope) || !this.options.drop_unrequested_oidc_scopes;
      if (isPlain || (await this.claims.requested(client, [scope])).length > 0) free.add(scope);
    }
    return free;
  }

  async #authorized(client: OAuthClient, person: Person | undefined, scopes: readonly string[]): Promise<Set<string>> {
    const { orgId, id } = client.application;
    let held: Promise<RoleEntity[]> | undefined;
    const roles = () => {
      held ??= person ? this.#rolesOf(client, person) : Promise.resolve([]);
      return held;
    };
    const granted = await this.#ofRegistered(client, scopes, roles);
    let byRole: ReadonlySet<string> | undefined;
    for (const api of await this.apis.of(orgId, id)) {
      const named = scopes.filter((scope) => api.scopes.includes(scope));
      if (named.length === 0) continue;
      if (person === undefined || api.policyId === 'NO_POLICY') for (const scope of named) granted.add(scope);
      else {
        byRole ??= scopesOf(await roles());
        for (const scope of named) if (byRole.has(scope)) granted.add(scope);
      }
    }
    return granted;
  }

  /**
   * Registered scopes among some. Each is had for the asking, unless the application wants the roles that it is bound to;
   * an application that acts for itself has no roles.
   */
  async #ofRegistered(
    { application, settings }: OAuthClient,
    scopes: readonly string[],
    roles: () => Promise<readonly RoleEntity[]>,
  ): Promise<Set<string>> {
    const registered = await this.registered.of(application.orgId);
    const known = scopes.filter((scope) => registered.has(scope));
    if (!settings.scopeValidators.includes(ROLE_VALIDATOR)) return new Set(known);
    const open = known.filter((scope) => !registered.isBound(scope));
    if (open.length === known.length) return new Set(open);
    const names = (await roles()).map(({ name }) => name);
    return new Set([...open, ...known.filter((scope) => registered.isGivenBy(scope, names))]);
  }

  /** Roles that count for the application. A user of another server has those of its groups there, if any. */
  async #rolesOf({ application }: OAuthClient, person: Person): Promise<RoleEntity[]> {
    const isOwn = application.settings.associatedRoles.allowedAudience === 'APPLICATION';
    const audience = isOwn
      ? ({ type: 'application', id: application.id } as const)
      : ({ type: 'organization', id: person.orgId } as const);
    if (!isFederated(person)) return this.roles.rolesOf(person, audience);
    const { orgId, idp, groups = [] } = person;
    if (groups.length === 0 || (await this.connections.find(orgId, idp))?.status !== 'ENABLED') return [];
    return this.roles.rolesOfGroups(orgId, groups, audience);
  }
}

/** Splits a scope parameter (RFC 6749 §3.3); each scope once. */
export const splitScopes = (value: string | undefined): string[] => [
  ...new Set((value ?? '').split(' ').filter((scope) => scope !== '')),
];
