import { extensionPoint, type Registry, token } from '#core/kernel';

/** Something that names claims, so that they cannot be removed. */
export interface ClaimUse {
  readonly by: 'application' | 'identity provider';
  /** Name of one that uses a local claim; undefined when none does. */
  find(orgId: string, uri: string): Promise<string | undefined>;
}

/** What uses claims. */
export const ClaimUses = extensionPoint<ClaimUse>('claim-uses');
/** Injection token of the contributed uses. */
export const ClaimUsesToken = token<Registry<ClaimUse>>('users.claim-uses');
