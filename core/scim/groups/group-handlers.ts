import { inject, injectable } from 'tsyringe';
import { type RoleAuthority, RoleAuthorityToken } from '#core/access';
import {
  type Group,
  type GroupChange,
  type GroupDirectory,
  GroupDirectoryToken,
  PRIMARY,
  type UserGroups,
  UserGroupsToken,
} from '#core/users';
import { externalIdOf } from '../attributes/external-id.js';
import { Projection } from '../attributes/projection.js';
import { checkSchemas, readResource } from '../attributes/read-resource.js';
import type { ScimResource } from '../attributes/resource.js';
import { MOST_RESULTS } from '../discovery/service-provider-config.js';
import { InboundProvisioning } from '../inbound/inbound-provisioning.js';
import { readPatch } from '../patch/read-patch.js';
import { memberIds, ReferenceChanges } from '../patch/reference-changes.js';
import { ConditionalChanges } from '../protocol/conditional.js';
import { type ListQuery, queryOfParameters, queryOfSearch } from '../protocol/list-query.js';
import { listBody } from '../protocol/paging.js';
import { Schemas } from '../protocol/schemas.js';
import { badRequest, notFound } from '../protocol/scim-error.js';
import { locationHeader, type ScimCall, type ScimReply } from '../protocol/scim-route.js';
import { ScimStores } from '../protocol/scim-stores.js';
import { isConditional, isNotModified } from '../protocol/versions.js';
import { type ScimConfig, ScimConfigToken } from '../settings.js';
import { askedAttributes } from '../users/list-requests.js';
import { groupFilterOf } from './group-filters.js';
import { GroupReader } from './group-reader.js';
import { GroupModel, MEMBERS } from './group-schema.js';

/** Sizes of pages of groups. */
const SIZES = { usual: 100, most: MOST_RESULTS } as const;

/** What can be done to `/Groups`. */
@injectable()
export class GroupHandlers {
  constructor(
    @inject(GroupDirectoryToken) private readonly directory: GroupDirectory,
    @inject(UserGroupsToken) private readonly groups: UserGroups,
    @inject(GroupReader) private readonly reader: GroupReader,
    @inject(ScimStores) private readonly stores: ScimStores,
    @inject(InboundProvisioning) private readonly inbound: InboundProvisioning,
    @inject(ConditionalChanges) private readonly conditional: ConditionalChanges,
    @inject(ScimConfigToken) private readonly config: ScimConfig,
    @inject(RoleAuthorityToken) private readonly authority: RoleAuthority,
  ) {}

  /** A page of groups. */
  list(call: ScimCall): Promise<ScimReply> {
    return this.#found(call, queryOfParameters(call.request.query, SIZES));
  }

  /** The same, asked for by POST. */
  search(call: ScimCall): Promise<ScimReply> {
    return this.#found(call, queryOfSearch(call.body(), SIZES));
  }

  /** Makes a group. */
  async create(call: ScimCall): Promise<ScimReply> {
    const resource = groupIn(call);
    const name = await this.inbound.placed(call.orgId, nameIn(resource), call.principal);
    const group = await this.groups.create(call.orgId, {
      name,
      members: memberIds('members', resource.core['members']),
      externalId: externalIdOf(resource.core['externalId']) ?? undefined,
    });
    return this.#reply(201, await this.#known(call.orgId, group.id), call);
  }

  /** One group. */
  async read(call: ScimCall): Promise<ScimReply> {
    const group = await this.#asked(call);
    const reply = await this.#reply(200, group, call);
    const version = reply.headers?.['ETag'];
    if (version === undefined || !isNotModified(call.request, version)) return reply;
    return { status: 304, headers: { ETag: version } };
  }

  /** Replaces name, external id and members. */
  async replace(call: ScimCall): Promise<ScimReply> {
    const group = await this.#asked(call);
    const resource = groupIn(call);
    const add = memberIds('members', resource.core['members']);
    const externalId = externalIdOf(resource.core['externalId']);
    await this.#change(call, group, { name: nameIn(resource), externalId, replace: true, add });
    return this.#reply(200, await this.#known(call.orgId, group.id), call);
  }

  /** Changes parts of a group. */
  async patch(call: ScimCall): Promise<ScimReply> {
    const group = await this.#asked(call);
    const members = new ReferenceChanges(MEMBERS, () => this.reader.members(group, call.request.baseUrl));
    let name: string | undefined;
    let externalId: string | null | undefined;
    for (const operation of readPatch(GroupModel, call.body())) {
      const { attribute } = operation.at;
      if (attribute === MEMBERS) await members.take(operation);
      else if (attribute.name === 'displayName') name = newName(operation.value);
      else if (attribute.name === 'externalId') externalId = externalIdOf(operation.value);
    }
    await this.#change(call, group, { ...members.result(), name, externalId });
    if (!this.config.return_updated_group_in_group_patch_response) return { status: 204 };
    return this.#reply(200, await this.#known(call.orgId, group.id), call);
  }

  /** Removes a group. */
  async remove(call: ScimCall): Promise<ScimReply> {
    const group = await this.#asked(call);
    await this.authority.checkGroup(call.principal, call.orgId, group.id);
    const gone = await this.#conditionally(call, group.id, () => this.groups.delete(call.orgId, group.id));
    if (!gone) throw notFound('Group', group.id);
    return { status: 204 };
  }

  async #found({ orgId, request }: ScimCall, query: ListQuery): Promise<ScimReply> {
    const { page } = query;
    const filter = query.filter && (await groupFilterOf(query.filter, (name) => this.reader.called(orgId, name)));
    const usual = this.config.filter_users_and_groups_only_from_primary_domain ? PRIMARY : undefined;
    const domain = query.domain ? (await this.stores.named(orgId, query.domain)).domain : usual;
    const projection = new Projection(GroupModel, query);
    // A count of 0 is a list of nothing, the contract says.
    if (page.count === 0) return { status: 200, body: listBody(0, page, []) };
    const range = { offset: page.startIndex - 1, limit: page.count };
    const { groups, total } = await this.directory.find(orgId, { filter, domain, only: this.stores.isOpen, ...range });
    const shown = await this.reader.show(groups, projection, request.baseUrl);
    const most = this.config.consider_max_limit_for_total_results ? SIZES.most : Number.POSITIVE_INFINITY;
    const resources = shown.map(({ json }) => json);
    return { status: 200, body: listBody(Math.min(total, most), page, resources) };
  }

  async #change(call: ScimCall, { id }: Group, change: GroupChange): Promise<void> {
    const { add = [], remove = [], replace = false } = change;
    if (replace || add.length > 0 || remove.length > 0) await this.authority.checkGroup(call.principal, call.orgId, id);
    return this.#conditionally(call, id, () => this.groups.update(call.orgId, id, change));
  }

  /** @throws ScimError 412 when the client has another version of the group */
  #conditionally<T>({ orgId, request }: ScimCall, id: string, change: () => Promise<T>): Promise<T> {
    if (!isConditional(request)) return change();
    const read = async () => ({ version: await this.reader.version(await this.#known(orgId, id)) });
    return this.conditional.run({ request, orgId, id }, read, change);
  }

  async #asked({ orgId, params }: ScimCall): Promise<Group> {
    return this.#known(orgId, params['id'] ?? '');
  }

  async #known(orgId: string, id: string): Promise<Group> {
    const group = await this.directory.get(orgId, id);
    if (!group) throw notFound('Group', id);
    await this.stores.check(group);
    return group;
  }

  async #reply(status: 200 | 201, group: Group, { request }: ScimCall): Promise<ScimReply> {
    const projection = new Projection(GroupModel, askedAttributes(request.query));
    const [shown] = await this.reader.show([group], projection, request.baseUrl);
    if (!shown) throw notFound('Group', group.id);
    const { json, location, version } = shown;
    return {
      status,
      headers: { ...locationHeader(status, location), ...(version === undefined ? {} : { ETag: version }) },
      body: json,
    };
  }
}

function groupIn(call: ScimCall): ScimResource {
  const body = call.body();
  checkSchemas(body, Schemas.group);
  return readResource(GroupModel, body);
}

function nameIn({ core }: ScimResource): string {
  return newName(core['displayName']);
}

function newName(given: unknown): string {
  if (typeof given === 'string') return given;
  throw badRequest('invalidValue', 'A group needs a "displayName".');
}
