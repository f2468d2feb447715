import { OrganizationResolverToken } from '#core/http';
import { definePlugin } from '#core/kernel';
import { Organization2026112100030 } from './migrations/0001-organization.js';
import { OrganizationEntity } from './organization.entity.js';
import {
  OrganizationService,
  OrganizationServiceToken,
  TenantParticipants,
  TenantParticipantsToken,
} from './organization.service.js';
import { PathOrganizationResolver } from './resolver.js';

export default definePlugin({
  id: 'core.organizations',
  requires: ['core.http'],
  entities: [OrganizationEntity],
  migrations: [Organization2026112100030],
  setup({ container, extensions }) {
    container.provideValue(TenantParticipantsToken, () => extensions(TenantParticipants).all());
    container.provide(OrganizationServiceToken, OrganizationService);
    container.provide(OrganizationResolverToken, PathOrganizationResolver);
    return { start: () => container.get(OrganizationServiceToken).ensureSuper() };
  },
});
