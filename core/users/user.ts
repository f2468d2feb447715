import { eventType } from '#core/kernel';
import { PRIMARY } from './stores/user-stores.js';

/** A user, addressed by an id that never changes. */
export interface User {
  readonly id: string;
  readonly orgId: string;
  readonly username: string;
  /** Domain of the store that holds it. */
  readonly domain: string;
}

/** Claim values by local claim URI; several values of one claim in one list. */
export type UserClaims = Readonly<Record<string, readonly string[]>>;

/** A user was made. */
export const UserCreated = eventType<User>('user.created');
/** A user is gone. */
export const UserDeleted = eventType<User>('user.deleted');
/** What of a user does not end with a change of the password: the way by which the user has made the change. */
export interface KeptAccess {
  readonly sessionId?: string | undefined;
  /** The grant of the access token. */
  readonly grantId?: string | undefined;
}

/** A user's password was changed, or the account was locked or disabled: what was granted before must end. */
export const UserCredentialsChanged = eventType<User & { readonly kept?: KeptAccess | undefined }>(
  'user.credentials-changed',
);

/** What has happened to the state of an account. */
export interface AccountChange {
  readonly user: User;
  readonly change: 'locked' | 'unlocked' | 'disabled' | 'enabled';
  /** Of a lock: `ADMIN_INITIATED`, `MAX_ATTEMPTS_EXCEEDED` ...; of the others who or what did it: `time-over`, `administrator`. */
  readonly reason: string;
  /** How long a lock lasts, in milliseconds; undefined: until somebody opens it. */
  readonly lasts?: number | undefined;
  /** Whether it is a lock after others of its kind, since none of which somebody has signed in. */
  readonly isFurther?: boolean;
}

/** An account was locked, unlocked, disabled or enabled. */
export const AccountChanged = eventType<AccountChange>('user.account-changed');

/** `username` in the primary store, else `DOMAIN/username`. */
export function qualifiedName(user: Pick<User, 'username' | 'domain'>): string {
  return user.domain === PRIMARY ? user.username : `${user.domain}/${user.username}`;
}
