import { z } from 'zod';
import { extensionPoint, token } from '#core/kernel';
import type { OrganizationEntity } from './organization.entity.js';

/** A value of a claim, by the URI of the claim. */
export interface OwnerClaim {
  readonly claim: string;
  readonly value: string;
}

/** Owner of a new tenant. */
export interface TenantOwner {
  readonly username: string;
  readonly password: string;
  readonly email: string;
  readonly firstname?: string | undefined;
  readonly lastname?: string | undefined;
  readonly additionalClaims?: readonly OwnerClaim[];
}

/** What a room has to do when a tenant is made. Runs in the same unit of work, before there is an owner. */
export interface TenantParticipant {
  created(organization: OrganizationEntity): Promise<void>;
}

/** Rooms that take part in the making of tenants. */
export const TenantParticipants = extensionPoint<TenantParticipant>('tenant-participants');

/** What is known of the owner of a tenant. */
export interface OwnerDetails {
  readonly id: string;
  readonly username: string;
  readonly email?: string;
  readonly firstname?: string;
  readonly lastname?: string;
  readonly additionalClaims?: OwnerClaim[];
}

/** Owners of tenants as users. Bound by the room of users, for it stands above this one. */
export interface TenantOwners {
  /**
   * Makes the owner of a new tenant, and the tenant with it; all or nothing, wherever the users of tenants are.
   *
   * @param create makes the tenant itself; called in the unit of work that completes the owner
   */
  make(tenant: OrganizationEntity, owner: TenantOwner, create: () => Promise<void>): Promise<void>;
  /** The owner with some further claims; undefined when the user is gone. */
  find(tenant: OrganizationEntity, claims: readonly string[]): Promise<OwnerDetails | undefined>;
  /** Changes the owner; all or nothing. False when the user is gone. */
  update(tenant: OrganizationEntity, change: OwnerChange): Promise<boolean>;
}

/** What is changed of an owner. */
export interface OwnerChange {
  readonly email: string;
  readonly firstname: string;
  readonly lastname: string;
  readonly password?: string | undefined;
  readonly additionalClaims: readonly OwnerClaim[];
}

/** Injection token of {@link TenantOwners}. */
export const TenantOwnersToken = token<TenantOwners>('organizations.tenant-owners');

/** Query of a look at an owner: URIs of claims, separated by commas. */
export const ownerQuery = z.object({
  additionalClaims: z
    .string()
    .max(4000)
    .default('')
    .transform((text) => text.split(',').flatMap((uri) => uri.trim() || [])),
});
