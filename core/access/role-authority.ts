import { inject, injectable } from 'tsyringe';
import type { Principal } from '#core/http';
import { token } from '#core/kernel';
import { type ApiResource, SystemApiResourcesToken } from './api-resource-model.js';
import { consoleIdOf } from './console-roles.js';
import type { RoleEntity } from './entities.js';
import { RoleRepository } from './role.repository.js';
import { type RoleService, RoleServiceToken, scopesOf } from './role.service.js';
import { roleErrors } from './role-errors.js';
import type { RoleChange } from './role-model.js';

/** Injection token of the {@link RoleAuthority}. */
export const RoleAuthorityToken = token<RoleAuthority>('access.role-authority');

/** Whose word it is that a role changes. */
export interface GivingAuthority {
  /** @throws ApiError RMA-60009 (403) when a role to be gives what the caller does not have */
  checkPermissions(permissions: readonly string[]): void;
  /** @throws ApiError RMA-60009 (403) when the change is not the caller's to make */
  checkChange(role: RoleEntity, change: RoleChange): void;
}

/**
 * Who may give what by roles. The scopes of the roles API let somebody manage roles; they do not make an administrator
 * of him: only an administrator gives and takes the role of administrators, and nobody gives permissions of the
 * management APIs that he does not have himself. Scopes of other APIs are given by whoever manages roles.
 */
@injectable()
export class RoleAuthority {
  readonly #management: ReadonlySet<string>;

  constructor(
    @inject(RoleServiceToken) private readonly roles: RoleService,
    @inject(RoleRepository) private readonly repository: RoleRepository,
    @inject(SystemApiResourcesToken) system: readonly ApiResource[],
  ) {
    this.#management = new Set(system.flatMap(({ scopes }) => scopes.map(({ name }) => name)));
  }

  /**
   * What a caller may give.
   *
   * @param onlyHeld whether it has to have the permissions itself; administrators are made by administrators in any case
   */
  async of(caller: Principal | undefined, onlyHeld: boolean): Promise<GivingAuthority> {
    const isAdministrator = await this.#isAdministrator(caller);
    const held = onlyHeld && !isAdministrator ? await this.#heldBy(caller) : undefined;
    const checkPermissions = (permissions: readonly string[]) => {
      const beyond = held && permissions.find((name) => this.#management.has(name) && !held.has(name));
      if (beyond !== undefined) throw roleErrors.beyond(beyond);
    };
    return {
      checkPermissions,
      checkChange: (role, { permissions = role.permissions, users, groups }) => {
        if (role.system === 'admin' && (users || groups) && !isAdministrator) throw roleErrors.administrators();
        const isGiven = [users, groups].some((members) => (members?.add?.length ?? 0) > 0);
        checkPermissions(isGiven ? permissions : permissions.filter((name) => !role.permissions.includes(name)));
      },
    };
  }

  /** @throws ApiError RMA-60009 (403) when a group gives its members the role of administrators and the caller is none */
  async checkGroup(caller: Principal | undefined, orgId: string, groupId: string): Promise<void> {
    const given = new Set((await this.repository.ofMembers(orgId, [groupId])).map(({ roleId }) => roleId));
    if (given.size === 0) return;
    const all = await this.roles.ofAudience(orgId, { type: 'organization', id: orgId });
    const isAdministrators = all.some(({ id, system }) => system === 'admin' && given.has(id));
    if (isAdministrators && !(await this.#isAdministrator(caller))) throw roleErrors.administrators();
  }

  async #isAdministrator(caller: Principal | undefined): Promise<boolean> {
    if (caller?.type !== 'User') return false;
    const own = await this.roles.rolesOf(caller, { type: 'organization', id: caller.orgId });
    return own.some(({ system }) => system === 'admin');
  }

  /** What the caller came with, and for users all that their roles give, in the organization and in its console. */
  async #heldBy(caller: Principal | undefined): Promise<{ has(scope: string): boolean }> {
    if (!caller) return new Set<string>();
    if (caller.type !== 'User') return caller.scopes;
    const { orgId } = caller;
    const own = await this.roles.rolesOf(caller, { type: 'organization', id: orgId });
    const inConsole = await this.roles.rolesOf(caller, { type: 'application', id: consoleIdOf(orgId) });
    const byRole = scopesOf([...own, ...inConsole]);
    return { has: (scope) => caller.scopes.has(scope) || byRole.has(scope) };
  }
}
