import { inject, injectable } from 'tsyringe';
import { type OrganizationEntity, type OrganizationService, OrganizationServiceToken } from '#core/organizations';

/** Deepest tree of organizations that is followed. */
const DEPTH = 20;

/** Who inherits from whom. */
@injectable()
export class Lineage {
  constructor(@inject(OrganizationServiceToken) private readonly organizations: OrganizationService) {}

  /** An organization and its ancestors, the nearest first; a tenant has none. Empty when it is gone. */
  async of(orgId: string): Promise<readonly OrganizationEntity[]> {
    const line: OrganizationEntity[] = [];
    for (let id: string | null = orgId; id !== null && line.length < DEPTH; ) {
      const found: OrganizationEntity | undefined = await this.organizations.byId(id);
      if (!found) break;
      line.push(found);
      id = found.parentId;
    }
    return line;
  }
}
