import { inject, injectable } from 'tsyringe';
import { type RoleChange, type RoleEntity } from '#core/access';
import type { Access, Principal } from '#core/http';
import { ScimError } from '../protocol/scim-error.js';
import { scopesOf } from '../protocol/scim-route.js';
import { type RoleApiConfig, RoleApiConfigToken } from './settings.js';

/** Parts of a role that version 3 has scopes of their own for. */
export type RolePart = 'users' | 'groups' | 'permissions';

/** Which scopes version 3 wants for which part of a role. */
@injectable()
export class RolePermissions {
  constructor(@inject(RoleApiConfigToken) private readonly config: RoleApiConfig) {}

  /** Who may change some parts; with the scope of all roles only where the operator wants no closer look. */
  accessTo(...parts: readonly RolePart[]): Access {
    const names = parts.map((part) => `role_mgt_${part}_update`);
    const all = this.config.skip_enforce_role_operation_permission ? [...names, 'role_mgt_update'] : names;
    return { scopes: all.flatMap(scopesOf) };
  }

  /** Who may change a role at all; {@link check} looks at what is changed. */
  accessToRole(): Access {
    return { scopes: ['role_mgt_update', 'role_mgt_permissions_update'].flatMap(scopesOf) };
  }

  /** @throws ScimError 403 when the scopes do not reach for a change */
  check(principal: Principal | undefined, role: RoleEntity, { name, permissions, externalId }: RoleChange): void {
    const has = (scope: string) => scopesOf(scope).some((one) => principal?.scopes.has(one));
    const isRenamed = name !== undefined && name.trim() !== role.name;
    const isCalled = externalId !== undefined && externalId !== (role.externalId ?? null);
    const isOther = permissions !== undefined && !isSame(permissions, role.permissions);
    const isSkipped = this.config.skip_enforce_role_operation_permission && has('role_mgt_update');
    const lacking = [
      ...((isRenamed || isCalled) && !has('role_mgt_update') ? ['internal_role_mgt_update'] : []),
      ...(isOther && !isSkipped && !has('role_mgt_permissions_update') ? ['internal_role_mgt_permissions_update'] : []),
    ];
    if (lacking.length > 0)
      throw new ScimError(403, `Operation is not permitted. It needs the scope ${lacking.join(' and the scope ')}.`);
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
