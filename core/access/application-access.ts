import { inject, injectable } from 'tsyringe';
import { token } from '#core/kernel';
import { type AuthorizedApiService, AuthorizedApiServiceToken } from './authorized-api.service.js';
import { type ConsentService, ConsentServiceToken } from './consent.service.js';
import { type RoleService, RoleServiceToken } from './role.service.js';

/** Injection token of {@link ApplicationAccess}. */
export const ApplicationAccessToken = token<ApplicationAccess>('access.application');

/** What this room keeps for an application: authorized APIs, consents, roles of its own. */
@injectable()
export class ApplicationAccess {
  constructor(
    @inject(AuthorizedApiServiceToken) private readonly apis: AuthorizedApiService,
    @inject(ConsentServiceToken) private readonly consents: ConsentService,
    @inject(RoleServiceToken) private readonly roles: RoleService,
  ) {}

  /** Removes all of it; called in the unit of work that removes the application. */
  async remove(orgId: string, appId: string): Promise<void> {
    await this.apis.remove(orgId, appId);
    await this.consents.removeApplication(orgId, appId);
    await this.removeRoles(orgId, appId);
  }

  /** Removes its own roles; called in the unit of work that makes the roles of the organization count for it. */
  async removeRoles(orgId: string, appId: string): Promise<void> {
    await this.roles.removeAudience(orgId, { type: 'application', id: appId });
  }
}
