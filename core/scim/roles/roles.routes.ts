import { inject, injectable } from 'tsyringe';
import type { RouteDeclaration } from '#core/http';
import { type ScimRoute, scimRoute, scopesFor } from '../protocol/scim-route.js';
import { listQuery, projectionQuery } from '../users/list-requests.js';
import { RoleHandlers } from './role-handlers.js';
import { RolePermissions } from './role-permissions.js';
import type { RoleApi } from './role-reader.js';

const pages = listQuery.pick({ startIndex: true, count: true });

/** `/v2/Roles` and `/v3/Roles`. */
@injectable()
export class RoleRoutes {
  constructor(
    @inject(RoleHandlers) private readonly roles: RoleHandlers,
    @inject(RolePermissions) private readonly permissions: RolePermissions,
  ) {}

  /** The routes, below `/scim2`. */
  routes(): readonly RouteDeclaration[] {
    const both = (['v2', 'v3'] as const).flatMap((api) => [...this.#ofList(api), ...this.#ofOne(api)]);
    return [...both, ...this.#ofMembers('users'), ...this.#ofMembers('groups')].map(scimRoute);
  }

  #ofList(api: RoleApi): readonly ScimRoute[] {
    const path = `/${api}/Roles`;
    const suffix = api.toUpperCase();
    return [
      {
        operationId: `listRoles${suffix}`,
        method: 'get',
        path,
        access: scopesFor('role_mgt_view'),
        summary: 'Lists roles',
        status: 200,
        query: listQuery.omit({ domain: true }),
        handle: (call) => this.roles.list(api, call),
      },
      {
        operationId: `searchRoles${suffix}`,
        method: 'post',
        path: `${path}/.search`,
        access: scopesFor('role_mgt_view'),
        summary: 'Looks for roles',
        status: 200,
        handle: (call) => this.roles.search(api, call),
      },
      {
        operationId: `createRole${suffix}`,
        method: 'post',
        path,
        access: scopesFor('role_mgt_create'),
        summary: 'Makes a role',
        status: 201,
        query: projectionQuery,
        handle: (call) => this.roles.create(api, call),
      },
    ];
  }

  #ofOne(api: RoleApi): readonly ScimRoute[] {
    const path = `/${api}/Roles/:id`;
    const suffix = api.toUpperCase();
    const changing = api === 'v3' ? this.permissions.accessToRole() : scopesFor('role_mgt_update');
    return [
      {
        operationId: `getRole${suffix}`,
        method: 'get',
        path,
        access: scopesFor('role_mgt_view'),
        summary: 'Shows a role',
        status: 200,
        query: projectionQuery,
        handle: (call) => this.roles.read(api, call),
      },
      {
        operationId: `replaceRole${suffix}`,
        method: 'put',
        path,
        access: changing,
        summary: 'Replaces a role',
        status: 200,
        query: projectionQuery,
        handle: (call) => this.roles.replace(api, call),
      },
      {
        operationId: `patchRole${suffix}`,
        method: 'patch',
        path,
        access: changing,
        summary: 'Changes parts of a role',
        status: 200,
        query: projectionQuery,
        handle: (call) => this.roles.patch(api, call),
      },
      {
        operationId: `deleteRole${suffix}`,
        method: 'delete',
        path,
        access: scopesFor('role_mgt_delete'),
        summary: 'Removes a role',
        status: 204,
        handle: (call) => this.roles.remove(call),
      },
    ];
  }

  #ofMembers(which: 'users' | 'groups'): readonly ScimRoute[] {
    const name = which === 'users' ? 'Users' : 'Groups';
    const path = `/v3/Roles/:id/${name}`;
    return [
      {
        operationId: `list${name}OfRole`,
        method: 'get',
        path,
        access: scopesFor('role_mgt_view'),
        summary: `Lists ${which} that have a role`,
        status: 200,
        query: pages,
        handle: (call) => this.roles.members(which, call),
      },
      {
        operationId: `replace${name}OfRole`,
        method: 'put',
        path,
        access: this.permissions.accessTo(which),
        summary: `Gives a role to these ${which} and no others`,
        status: 200,
        query: projectionQuery,
        handle: (call) => this.roles.replaceMembers(which, call),
      },
      {
        operationId: `patch${name}OfRole`,
        method: 'patch',
        path,
        access: this.permissions.accessTo(which),
        summary: `Gives a role to ${which}, or takes it from them`,
        status: 200,
        query: projectionQuery,
        handle: (call) => this.roles.patchMembers(which, call),
      },
    ];
  }
}
