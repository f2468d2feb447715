import { inject, injectable } from 'tsyringe';
import type { Registry } from '#core/kernel';
import {
  type GroupDirectory,
  GroupDirectoryToken,
  qualifiedGroupName,
  type UserSearch,
  UserSearchToken,
} from '#core/users';
import { type ApiResources, ApiResourcesToken } from './api-resources.js';
import { type AuthorizedApiService, AuthorizedApiServiceToken } from './authorized-api.service.js';
import type { RoleEntity } from './entities.js';
import { roleErrors } from './role-errors.js';
import {
  EVERY_SCOPE,
  LONGEST_ROLE_NAME,
  type RoleApplications,
  RoleApplicationsToken,
  type RoleAudience,
  type RoleChange,
  type RoleGroup,
  type RoleGroupSource,
  RoleGroupSourcesToken,
} from './role-model.js';

const CONTROL = /\p{Cc}/u;

/** What has to be true of roles. Asked before a unit of work begins: user stores may lie across a network. */
@injectable()
export class RoleRules {
  constructor(
    @inject(ApiResourcesToken) private readonly resources: ApiResources,
    @inject(AuthorizedApiServiceToken) private readonly authorized: AuthorizedApiService,
    @inject(RoleApplicationsToken) private readonly applications: RoleApplications,
    @inject(UserSearchToken) private readonly users: UserSearch,
    @inject(GroupDirectoryToken) private readonly directory: GroupDirectory,
    @inject(RoleGroupSourcesToken) private readonly sources: Registry<RoleGroupSource>,
  ) {}

  /** A name as it is kept. @throws ApiError RMA-60001 */
  name(given: string): string {
    const name = given.trim();
    if (name === '') throw roleErrors.invalid('A role needs a name.');
    if (Math.max(name.length, name.toLowerCase().length) > LONGEST_ROLE_NAME)
      throw roleErrors.invalid(`Role names have at most ${LONGEST_ROLE_NAME} characters.`);
    if (CONTROL.test(name)) throw roleErrors.invalid('Role names have no control characters.');
    return name;
  }

  /** @throws ApiError RMA-60008 when there is no such audience, or it has no roles of its own */
  async checkAudience(orgId: string, { type, id }: RoleAudience): Promise<void> {
    if (type === 'organization') {
      if (id !== orgId) throw roleErrors.audience('The audience must be this organization or one of its applications.');
      return;
    }
    const application = await this.applications.find(orgId, id);
    if (!application) throw roleErrors.audience(`There is no application ${id.slice(0, 100)}.`);
    if (!application.hasOwnRoles)
      throw roleErrors.audience(
        `Application: ${application.name} does not have roles of its own. Change the audience of its roles to APPLICATION.`,
      );
  }

  /**
   * Scopes each once. Those that the role has already are not looked for.
   *
   * @throws ApiError RMA-60005 for one that the audience cannot give
   */
  async permissions(
    orgId: string,
    audience: RoleAudience,
    given: readonly string[],
    before: readonly string[] = [],
  ): Promise<string[]> {
    const wanted = [...new Set(given)];
    const added = wanted.filter((name) => !before.includes(name));
    if (added.length === 0) return wanted;
    const known = await this.#scopesOf(orgId, audience);
    const owner =
      audience.type === 'application' ? 'the application may ask for' : 'an API resource of the organization';
    for (const name of added) if (!known.has(name)) throw roleErrors.permission(name, owner);
    return wanted;
  }

  /** @throws ApiError RMA-60006 when a user is not there */
  async checkUsers(orgId: string, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const found = await this.users.byIds(orgId, ids);
    for (const id of ids) if (!found.has(id)) throw roleErrors.user(id);
  }

  /** Groups by id, wherever they are. @throws ApiError RMA-60007 when one is not there */
  async groups(orgId: string, ids: readonly string[]): Promise<readonly RoleGroup[]> {
    const found = await this.groupsAmong(orgId, ids);
    return [...new Set(ids)].map((id) => {
      const group = found.get(id);
      if (!group) throw roleErrors.group(id);
      return group;
    });
  }

  /** Groups by id, of user stores and of identity providers; those that are not there are absent. */
  async groupsAmong(orgId: string, ids: readonly string[]): Promise<ReadonlyMap<string, RoleGroup>> {
    const found = new Map<string, RoleGroup>();
    for (const [id, group] of await this.directory.byIds(orgId, ids))
      found.set(id, { id, name: qualifiedGroupName(group), type: 'group' });
    for (const source of this.sources.all()) {
      const missing = [...new Set(ids)].filter((id) => !found.has(id));
      if (missing.length === 0) break;
      for (const [id, { name }] of await source.byIds(orgId, missing)) found.set(id, { id, name, type: 'idpgroup' });
    }
    return found;
  }

  /** @throws ApiError RMA-60002 for what cannot be changed of a role of the server's own, or of a shared one */
  checkChange(role: RoleEntity, { name, permissions, users, groups }: RoleChange): void {
    const isRenamed = name !== undefined && name !== role.name;
    const isChanged = permissions !== undefined && !isSame(permissions, role.permissions);
    if (role.sharedFrom !== null && isRenamed) throw roleErrors.sharedName();
    if (role.sharedFrom !== null && isChanged) throw roleErrors.sharedPermissions();
    if (role.system === null) return;
    if (isRenamed) throw roleErrors.refused(`The role ${role.name} is one of the server's own and keeps its name.`);
    if (isChanged && role.system === 'admin')
      throw roleErrors.refused(`The role ${role.name} gives every permission, which cannot be changed.`);
    if (isChanged && role.system === 'console')
      throw roleErrors.refused(`What the preset role ${role.name} gives cannot be changed. Make a role of your own.`);
    if ((users || groups) && role.system === 'everyone')
      throw roleErrors.refused(`Every user has the role ${role.name}, so it can neither be given nor taken.`);
  }

  /** @throws ApiError RMA-60002 for a role that cannot be removed */
  async checkRemoval(role: RoleEntity): Promise<void> {
    if (role.sharedFrom !== null) throw roleErrors.sharedDeletion();
    if (role.system !== null)
      throw roleErrors.refused(`The role ${role.name} is one of the server's own and cannot be deleted.`);
    if (role.audienceType !== 'organization') return;
    const applications = await this.applications.withRole(role.orgId, role.id);
    if (applications.length === 0) return;
    const names = applications.slice(0, 5).map(({ name }) => name);
    throw roleErrors.refused(
      `The role is associated with applications: ${names.join(', ')}. Take it from them before it is deleted.`,
    );
  }

  async #scopesOf(orgId: string, { type, id }: RoleAudience): Promise<ReadonlySet<string>> {
    if (type === 'application') return new Set((await this.authorized.of(orgId, id)).flatMap(({ scopes }) => scopes));
    const all = await this.resources.all(orgId);
    return new Set(all.flatMap(({ scopes }) => scopes.map(({ name }) => name)));
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (b.includes(EVERY_SCOPE)) return false;
  const others = new Set(b);
  return new Set(a).size === others.size && a.every((one) => others.has(one));
}
