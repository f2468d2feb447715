import { inject, injectable } from 'tsyringe';
import type { RoleApplication, RoleApplications } from '#core/access';
import type { ApplicationEntity } from './application.entity.js';
import { ApplicationRepository } from './application.repository.js';

/** What roles have to know of applications. */
@injectable()
export class ApplicationsOfRoles implements RoleApplications {
  constructor(@inject(ApplicationRepository) private readonly repository: ApplicationRepository) {}

  async find(orgId: string, id: string): Promise<RoleApplication | undefined> {
    const application = await this.repository.findById(orgId, id);
    return application ? known(application) : undefined;
  }

  async withRole(orgId: string, roleId: string): Promise<readonly RoleApplication[]> {
    const named = await this.repository.naming(orgId, roleId);
    const isChosen = ({ settings }: ApplicationEntity) =>
      settings.associatedRoles.allowedAudience === 'ORGANIZATION' &&
      settings.associatedRoles.roles.some((role) => role.id === roleId);
    return named.filter(isChosen).map(known);
  }
}

function known({ id, name, settings }: ApplicationEntity): RoleApplication {
  return { id, name, hasOwnRoles: settings.associatedRoles.allowedAudience === 'APPLICATION' };
}
