import { AsyncLocalStorage } from 'node:async_hooks';
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
import { type OverlaidClaims, type OverlayData, overlaid, overlayId } from './claim-overlay.js';

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
  /** The claims of the organization whose change goes on. */
  readonly #open = new AsyncLocalStorage<{ readonly orgId: string; readonly claims: OverlaidClaims }>();

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
    return this.#open.getStore()?.orgId !== orgId && (await this.#rootOf(orgId)) !== orgId;
  }

  /**
   * Changes the claims of a root organization, in a unit of work in which no other change goes on.
   *
   * @param write gets the claims as they are; whatever it throws undoes all
   */
  async change<T>({ orgId, action, target }: ClaimChange, write: (before: ClaimDialects) => Promise<T>): Promise<T> {
    return this.together(orgId, async (claims) => {
      const result = await write(claims.dialects);
      await this.audit.record({ orgId, action, targetId: target, targetType: 'Claim' });
      return result;
    });
  }

  /** Lets many changes of a root organization be one unit of work, in which the claims are read once. */
  async together<T>(orgId: string, work: (claims: OverlaidClaims) => Promise<T>): Promise<T> {
    const open = this.#open.getStore();
    if (open?.orgId === orgId) return work(open.claims);
    return this.database.run(async () => {
      await this.#cache.changed();
      const claims = overlaid(this.shipped, await this.database.manager.findBy(ClaimOverlayEntity, { orgId }));
      return this.#open.run({ orgId, claims }, () => work(claims));
    });
  }

  /** Within {@link change}: writes what there is of a claim, or of a dialect when the claim is empty. */
  async put(orgId: string, dialectUri: string, claimUri: string, data: OverlayData | null): Promise<void> {
    const itemId = overlayId(dialectUri, claimUri);
    await this.database.manager.save(ClaimOverlayEntity, { orgId, itemId, dialectUri, claimUri, data });
    this.#open.getStore()?.claims.put(dialectUri, claimUri, data);
  }

  /** Within {@link change}: removes what was written of a claim or a dialect. */
  async erase(orgId: string, dialectUri: string, claimUri: string): Promise<void> {
    await this.database.manager.delete(ClaimOverlayEntity, { orgId, itemId: overlayId(dialectUri, claimUri) });
    this.#open.getStore()?.claims.erase(dialectUri, claimUri);
  }

  async #rootOf(orgId: string): Promise<string> {
    return (await this.organizations.byId(orgId))?.rootId ?? orgId;
  }

  async #load(orgId: string): Promise<ClaimDialects> {
    const root = await this.#rootOf(orgId);
    if (root !== orgId) return this.of(root);
    return overlaid(this.shipped, await this.database.manager.findBy(ClaimOverlayEntity, { orgId })).dialects;
  }
}
