export type { OrganizationEntity } from './organization.entity.js';
export {
  type OrganizationService,
  OrganizationServiceToken,
  SUPER_ORGANIZATION,
  type TenantOwner,
  type TenantParticipant,
  TenantParticipants,
} from './organization.service.js';
