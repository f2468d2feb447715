import type { OrganizationEntity, OrganizationService } from '#core/organizations';

/** How deep organizations can be nested; more is a circle. */
const DEEPEST = 100;

/** Knows which organizations stand above and below each other. */
export class Branches {
  constructor(private readonly organizations: OrganizationService) {}

  /** An active organization that is the other one, stands above it or below it; undefined when it is none of these. */
  async reach(from: string, to: string): Promise<OrganizationEntity | undefined> {
    const [source, target] = [await this.organizations.byId(from), await this.organizations.byId(to)];
    if (!source || target?.status !== 'ACTIVE' || source.rootId !== target.rootId) return undefined;
    const together = (await this.#isBelow(source, target)) || (await this.#isBelow(target, source));
    return together ? target : undefined;
  }

  /** Whether one organization is the other, or below it. */
  async #isBelow(below: OrganizationEntity, above: OrganizationEntity): Promise<boolean> {
    let at: OrganizationEntity | undefined = below;
    for (let depth = 0; at && depth < DEEPEST; depth++) {
      if (at.id === above.id) return true;
      at = at.parentId === null ? undefined : await this.organizations.byId(at.parentId);
    }
    return false;
  }
}
