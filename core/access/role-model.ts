import { extensionPoint, type Registry, token } from '#core/kernel';
import type { RoleMemberType } from './entities.js';

/** Which roles count: those of an organization, or those of one application. */
export interface RoleAudience {
  readonly type: 'organization' | 'application';
  readonly id: string;
}

/** Stands in a role for every scope of the management APIs. */
export const EVERY_SCOPE = '*';

/** Longest name of a role, in characters, also in small letters, which can be more. */
export const LONGEST_ROLE_NAME = 191;

/** Members that come and go. */
export interface RoleMemberChange {
  /** Everybody of the kind loses the role, but for those who are added. */
  readonly replace?: boolean;
  /** Ids. */
  readonly add?: readonly string[];
  /** Ids; those who do not have the role change nothing. */
  readonly remove?: readonly string[];
}

/** A role to be. */
export interface NewRole {
  readonly name: string;
  /** That of the organization when absent. */
  readonly audience?: RoleAudience | undefined;
  readonly permissions?: readonly string[];
  /** Ids of users. */
  readonly users?: readonly string[];
  /** Ids of groups, of user stores and of identity providers. */
  readonly groups?: readonly string[];
  /** The role of the organization above that this one is to be; it is renamed, changed and removed there only. */
  readonly sharedFrom?: string;
  /** What a client calls it. */
  readonly externalId?: string | undefined;
}

/** What is changed of a role; what is absent stays. */
export interface RoleChange {
  readonly name?: string | undefined;
  /** All scopes that it gives from now on. */
  readonly permissions?: readonly string[] | undefined;
  readonly users?: RoleMemberChange | undefined;
  readonly groups?: RoleMemberChange | undefined;
  /** What a client calls it; null: nothing any more. */
  readonly externalId?: string | null | undefined;
}

/** An application as roles know it. */
export interface RoleApplication {
  readonly id: string;
  readonly name: string;
  /** Whether roles of its own count for it, and not those of the organization. */
  readonly hasOwnRoles: boolean;
}

/** What roles have to know of applications. Bound by the room of applications, for it stands above this one. */
export interface RoleApplications {
  find(orgId: string, id: string): Promise<RoleApplication | undefined>;
  /** Applications that have chosen a role of the organization. */
  withRole(orgId: string, roleId: string): Promise<readonly RoleApplication[]>;
}

/** Injection token of {@link RoleApplications}. */
export const RoleApplicationsToken = token<RoleApplications>('access.role-applications');

/** A group that can have roles. */
export interface RoleGroup {
  readonly id: string;
  readonly name: string;
  readonly type: Exclude<RoleMemberType, 'user'>;
}

/** Knows groups that are not those of user stores: those that identity providers tell of. */
export interface RoleGroupSource {
  /** The groups with these ids; those that it does not know are absent. */
  byIds(orgId: string, ids: readonly string[]): Promise<ReadonlyMap<string, { readonly name: string }>>;
}

/** Where groups can be that have roles, beside the user stores. */
export const RoleGroupSources = extensionPoint<RoleGroupSource>('role-group-sources');

/** Injection token of {@link RoleGroupSources}. */
export const RoleGroupSourcesToken = token<Registry<RoleGroupSource>>('access.role-group-sources');
