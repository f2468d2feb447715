import type { StateChange } from '#core/persistence';
import type { User } from '#core/users';
import { termsOf } from '../token/access-token-maker.js';
import type { TokenIntent } from '../token/grant-type.js';
import type { GrantRecord } from '../tokens/records.js';

/**
 * What a client that has waited elsewhere gets for an approval: all that was agreed to, whoever acts for the user
 * included.
 *
 * @param changes use the approval up
 */
export function approvedIntent(
  { grant, grantId }: { readonly grant: GrantRecord; readonly grantId: string },
  user: User,
  changes: readonly StateChange[],
): TokenIntent {
  const { scopes, authentication, consentedClaims, wantsAuthTime, claims } = grant;
  return {
    ...termsOf(grant),
    subject: { type: 'user', user },
    scopes,
    scopesGranted: true,
    refreshable: true,
    idToken: true,
    authentication,
    consentedClaims,
    wantsAuthTime,
    claims,
    grantId,
    changes,
  };
}
