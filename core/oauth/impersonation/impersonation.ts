import { inject, injectable } from 'tsyringe';
import {
  type AuthorizedApiService,
  AuthorizedApiServiceToken,
  type RoleService,
  RoleServiceToken,
  scopesOf,
} from '#core/access';
import { token } from '#core/kernel';
import { type OrganizationService, OrganizationServiceToken } from '#core/organizations';
import type { Session } from '#core/sessions';
import { type User, type UserService, UserServiceToken } from '#core/users';
import type { AuthorizeRequest } from '../authorize/authorize-request.js';
import { type ScopePolicy, ScopePolicyToken } from '../claims/scope-policy.js';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import type { Actor } from '../tokens/records.js';

/** Injection token of {@link Impersonation}. */
export const ImpersonationToken = token<Impersonation>('oauth.impersonation');

/** Scope that lets a user impersonate others of a tenant, and that of an organization below one. */
const IN_TENANT = 'internal_user_impersonate';
const IN_ORGANIZATION = 'internal_org_user_impersonate';
/** In the roles of administrators: every scope. */
const EVERY_SCOPE = '*';

/** Whom tokens are about, and who is behind it when it is not the same. */
export interface Face {
  readonly user: User;
  readonly actor?: Actor;
}

/** Who may act in whose name. */
@injectable()
export class Impersonation {
  constructor(
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(AuthorizedApiServiceToken) private readonly apis: AuthorizedApiService,
    @inject(RoleServiceToken) private readonly roles: RoleService,
    @inject(OrganizationServiceToken) private readonly organizations: OrganizationService,
    @inject(ScopePolicyToken) private readonly policy: ScopePolicy,
  ) {}

  /**
   * The user to impersonate, after every check: permission of the impersonator, state and rank of the target, one target
   * in a session. The permission comes first, so that nobody without it learns of accounts.
   *
   * @throws OAuthError `access_denied`
   */
  async target(client: OAuthClient, impersonator: User, targetId: string, session: Session | undefined): Promise<User> {
    if (!(await this.#mayImpersonate(client, impersonator)))
      throw denied(
        `Authenticated user : ${impersonator.id} doesn't have impersonation permission for client : ${client.entity.clientId}`,
      );
    if (session?.impersonating !== undefined && session.impersonating !== targetId)
      throw denied('Cannot perform impersonation on more than one user in the same session.');
    const target = await this.users.findById(impersonator.orgId, targetId);
    if (!target || target.id === impersonator.id) throw denied(`Cannot impersonate the user: ${targetId}.`);
    if (!(await this.users.isUsable(target))) throw denied(`Cannot impersonate an inactive user account: ${targetId}.`);
    // Otherwise the permission to impersonate would be that to become an administrator.
    if ((await this.#isAdministrator(target)) && !(await this.#isAdministrator(impersonator)))
      throw denied(`Only an administrator can impersonate the administrator: ${targetId}.`);
    return target;
  }

  /** Scopes of a subject token: what the target would get, and the permission itself. Throws OAuthError when it was not asked for. */
  async subjectScopes(client: OAuthClient, target: User, requested: readonly string[]): Promise<string[]> {
    const permission = await this.#scopeOf(target.orgId);
    if (!requested.includes(permission))
      throw new OAuthError('invalid_scope', `Impersonation needs the scope ${permission}.`);
    return [permission, ...(await this.targetScopes(client, target, requested))];
  }

  /** Of some scopes those that the target itself would get. The permission to impersonate is never handed on. */
  async targetScopes(client: OAuthClient, target: User, scopes: readonly string[]): Promise<string[]> {
    const others = scopes.filter((scope) => scope !== IN_TENANT && scope !== IN_ORGANIZATION);
    return others.length === 0 ? [] : this.policy.grant(client, target, others);
  }

  /**
   * Whom an application sees in a session in which somebody is impersonated: the target, where the application is for
   * impersonation and the user still may; the user as it is everywhere else.
   */
  async faceOf(client: OAuthClient, user: User, session: Session, { responseType }: AuthorizeRequest): Promise<Face> {
    const { impersonating } = session;
    if (impersonating === undefined || responseType.split(' ').includes('subject_token')) return { user };
    try {
      return { user: await this.target(client, user, impersonating, session), actor: { sub: user.id } };
    } catch (error) {
      if (error instanceof OAuthError && error.code === 'access_denied') return { user };
      throw error;
    }
  }

  /** The application is authorized for the scope, and a role of the application gives it to the user. */
  async #mayImpersonate(client: OAuthClient, user: User): Promise<boolean> {
    const { orgId, id } = client.application;
    const scope = await this.#scopeOf(orgId);
    if (!(await this.apis.of(orgId, id)).some((api) => api.scopes.includes(scope))) return false;
    if (user.orgId !== orgId || !(await this.users.isUsable(user))) return false;
    return scopesOf(await this.roles.rolesOf(user, { type: 'application', id })).has(scope);
  }

  async #scopeOf(orgId: string): Promise<string> {
    return (await this.organizations.byId(orgId))?.parentId ? IN_ORGANIZATION : IN_TENANT;
  }

  async #isAdministrator(user: User): Promise<boolean> {
    return (await this.roles.of(user)).has(EVERY_SCOPE);
  }
}

const denied = (description: string) => new OAuthError('access_denied', description);
