import { type Soon, token } from '#core/kernel';
import type { ClaimDialects } from './claim-dialects.js';

/** Injection token of the claims of organizations. */
export const ClaimCatalogToken = token<ClaimCatalog>('users.claim-catalog');

/** The claims that an organization knows: those that ship, and what it has made of them. */
export interface ClaimCatalog {
  /** Cached; the same object until something changes. */
  of(orgId: string): Soon<ClaimDialects>;
}
