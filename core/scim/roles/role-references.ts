import { inject, injectable } from 'tsyringe';
import type { HeldRole } from '#core/access';
import { type ApplicationService, ApplicationServiceToken } from '#core/applications';
import { type OrganizationService, OrganizationServiceToken } from '#core/organizations';
import { bare, type ComplexValue } from '../attributes/resource.js';
import { type ScimConfig, ScimConfigToken } from '../settings.js';

type Audience = Pick<HeldRole, 'audienceType' | 'audienceId'>;

/** Roles as users and groups refer to them. Organizations and applications are cached, so none is read for a role. */
@injectable()
export class RoleReferences {
  constructor(
    @inject(OrganizationServiceToken) private readonly organizations: OrganizationService,
    @inject(ApplicationServiceToken) private readonly applications: ApplicationService,
    @inject(ScimConfigToken) private readonly config: ScimConfig,
  ) {}

  /** References by id of the role. @param baseUrl origin and organization */
  async of(orgId: string, roles: Iterable<HeldRole>, baseUrl: string): Promise<ReadonlyMap<string, ComplexValue>> {
    const found = new Map<string, ComplexValue>();
    for (const role of roles) if (!found.has(role.id)) found.set(role.id, await this.#reference(orgId, role, baseUrl));
    return found;
  }

  /** Name of the organization or application that a role belongs to; undefined when it is gone. */
  async audienceName(orgId: string, { audienceType, audienceId }: Audience): Promise<string | undefined> {
    if (audienceType === 'organization') return (await this.organizations.byId(audienceId))?.name;
    return (await this.applications.find(orgId, audienceId))?.name;
  }

  async #reference(orgId: string, role: HeldRole, baseUrl: string): Promise<ComplexValue> {
    const { id, name, audienceType, audienceId } = role;
    const audienceDisplay = (await this.audienceName(orgId, role)) ?? '';
    const $ref = `${baseUrl}/scim2/${this.config.default_role_api_version_for_ref}/Roles/${id}`;
    return bare({ display: name, value: id, audienceValue: audienceId, audienceType, audienceDisplay, $ref });
  }
}
