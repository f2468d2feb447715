import { extensionPoint } from '#core/kernel';
import type { User, UserClaims } from './user.js';

/** Who changes a user: the user itself, somebody with the right to, or the server of its own accord. */
export type ChangedBy = 'user' | 'administrator' | 'server';

/** A user that is about to be made. */
export interface UserCreation {
  readonly orgId: string;
  /** Without the domain. */
  readonly username: string;
  readonly domain: string;
  readonly password: string | undefined;
  readonly claims: UserClaims;
  readonly by: ChangedBy;
}

/** What a rule adds to a change that it lets pass. */
export interface RuleOutcome {
  /** Claims that are written with the others; they win over what was asked for. */
  readonly claims?: UserClaims;
  /** Runs in the unit of work of the change. No network, no hashing: those are done before. */
  readonly write?: (userId: string) => Promise<void>;
}

/**
 * A rule that changes of users must keep: policies of passwords, formats and uniqueness of claims, what follows from a
 * lock. Every rule is asked before anything is written; a rule that does not agree throws an ApiError (400 or 409).
 */
export interface UserRule {
  create?(creation: UserCreation): Promise<RuleOutcome | undefined>;
  /** Claims are replaced; an empty list deletes one. */
  claims?(user: User, changes: UserClaims, by: ChangedBy): Promise<RuleOutcome | undefined>;
  password?(user: User, password: string, by: ChangedBy): Promise<RuleOutcome | undefined>;
}

/** Rules that changes of users must keep, in the order of their ids. */
export const UserRules = extensionPoint<UserRule>('user-rules');

/** Why an account may not be used although the password was right. */
export type AccountProblem = 'locked' | 'disabled' | 'password_expired';

/** What stands against the use of an account. */
export interface AccountRefusal {
  readonly reason: AccountProblem;
  /** For locks: `ADMIN_INITIATED`, `MAX_ATTEMPTS_EXCEEDED`; absent when nobody has said. */
  readonly lockedReason?: string | undefined;
}

/** A try of a password that is under way. */
export interface PasswordTry {
  /** Present: the password counts for nothing, right or wrong. */
  readonly refusal?: AccountRefusal | undefined;
  /** Takes what came of it; called once. `unknown`: it could not be found out. */
  over(result: 'right' | 'wrong' | 'unknown'): Promise<void>;
}

/** Something that decides whether an account may be used, and learns what came of attempts. */
export interface AccountGuard {
  /**
   * Asked before a password is looked at, for each store in which the name could be. What limits tries has to count
   * here: of many at once no more may be looked at than are allowed.
   *
   * @param find gives the user of the name in that store; not asked for by who does not need it
   */
  begin?(orgId: string, find: () => Promise<User | undefined>): Promise<PasswordTry | undefined>;
  /** Asked after a right password, and whenever a grant is renewed. Hot: no more than what is needed. */
  check?(user: User): Promise<AccountProblem | undefined>;
  /** Whether the right password is too old to sign in with. Asked after a right password only. */
  hasExpired?(user: User): Promise<boolean>;
  /** The password was wrong. */
  failed?(user: User): Promise<void>;
  /** The password was right, and no guard objected. */
  succeeded?(user: User): Promise<void>;
}

/** Guards of accounts, in the order of their ids. */
export const AccountGuards = extensionPoint<AccountGuard>('account-guards');
