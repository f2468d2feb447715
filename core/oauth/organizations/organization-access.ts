import { extensionPoint, type Registry, token } from '#core/kernel';
import type { OrganizationEntity } from '#core/organizations';
import type { Person } from '../claims/person.js';
import type { OAuthClient } from '../clients/client.service.js';

/**
 * What is known of access to organizations below a tenant: which applications are shared with them, who may go there, and
 * what for. An application and its users are at home in one organization; without a contribution they get nowhere else.
 */
export interface OrganizationAccess {
  /** Whether the application is shared with the organization. */
  isShared(client: OAuthClient, organization: OrganizationEntity): Promise<boolean>;
  /** Whether a user or an agent has an identity there, of its own or shared. */
  admits(person: Person, organization: OrganizationEntity): Promise<boolean>;
  /**
   * Of some scopes those that roles there give.
   *
   * @param person undefined: the application acts for itself
   */
  scopes(
    client: OAuthClient,
    person: Person | undefined,
    organization: OrganizationEntity,
    requested: readonly string[],
  ): Promise<readonly string[]>;
}

/** Injection token of the registry of {@link OrganizationAccesses}. */
export const OrganizationAccessRegistryToken = token<Registry<OrganizationAccess>>('oauth.organization-accesses');

/** Rooms that know of access to organizations. The first one with which an application is shared decides. */
export const OrganizationAccesses = extensionPoint<OrganizationAccess>('organization-accesses');
