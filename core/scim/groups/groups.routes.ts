import { inject, injectable } from 'tsyringe';
import type { RouteDeclaration } from '#core/http';
import { type ScimRoute, scimRoute, scopesFor } from '../protocol/scim-route.js';
import { listQuery, projectionQuery } from '../users/list-requests.js';
import { GroupHandlers } from './group-handlers.js';

/** `/Groups` (RFC 7644 section 3). */
@injectable()
export class GroupRoutes {
  constructor(@inject(GroupHandlers) private readonly groups: GroupHandlers) {}

  /** The routes, below `/scim2`. */
  routes(): readonly RouteDeclaration[] {
    return [...this.#ofList(), ...this.#ofOne()].map(scimRoute);
  }

  #ofList(): readonly ScimRoute[] {
    return [
      {
        operationId: 'listGroups',
        method: 'get',
        path: '/Groups',
        access: scopesFor('group_mgt_view'),
        summary: 'Lists groups',
        status: 200,
        query: listQuery,
        handle: (call) => this.groups.list(call),
      },
      {
        operationId: 'searchGroups',
        method: 'post',
        path: '/Groups/.search',
        access: scopesFor('group_mgt_view'),
        summary: 'Looks for groups',
        status: 200,
        handle: (call) => this.groups.search(call),
      },
      {
        operationId: 'createGroup',
        method: 'post',
        path: '/Groups',
        access: scopesFor('group_mgt_create'),
        summary: 'Makes a group',
        status: 201,
        query: projectionQuery,
        handle: (call) => this.groups.create(call),
      },
    ];
  }

  #ofOne(): readonly ScimRoute[] {
    const path = '/Groups/:id';
    return [
      {
        operationId: 'getGroup',
        method: 'get',
        path,
        access: scopesFor('group_mgt_view'),
        summary: 'Shows a group',
        status: 200,
        query: projectionQuery,
        handle: (call) => this.groups.read(call),
      },
      {
        operationId: 'replaceGroup',
        method: 'put',
        path,
        access: scopesFor('group_mgt_update'),
        summary: 'Replaces name and members of a group',
        status: 200,
        query: projectionQuery,
        handle: (call) => this.groups.replace(call),
      },
      {
        operationId: 'patchGroup',
        method: 'patch',
        path,
        access: scopesFor('group_mgt_update'),
        summary: 'Changes parts of a group',
        status: 200,
        query: projectionQuery,
        handle: (call) => this.groups.patch(call),
      },
      {
        operationId: 'deleteGroup',
        method: 'delete',
        path,
        access: scopesFor('group_mgt_delete'),
        summary: 'Removes a group',
        status: 204,
        handle: (call) => this.groups.remove(call),
      },
    ];
  }
}
