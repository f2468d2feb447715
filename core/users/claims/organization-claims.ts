import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type Soon, token } from '#core/kernel';
import { type OrganizationService, OrganizationServiceToken } from '#core/organizations';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
} from '#core/persistence';
import type { ClaimCatalog } from './claim-catalog.js';
import type { ClaimDialects } from './claim-dialects.js';
import { ClaimOverlayEntity } from './claim-overlay.entity.js';
import { type OverlayData, overlaid, overlayId } from './claim-overlay.js';

/** Injection token of the claims of organizations, for those who change them. */
export const OrganizationClaimsToken = token<OrganizationClaims>('users.organization-claims');
/** Injection token of the claims that ship. */
export const ShippedClaimsToken = token<ClaimDialects>('users.shipped-claims');

/** What is written down of a change. */
export interface ClaimChange {
  readonly orgId: string;
  /** Name in the audit log: `add-local-claim`. */
  readonly action: string;
  /** URI of the claim or the dialect. */
  readonly target: string;
}

/**
 * The claims of organizations: what ships, with what each root organization has made of it. The organizations below a
 * root have those of the root and cannot change them.
 */
@injectable()
export class OrganizationClaims implements ClaimCatalog {
  readonly #cache: ConfigurationCache<ClaimDialects>;

  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(OrganizationServiceToken) private readonly organizations: OrganizationService,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ShippedClaimsToken) readonly shipped: ClaimDialects,
  ) {
    this.#cache = caches.create('claims', 1000);
  }

  of(orgId: string): Soon<ClaimDialects> {
    return this.#cache.get(orgId, () => this.#load(orgId)) as Soon<ClaimDialects>;
  }

  /** Whether an organization has its claims from another one. */
  async inherits(orgId: string): Promise<boolean> {
    return (await this.#rootOf(orgId)) !== orgId;
  }

  /**
   * Changes the claims of a root organization, in a unit of work in which no other change goes on.
   *
   * @param write gets the claims as they are; whatever it throws undoes all
   */
  async change<T>({ orgId, action, target }: ClaimChange, write: (before: ClaimDialects) => Promise<T>): Promise<T> {
    return this.database.run(async () => {
      await this.#cache.changed();
      const result = await write(await this.of(orgId));
      await this.audit.record({ orgId, action, targetId: target, targetType: 'Claim' });
      return result;
    });
  }

  /** Within {@link change}: writes what there is of a claim, or of a dialect when the claim is empty. */
  async put(orgId: string, dialectUri: string, claimUri: string, data: OverlayData | null): Promise<void> {
    const itemId = overlayId(dialectUri, claimUri);
    await this.database.manager.save(ClaimOverlayEntity, { orgId, itemId, dialectUri, claimUri, data });
  }

  /** Within {@link change}: removes what was written of a claim or a dialect. */
  async erase(orgId: string, dialectUri: string, claimUri: string): Promise<void> {
    await this.database.manager.delete(ClaimOverlayEntity, { orgId, itemId: overlayId(dialectUri, claimUri) });
  }

  async #rootOf(orgId: string): Promise<string> {
    return (await this.organizations.byId(orgId))?.rootId ?? orgId;
  }

  async #load(orgId: string): Promise<ClaimDialects> {
    const root = await this.#rootOf(orgId);
    if (root !== orgId) return this.of(root);
    return overlaid(this.shipped, await this.database.manager.findBy(ClaimOverlayEntity, { orgId }));
  }
}
