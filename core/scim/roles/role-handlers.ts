import { inject, injectable } from 'tsyringe';
import {
  type RoleAdministration,
  RoleAdministrationToken,
  type RoleAuthority,
  RoleAuthorityToken,
  type RoleChange,
  type RoleDirectory,
  RoleDirectoryToken,
  type RoleEntity,
} from '#core/access';
import { Projection } from '../attributes/projection.js';
import { MOST_RESULTS } from '../discovery/service-provider-config.js';
import { jsonBodyOf } from '../protocol/json-body.js';
import { type ListQuery, queryOfParameters, queryOfSearch } from '../protocol/list-query.js';
import { listBody } from '../protocol/paging.js';
import { notFound } from '../protocol/scim-error.js';
import { locationHeader, type ScimCall, type ScimReply } from '../protocol/scim-route.js';
import { checkIfMatch, isNotModified } from '../protocol/versions.js';
import { askedAttributes } from '../users/list-requests.js';
import { roleFilterOf } from './role-filters.js';
import { RolePermissions } from './role-permissions.js';
import { type RoleApi, RoleReader, versionOfRole } from './role-reader.js';
import { bareMembers, givenRole, patchedMembers, patchedRole, wholeChange } from './role-requests.js';
import { APPLICATIONS, GROUPS, RoleModel, USERS } from './role-schema.js';
import { type RoleApiConfig, RoleApiConfigToken } from './settings.js';

/** Sizes of pages of roles, and of those who have one. */
const SIZES = { usual: 100, most: MOST_RESULTS } as const;
const MEMBER_SIZES = { usual: 100, most: 1000 } as const;

type Members = 'users' | 'groups';

/** What can be done to `/v2/Roles` and `/v3/Roles`. The latter keep who has a role apart from what it is. */
@injectable()
export class RoleHandlers {
  constructor(
    @inject(RoleDirectoryToken) private readonly roles: RoleDirectory,
    @inject(RoleAdministrationToken) private readonly administration: RoleAdministration,
    @inject(RoleReader) private readonly reader: RoleReader,
    @inject(RolePermissions) private readonly permissions: RolePermissions,
    @inject(RoleAuthorityToken) private readonly authority: RoleAuthority,
    @inject(RoleApiConfigToken) private readonly config: RoleApiConfig,
  ) {}

  /** A page of roles. */
  list(api: RoleApi, call: ScimCall): Promise<ScimReply> {
    return this.#found(api, call, queryOfParameters(call.request.query, SIZES));
  }

  /** The same, asked for by POST. */
  search(api: RoleApi, call: ScimCall): Promise<ScimReply> {
    return this.#found(api, call, queryOfSearch(call.body(), SIZES));
  }

  /** Makes a role. */
  async create(api: RoleApi, call: ScimCall): Promise<ScimReply> {
    const { orgId } = call;
    const { users, groups, externalId, ...rest } = givenRole(orgId, call.body());
    const role = { ...rest, externalId: externalId ?? undefined };
    (await this.#authorityOf(call)).checkPermissions(role.permissions);
    const made = await this.administration.create(orgId, api === 'v3' ? role : { ...role, users, groups });
    return this.#reply(201, made, api, call);
  }

  /** One role. */
  async read(api: RoleApi, call: ScimCall): Promise<ScimReply> {
    const role = await this.#asked(call);
    const version = versionOfRole(role);
    if (isNotModified(call.request, version)) return { status: 304, headers: { ETag: version } };
    return this.#reply(200, role, api, call);
  }

  /** Replaces a role. */
  async replace(api: RoleApi, call: ScimCall): Promise<ScimReply> {
    const role = await this.#asked(call);
    const change = await wholeChange(givenRole(call.orgId, call.body()), role, this.roles);
    return this.#changed(api, call, role, change);
  }

  /** Changes parts of a role. */
  async patch(api: RoleApi, call: ScimCall): Promise<ScimReply> {
    const role = await this.#asked(call);
    const change = await patchedRole(call.body(), role, this.#present(api, call, role));
    return this.#changed(api, call, role, change);
  }

  /** Removes a role. */
  async remove(call: ScimCall): Promise<ScimReply> {
    const role = await this.#asked(call);
    const check = (held: RoleEntity) => checkIfMatch(call.request, versionOfRole(held));
    if (!(await this.administration.delete(call.orgId, role.id, check))) throw notFound('Role', role.id);
    return { status: 204 };
  }

  /** Users or groups of a role, as a page. */
  async members(which: Members, call: ScimCall): Promise<ScimReply> {
    const role = await this.#asked(call);
    const { page } = queryOfParameters(call.request.query, MEMBER_SIZES);
    const place = { baseUrl: call.request.baseUrl, api: 'v3' as const };
    const { values, total } = await this.reader[which](role, page, place);
    return { status: 200, body: listBody(page.count === 0 ? 0 : total, page, values) };
  }

  /** Replaces users or groups of a role; the body is a bare list. */
  async replaceMembers(which: Members, call: ScimCall): Promise<ScimReply> {
    const role = await this.#asked(call);
    return this.#write('v3', call, role, bareMembers(jsonBodyOf(call.request), which));
  }

  /** Changes users or groups of a role. */
  async patchMembers(which: Members, call: ScimCall): Promise<ScimReply> {
    const role = await this.#asked(call);
    return this.#write('v3', call, role, await patchedMembers(call.body(), which, this.#present('v3', call, role)));
  }

  async #found(api: RoleApi, { orgId, request }: ScimCall, query: ListQuery): Promise<ScimReply> {
    const { page, attributes, excludedAttributes } = query;
    const filter = query.filter && roleFilterOf(query.filter);
    if (page.count === 0) return { status: 200, body: listBody(0, page, []) };
    // What takes queries of its own for each role, lists show to those who ask for it.
    const excluded = [...excludedAttributes, USERS.name, GROUPS.name, APPLICATIONS.name];
    const projection = new Projection(RoleModel, { attributes, excludedAttributes: excluded });
    const range = { offset: page.startIndex - 1, limit: page.count };
    const [roles, total] = await this.roles.list(orgId, filter, range);
    const resources: unknown[] = [];
    for (const role of roles)
      resources.push(await this.reader.show(role, projection, { baseUrl: request.baseUrl, api }));
    return { status: 200, body: listBody(total, page, resources) };
  }

  /** Of the change of a whole role version 3 makes what is no matter of who has it. */
  async #changed(api: RoleApi, call: ScimCall, role: RoleEntity, change: RoleChange): Promise<ScimReply> {
    if (api === 'v2') return this.#write(api, call, role, change);
    const { users: _, groups: __, ...own } = change;
    this.permissions.check(call.principal, role, own);
    return this.#write(api, call, role, own);
  }

  async #write(api: RoleApi, call: ScimCall, { id }: RoleEntity, change: RoleChange): Promise<ScimReply> {
    const authority = await this.#authorityOf(call);
    const check = (held: RoleEntity) => {
      checkIfMatch(call.request, versionOfRole(held));
      authority.checkChange(held, change);
    };
    await this.administration.update(call.orgId, id, change, check);
    return this.#reply(200, await this.#known(call.orgId, id), api, call);
  }

  #authorityOf({ principal }: ScimCall) {
    return this.authority.of(principal, this.config.only_held_permissions);
  }

  #present(api: RoleApi, { request }: ScimCall, role: RoleEntity) {
    return (which: Members) => this.reader.all(role, which, { baseUrl: request.baseUrl, api });
  }

  #asked({ orgId, params }: ScimCall): Promise<RoleEntity> {
    return this.#known(orgId, params['id'] ?? '');
  }

  async #known(orgId: string, id: string): Promise<RoleEntity> {
    const role = await this.roles.find(orgId, id);
    if (!role) throw notFound('Role', id);
    return role;
  }

  async #reply(status: 200 | 201, role: RoleEntity, api: RoleApi, { request }: ScimCall): Promise<ScimReply> {
    const projection = new Projection(RoleModel, askedAttributes(request.query));
    const place = { baseUrl: request.baseUrl, api };
    return {
      status,
      headers: { ...locationHeader(status, this.reader.location(role, place)), ETag: versionOfRole(role) },
      body: await this.reader.show(role, projection, place),
    };
  }
}
