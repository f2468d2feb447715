import type { Database } from '#core/persistence';
import type { ClaimUse } from '#core/users';
import { IdentityProviderEntity } from './identity-provider.entity.js';

/** Identity providers that map to a claim. */
export function claimsOfProviders(database: () => Database): ClaimUse {
  return {
    by: 'identity provider',
    async find(orgId, uri) {
      const quoted = JSON.stringify(uri);
      const providers = await database()
        .manager.createQueryBuilder(IdentityProviderEntity, 'idp')
        .where('idp.orgId = :orgId AND idp.settings LIKE :part', { orgId, part: `%${quoted}%` })
        .getMany();
      return providers.find(({ settings }) => JSON.stringify(settings.claims).includes(quoted))?.name;
    },
  };
}
