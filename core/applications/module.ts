import { RoleApplicationsToken } from '#core/access';
import { Routes } from '#core/http';
import { definePlugin } from '#core/kernel';
import { SUPER_ORGANIZATION, TenantParticipants } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { ClaimUses } from '#core/users';
import { ApiResourceRoutes } from './api-resources.routes.js';
import { ApplicationEntity } from './application.entity.js';
import { ApplicationService, ApplicationServiceToken } from './application.service.js';
import { ApplicationRoutes } from './applications.routes.js';
import { claimsOfApplications } from './claim-use.js';
import { InboundProtocolRegistryToken, InboundProtocols } from './inbound-protocol.js';
import { Application2026112100060 } from './migrations/0001-application.js';
import { Console2026112100611 } from './migrations/0002-console.js';
import { ApplicationParticipants, ApplicationParticipantsToken } from './participants.js';
import { ApplicationsOfRoles } from './role-applications.js';
import { SignInCatalogueSourceToken, SignInCatalogueToken } from './sign-in-catalogue.js';

export default definePlugin({
  id: 'core.applications',
  requires: ['core.access'],
  entities: [ApplicationEntity],
  migrations: [Application2026112100060, Console2026112100611],
  setup({ container, contribute, extensions }) {
    container.provideValue(InboundProtocolRegistryToken, extensions(InboundProtocols));
    container.provideValue(ApplicationParticipantsToken, () => extensions(ApplicationParticipants).all());
    container.provideValue(SignInCatalogueSourceToken, () => container.get(SignInCatalogueToken));
    container.provide(RoleApplicationsToken, ApplicationsOfRoles);
    container.provide(ApplicationServiceToken, ApplicationService);
    contribute(
      ClaimUses,
      'applications',
      claimsOfApplications(() => container.get(DatabaseToken)),
    );
    for (const table of container.build(ApiResourceRoutes).tables()) contribute(Routes, table.name, table);
    contribute(Routes, 'applications', container.build(ApplicationRoutes).table());
    const applications = () => container.get(ApplicationServiceToken);
    contribute(TenantParticipants, 'console', { created: ({ id }) => applications().ensureConsole(id) });
    return { start: () => applications().ensureConsole(SUPER_ORGANIZATION.id) };
  },
});
