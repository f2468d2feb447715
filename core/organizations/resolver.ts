import { inject, injectable } from 'tsyringe';
import type { OrganizationContext, OrganizationResolver } from '#core/http';
import {
  contextIn,
  type OrganizationService,
  OrganizationServiceToken,
  SUPER_ORGANIZATION,
} from './organization.service.js';

const superContext: OrganizationContext = { ...SUPER_ORGANIZATION, prefix: '' };

/** `/t/{handle}/o/{id}/rest`, `/t/{handle}/rest`, `/o/{id}/rest` */
const pattern = /^(?:\/t\/([^/]+))?(?:\/o\/([0-9a-fA-F-]{36}))?(\/.*)$/;

/** Finds the organization that a path names. */
@injectable()
export class PathOrganizationResolver implements OrganizationResolver {
  constructor(@inject(OrganizationServiceToken) private readonly organizations: OrganizationService) {}

  resolve(path: string): ReturnType<OrganizationResolver['resolve']> {
    if (!path.startsWith('/t/') && !path.startsWith('/o/')) return { organization: superContext, path };
    return this.#lookUp(path);
  }

  async #lookUp(path: string): Promise<{ organization: OrganizationContext; path: string } | undefined> {
    const parts = pattern.exec(path);
    if (!parts) return undefined;
    const [, handle, id, rest] = parts as unknown as [string, string | undefined, string | undefined, string];
    const root =
      handle === undefined
        ? await this.organizations.byId(SUPER_ORGANIZATION.id)
        : await this.organizations.byHandle(handle);
    if (!root || root.status !== 'ACTIVE') return undefined;
    // The older pattern /t/{handle} of an organization below a tenant: it goes off with its tenant.
    if (root.rootId !== root.id && (await this.organizations.byId(root.rootId))?.status !== 'ACTIVE') return undefined;
    if (id === undefined) return { organization: contextIn(root, root), path: rest };
    const child = await this.organizations.byId(id.toLowerCase());
    if (!child || child.status !== 'ACTIVE' || child.rootId !== root.id || child.id === root.id) return undefined;
    return { organization: contextIn(root, child), path: rest };
  }
}
