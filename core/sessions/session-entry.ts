import { sha256Hex } from '#core/crypto';
import type { StateEntry, StateKey } from '#core/persistence';
import type { Session } from './session.js';
import type { SessionTimeouts } from './session-configs.js';

/** Kind of sessions in the store of living state. */
export const SESSION_KIND = 'session';

/** Name under which a session is found by its id. */
export const sidRef = (id: string): string => `sid:${id}`;
/** Name under which the sessions of a user are found. */
export const userRef = (userId: string): string => `user:${userId}`;
// Others choose these names, so only their hashes are references.
/** Name of a session elsewhere from which sessions were made. */
export const federatedRef = (idp: string, sid: string): string => `fsid:${sha256Hex(JSON.stringify([idp, sid]))}`;
/** Name of an account elsewhere by which sessions were made. */
export const accountRef = (idp: string, sub: string): string => `fsub:${sha256Hex(JSON.stringify([idp, sub]))}`;

/** What is stored of a session. */
export function entryOf(session: Session, timeouts: SessionTimeouts): Omit<StateEntry, keyof StateKey> {
  const { federated = [] } = session;
  const elsewhere = federated.flatMap(({ idp, sub, sid }) => [
    accountRef(idp, sub),
    ...(sid === undefined ? [] : [federatedRef(idp, sid)]),
  ]);
  const refs = new Set([userRef(session.userId), sidRef(session.id), ...elsewhere]);
  return { value: session, expiresAt: expiryOf(session, timeouts), refs: [...refs] };
}

/** When a session ends unless it is used, in milliseconds since the epoch. */
export function expiryOf(session: Session, timeouts: SessionTimeouts): number {
  const { remember_me_session_timeout: remembered, idle_session_timeout: usual } = timeouts;
  const idle = session.lastAccessAt + (session.remembered ? remembered : usual);
  return timeouts.enable_maximum_session_timeout
    ? Math.min(idle, session.createdAt + timeouts.maximum_session_timeout)
    : idle;
}
