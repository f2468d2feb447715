export type { OrganizationEntity } from './organization.entity.js';
export {
  type OrganizationService,
  OrganizationServiceToken,
  SUPER_ORGANIZATION,
} from './organization.service.js';
export {
  type OwnerChange,
  type OwnerClaim,
  type OwnerDetails,
  type TenantOwner,
  type TenantOwners,
  TenantOwnersToken,
  type TenantParticipant,
  TenantParticipants,
} from './tenant-owners.js';
