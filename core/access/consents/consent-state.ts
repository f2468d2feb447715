import type { AuthorizationState, ConsentRecordEntity, StoredState } from './consent-record.entities.js';

/** States of a consent. */
export const CONSENT_STATES = ['PENDING', 'ACTIVE', 'REJECTED', 'REVOKED', 'EXPIRED'] as const;

/** State of a consent, as everybody sees it. */
export type ConsentState = (typeof CONSENT_STATES)[number];

/** State of a consent at a time. @param now milliseconds since the epoch */
export function stateAt(
  { state, expiresAt }: Pick<ConsentRecordEntity, 'state' | 'expiresAt'>,
  now: number,
): ConsentState {
  const canExpire = state === 'PENDING' || state === 'ACTIVE';
  return canExpire && expiresAt !== null && expiresAt <= now ? 'EXPIRED' : state;
}

/** State of an authorization: what nobody has decided in time has expired with the consent. */
export function authorizationStateAt(
  authorization: AuthorizationState,
  consent: ConsentState,
): AuthorizationState | 'EXPIRED' {
  return authorization === 'PENDING' && consent === 'EXPIRED' ? 'EXPIRED' : authorization;
}

/**
 * State of a consent after authorizations of it have changed. One that was in force and that somebody takes back is
 * revoked; one that was not in force yet is rejected.
 */
export function decidedBy(before: StoredState, authorizations: readonly AuthorizationState[]): StoredState {
  const has = (state: AuthorizationState) => authorizations.includes(state);
  if (has('REVOKED')) return 'REVOKED';
  if (has('REJECTED')) return before === 'ACTIVE' ? 'REVOKED' : 'REJECTED';
  return has('PENDING') ? 'PENDING' : 'ACTIVE';
}
