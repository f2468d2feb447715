import { RoleGroupSources } from '#core/access';
import { OutboundHttpToken, Routes } from '#core/http';
import { ClockToken, definePlugin } from '#core/kernel';
import { DatabaseToken } from '#core/persistence';
import { ClaimUses } from '#core/users';
import { AssociationRoutes } from './associations.routes.js';
import { ClaimMapping, ClaimMappingToken } from './claim-mapping.js';
import { claimsOfProviders } from './claim-use.js';
import { Connections, ConnectionsToken } from './connections.service.js';
import { FederatedAssociationEntity } from './federated-association.entity.js';
import { FederatedAssociations, FederatedAssociationsToken } from './federated-associations.service.js';
import { IdentityProviderEntity } from './identity-provider.entity.js';
import type { ProviderGroup } from './identity-provider-model.js';
import { IdentityProviderRoutes } from './identity-providers.routes.js';
import { ImplicitAssociation, ImplicitAssociationToken, IncludePrimaryToken } from './implicit-association.js';
import { IssuerKeys, IssuerKeysToken } from './issuer-keys.js';
import { IdentityProvider2026112100065 } from './migrations/0001-identity-provider.js';
import { FederatedAssociation2026112100066 } from './migrations/0002-federated-association.js';
import { RemoteKeySets, RemoteKeySetsToken } from './remote-key-sets.js';
import { ImplicitAssociationSettings, RemoteKeySettings } from './settings.js';

export default definePlugin({
  id: 'core.connections',
  requires: ['core.applications'],
  settings: [RemoteKeySettings, ImplicitAssociationSettings],
  entities: [IdentityProviderEntity, FederatedAssociationEntity],
  migrations: [IdentityProvider2026112100065, FederatedAssociation2026112100066],
  setup({ container, contribute, settings }) {
    const keys = settings(RemoteKeySettings);
    container.provideLazily(
      RemoteKeySetsToken,
      (c) =>
        new RemoteKeySets(c.get(OutboundHttpToken), c.get(ClockToken), {
          connectTimeout: keys.connection_timeout,
          timeout: keys.read_timeout,
          maxBytes: keys.size_limit_bytes,
        }),
    );
    container.provideLazily(
      IssuerKeysToken,
      (c) =>
        new IssuerKeys(c.get(RemoteKeySetsToken), c.get(ClockToken), {
          remote: keys.enable,
          validCertificatesOnly: keys.enforce_certificate_expiry_time_validity,
        }),
    );
    const { include_primary_when_secondary_present: includePrimary } = settings(ImplicitAssociationSettings);
    container.provideValue(IncludePrimaryToken, includePrimary);
    container.provide(ConnectionsToken, Connections);
    contribute(
      ClaimUses,
      'identity-providers',
      claimsOfProviders(() => container.get(DatabaseToken)),
    );
    contribute(RoleGroupSources, 'identity-providers', {
      async byIds(orgId, ids) {
        const groups = await container.get(ConnectionsToken).groups(orgId);
        return new Map(ids.flatMap((id) => (groups.has(id) ? [[id, groups.get(id) as ProviderGroup]] : [])));
      },
    });
    container.provide(ClaimMappingToken, ClaimMapping);
    container.provide(FederatedAssociationsToken, FederatedAssociations);
    container.provide(ImplicitAssociationToken, ImplicitAssociation);
    for (const table of container.build(IdentityProviderRoutes).tables()) contribute(Routes, table.name, table);
    contribute(Routes, 'user-associations', container.build(AssociationRoutes).table());
    // Built now, so that it hears of users who go.
    container.get(FederatedAssociationsToken);
  },
});
