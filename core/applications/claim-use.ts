import type { Database } from '#core/persistence';
import type { ClaimUse } from '#core/users';
import { ApplicationEntity } from './application.entity.js';

/** Applications that ask for a claim, map it or go by it. */
export function claimsOfApplications(database: () => Database): ClaimUse {
  return {
    by: 'application',
    async find(orgId, uri) {
      // The pattern may find more than there is to find (`_` is any character), never less.
      const quoted = JSON.stringify(uri);
      const candidates = await database()
        .manager.createQueryBuilder(ApplicationEntity, 'app')
        .where('app.orgId = :orgId AND app.settings LIKE :part', { orgId, part: `%${quoted}%` })
        .getMany();
      const uses = ({ settings }: ApplicationEntity) => JSON.stringify(settings.claimConfiguration).includes(quoted);
      return candidates.find(uses)?.name;
    },
  };
}
