import { OrganizationResolverToken, Routes } from '#core/http';
import { definePlugin } from '#core/kernel';
import { Organization2026112100030 } from './migrations/0001-organization.js';
import { OrganizationEntity } from './organization.entity.js';
import {
  OrganizationService,
  OrganizationServiceToken,
  OwnersOfTenantsToken,
  TenantParticipantsToken,
} from './organization.service.js';
import { PathOrganizationResolver } from './resolver.js';
import { TenantOwnersToken, TenantParticipants } from './tenant-owners.js';
import { tenantRoutes } from './tenants.routes.js';

export default definePlugin({
  id: 'core.organizations',
  requires: ['core.http'],
  entities: [OrganizationEntity],
  migrations: [Organization2026112100030],
  setup({ container, contribute, extensions }) {
    const owners = () => container.get(TenantOwnersToken);
    container.provideValue(OwnersOfTenantsToken, owners);
    container.provideValue(TenantParticipantsToken, () => extensions(TenantParticipants).all());
    container.provide(OrganizationServiceToken, OrganizationService);
    container.provide(OrganizationResolverToken, PathOrganizationResolver);
    const organizations = container.get(OrganizationServiceToken);
    contribute(Routes, 'tenants', tenantRoutes({ organizations, owners }));
    return { start: () => container.get(OrganizationServiceToken).ensureSuper() };
  },
});
